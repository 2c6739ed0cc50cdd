// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What {@link Model#warmUp} repeats: every verb of a model, on scratch streams. */
final class WarmUpWork {
  /** Timesteps of a sequence: with one a round, enough for the compiler to take notice. */
  private static final int STEPS = 13;

  private final Model model;
  private final @Nullable StreamState state; // null if the model cannot be stepped
  private final float[] x;
  private final float[] y;

  /** On the heap and outside it, which the compiler tells apart. */
  private final MemorySegment[] segmentsX;

  private final MemorySegment[] segmentsY;
  private final float[] xs;
  private final float[] ys; // of every timestep
  private final float[] rows; // of a whole sequence

  WarmUpWork(Model model) {
    this.model = model;
    state = model.engine.isSteppable() ? model.newState() : null;
    x = new float[model.inputSize()];
    y = new float[model.outputSize()];
    segmentsX = segments(x);
    segmentsY = segments(y);
    xs = new float[STEPS * x.length];
    ys = new float[STEPS * y.length];
    rows = new float[model.outputRows(STEPS) * y.length];
  }

  private static MemorySegment[] segments(float[] array) {
    return new MemorySegment[] {
      MemorySegment.ofArray(array), Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT, array.length)
    };
  }

  /** So many steps, every fourth from and to segments, and a sequence. */
  void ticks(int count) {
    StreamState stream = Objects.requireNonNull(state, "the model cannot be stepped");
    for (int i = 0; i < count; i++) {
      model.engine.input().fillWarmUp(x, i);
      if (i % 4 == 1) {
        int kind = i / 4 % 2;
        segmentsX[1].copyFrom(segmentsX[0]);
        model.step(stream, segmentsX[kind], segmentsY[kind]);
      } else {
        model.step(stream, x, y);
      }
      if (i % 2 == 0) {
        model.prepareNext(stream);
      }
    }
    fill();
    model.run(stream, xs, STEPS, ys);
  }

  /** So many whole sequences. */
  void sequences(int count) {
    fill();
    for (int i = 0; i < count; i++) {
      model.run(xs, STEPS, rows);
    }
  }

  private void fill() {
    for (int t = 0; t < STEPS; t++) {
      model.engine.input().fillWarmUp(x, t);
      System.arraycopy(x, 0, xs, t * x.length, x.length);
    }
  }
}
