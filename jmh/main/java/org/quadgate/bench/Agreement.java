// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.stream.Stream;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.WeightArrays;

/**
 * Compares a peer's outputs with ours, so that both are known to do the same work. Equal bits
 * cannot be asked for: every engine sums in its own order and approximates σ and tanh in its own
 * way, each rounding to 24 bits. The errors of sums of up to 2048 products and of a state carried
 * on stay below 10⁻⁵; a wrong gate order, bias or state is off by hundreds of times that.
 */
public final class Agreement {
  /** Allowed absolutely, and once more relative to our output. */
  private static final float TOLERANCE = 1e-5f;

  private static final int TICKS = 64;

  private Agreement() {}

  /** A peer's LSTM layer with its state. */
  @FunctionalInterface
  public interface Peer {
    /** Reads x [steps][batch][input] and writes h to y [steps][batch][hidden]. */
    void run(float[] x, float[] y) throws Exception;
  }

  /**
   * Runs a peer from zero state for at least 64 ticks and two calls.
   *
   * @param steps timesteps a call
   * @param batch streams, each with inputs and a state of its own
   * @throws IllegalStateException naming the first output that differs
   */
  public static void check(WeightArrays weights, int steps, int batch, Peer peer) throws Exception {
    Model model = Model.of(weights.toNetwork());
    StreamState[] states =
        Stream.generate(model::newState).limit(batch).toArray(StreamState[]::new);
    int inputs = weights.architecture().inputSize();
    int hidden = weights.architecture().outputSize();
    float[] ours = new float[steps * batch * hidden];
    float[] theirs = new float[ours.length];
    for (int call = 0; call < Math.max(2, TICKS / steps); call++) {
      float[] x = RandomWeights.inputs(steps * batch * inputs, call);
      peer.run(x, theirs);
      for (int row = 0; row < steps * batch; row++) {
        model.step(states[row % batch], x, row * inputs, ours, row * hidden);
      }
      compare(call, ours, theirs);
    }
  }

  private static void compare(int call, float[] ours, float[] theirs) {
    for (int i = 0; i < ours.length; i++) {
      float difference = Math.abs(ours[i] - theirs[i]);
      if (!(difference <= TOLERANCE + TOLERANCE * Math.abs(ours[i]))) {
        throw new IllegalStateException(
            "its outputs differ from ours: [%d] of call %d is %s, ours %s"
                .formatted(i, call, theirs[i], ours[i]));
      }
    }
  }
}
