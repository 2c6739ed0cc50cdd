// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.PanelShape;

/**
 * Everything that the kernels use of the Vector API, once, on one vector. A JVM looks a method up
 * when it is first called, so a JDK that has changed one of them would fail in the middle of some
 * step; here it fails before there is a model, in a fraction of the time that running every kernel
 * would take.
 */
final class VectorProbe {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorProbe() {}

  static void run() {
    float[] x = new float[PanelShape.LANES];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i - 2) / 2f;
    }
    int length = SPECIES.length();
    float[] y = new float[length];
    limits(x, y);
    for (int i = 0; i < length; i++) {
      check(y[i], Math.clamp(x[i], 0.5f, 2f));
    }
    arithmetic(x, y);
    for (int i = 0; i < length; i++) {
      check(y[i], Math.abs(Math.fma(x[i], 3f, 1f) - 1f) / 2f * -3f);
    }
    words(x, y);
    for (int i = 0; i < length; i++) {
      check(y[i], (float) (Float.floatToRawIntBits(x[i]) << 4));
    }
  }

  private static void check(float found, float expected) {
    if (found != expected) {
      throw new IllegalStateException("a vector holds " + found + " instead of " + expected);
    }
  }

  /** y = x between 0.5 and 2. */
  private static void limits(float[] x, float[] y) {
    FloatVector min = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector max = FloatVector.broadcast(SPECIES, 2f);
    FloatVector v = FloatVector.fromArray(SPECIES, x, 0);
    v = v.blend(min, v.compare(LT, min)).blend(max, v.compare(GT, max));
    v = v.blend(min, v.compare(LE, min)).blend(max, v.compare(GE, max));
    v.intoArray(y, 0);
  }

  /** y = |(3·x + 1) − 1| / 2 · −3. */
  private static void arithmetic(float[] x, float[] y) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    FloatVector two = one.add(one);
    FloatVector three = FloatVector.zero(SPECIES).add(two).add(one);
    FloatVector v = FloatVector.fromArray(SPECIES, x, 0);
    v.fma(three, one).sub(one).abs().div(two).mul(three.neg()).intoArray(y, 0);
  }

  /** y = the bits of x, shifted and converted, by way of memory. */
  private static void words(float[] x, float[] y) {
    MemorySegment memory = Arena.ofAuto().allocate(SPECIES.vectorByteSize(), Long.BYTES);
    FloatVector v = FloatVector.fromArray(SPECIES, x, 0);
    v = v.reinterpretAsInts().reinterpretAsFloats();
    v.intoMemorySegment(memory, 0, ORDER);
    FloatVector.fromMemorySegment(SPECIES, memory, 0, ORDER).intoMemorySegment(memory, 0, ORDER);
    IntVector w = IntVector.fromMemorySegment(WORDS, memory, 0, ORDER).lanewise(LSHL, 4);
    w.intoMemorySegment(memory, 0, ORDER);
    w = IntVector.fromMemorySegment(WORDS, memory, 0, ORDER);
    ((FloatVector) w.convert(I2F, 0)).intoArray(y, 0);
  }
}
