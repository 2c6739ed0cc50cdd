// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The weights of one layer's gates as the kernels read them, W and R in one piece: {@code
 * [panel][k][4][16]}, where k runs over the inputs and then over what the layer sees of its last
 * output, so that a step is one sequential read. In one of several encodings; the last panel as
 * narrow as {@link Panels#tightRow} makes it. Immutable.
 *
 * <p>The weights lie outside the Java heap because there they can begin at a cache line. A {@code
 * float[]} cannot be told to: its first element is 16 bytes past an object's start, so that every
 * read of 64 bytes straddles two lines, which costs 40 % where the weights fit the first-level
 * cache. The memory belongs to the arena it came from.
 */
public abstract sealed class PackedGates permits PackedFp32, PackedBf16, PackedInt8 {
  /** Bytes that a second-level cache is trusted to hold: three quarters of the usual 1 MiB. */
  private static final int NEAR = 3 << 18;

  /** A cache line, which is also the widest vector. */
  private static final int ALIGNMENT = 64;

  /** Which row stands where. */
  public final Panels layout;

  /** Panels of the whole layer, whichever of them are computed. */
  public final int panels;

  /** Columns of W. */
  public final int inputs;

  /** Columns of R: the units, or fewer if the layer projects them. */
  public final int recurrent;

  /** The memory of all panels. */
  public final MemorySegment weights;

  /** Bytes of a column of a full panel. */
  public final int stride;

  /** Bytes of a column of the last panel. */
  public final int lastStride;

  /** The first panel that the kernels compute. */
  public final int from;

  /** The panel after the last that the kernels compute. */
  public final int to;

  /**
   * @param arena owns the weights
   * @param inputs columns of W; none of a projection, which has a matrix R alone
   * @param recurrent columns of R, at least one
   * @param stride bytes of a column of a full panel
   * @param lastStride bytes of a column of the last panel; the kernels read {@code stride} bytes
   *     from its start all the same, so the weights end with that much spare room
   */
  PackedGates(Arena arena, Panels layout, int inputs, int recurrent, int stride, int lastStride) {
    this.layout = layout;
    this.inputs = inputs;
    this.recurrent = recurrent;
    this.stride = stride;
    this.lastStride = lastStride;
    panels = layout.count();
    long bytes = weightBytes();
    // most kernels count bytes in ints, because C2 makes a better loop of that
    if (bytes > Integer.MAX_VALUE - stride) {
      throw new IllegalArgumentException(
          "a layer of " + bytes + " packed bytes, expected at most 2 GiB");
    }
    weights = arena.allocate(bytes + stride - lastStride, ALIGNMENT);
    from = 0;
    to = panels;
  }

  /** Some panels of {@code whole}: the same memory, and fewer sums to compute. */
  PackedGates(PackedGates whole, int from, int to) {
    Objects.checkFromToIndex(from, to, whole.panels);
    layout = whole.layout;
    panels = whole.panels;
    inputs = whole.inputs;
    recurrent = whole.recurrent;
    weights = whole.weights;
    stride = whole.stride;
    lastStride = whole.lastStride;
    this.from = from;
    this.to = to;
  }

  /**
   * These weights for a thread that computes some of the panels: every method that gives sums gives
   * theirs alone, in the same places of the same arrays and with the same bits. Nothing is copied.
   *
   * @param from the first panel
   * @param to the panel after the last
   */
  public abstract PackedGates part(int from, int to);

  /** Most panels that a kernel takes at a time, at 512 bits: fewer are computed more slowly. */
  int panelsAtOnce() {
    return 2;
  }

  /** For single steps: {@link #pieces}, but what a second-level cache holds is one piece. */
  public final PackedGates[] piecesOfSteps() {
    return isFar() ? pieces() : new PackedGates[] {this};
  }

  /** These panels in parts of {@link #panelsAtOnce}, the last perhaps of fewer. */
  public final PackedGates[] pieces() {
    int size = panelsAtOnce();
    PackedGates[] pieces = new PackedGates[(to - from + size - 1) / size];
    for (int i = 0; i < pieces.length; i++) {
      int first = from + i * size;
      pieces[i] = part(first, Math.min(to, first + size));
    }
    return pieces;
  }

  /** Whether these panels are more than a second-level cache is trusted to hold. */
  final boolean isFar() {
    return (long) (inputs + recurrent) * (to - from) * stride > NEAR;
  }

  /** Where the panels end whose columns are {@link #stride} bytes: all, or all but the last. */
  public final int fullTo() {
    return lastStride == stride ? to : Math.min(to, panels - 1);
  }

  /** Bytes of a column of a panel. */
  public final int stride(int panel) {
    return panel < panels - 1 ? stride : lastStride;
  }

  /** Where a panel begins, in bytes. */
  public final int offset(int panel) {
    return panel * (inputs + recurrent) * stride;
  }

  /** Weight (row, k) of W and R side by side, each gate-major; 0 for padding. */
  static float weight(float[] w, float[] r, int inputs, int recurrent, int row, int k) {
    if (row < 0) {
      return 0;
    }
    return k < inputs ? w[row * inputs + k] : r[row * recurrent + k - inputs];
  }

  /**
   * The gate sums of a step: sums[row] = Σ_k W[row][k]·x[k] + (bias[row] + Σ_k R[row][k]·h[k]),
   * each sum with k ascending by fma.
   *
   * @param x the input, from {@code xAt}; shape [inputs]
   * @param h what R sees, from {@code hAt}; shape [recurrent]; may be {@code x} at another place
   * @param bias shape [panel][4][16], tight
   * @param sums shape [panel][4][16], tight; rows of padding get any value
   */
  public final void sums(
      Kernels kernels, float[] x, int xAt, float[] h, int hAt, float[] bias, float[] sums) {
    sums(kernels, x, xAt, inputs, h, hAt, recurrent, bias, sums);
  }

  /** The part of {@link #sums} that needs no input: bias + R·h. */
  public final void recurrentSums(
      Kernels kernels, float[] h, int hAt, float[] bias, float[] recurrentSums) {
    sums(kernels, h, hAt, 0, h, hAt, recurrent, bias, recurrentSums);
  }

  /** The rest of {@link #sums}: W·x + recurrentSums. */
  public final void inputSums(
      Kernels kernels, float[] x, int xAt, float[] recurrentSums, float[] sums) {
    sums(kernels, x, xAt, inputs, x, xAt, 0, recurrentSums, sums);
  }

  /**
   * As {@link #inputSums} where all other x are zero: the same bits for fewer columns.
   *
   * @param columns ascending, the first {@code count} count
   */
  public abstract void sparseInputSums(
      Kernels kernels,
      int[] columns,
      int count,
      float[] x,
      int xAt,
      float[] recurrentSums,
      float[] sums);

  /** Over the first {@code fromX} columns of W and {@code fromH} of R: all of them or none. */
  abstract void sums(
      Kernels kernels,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums);

  /**
   * Points a product's right side at columns {@code from … from + p.depth} of a panel, as floats.
   *
   * @param scratch room for them where they are stored in another way
   */
  abstract void columns(
      BatchKernels kernels, int panel, int from, RowProduct p, MemorySegment scratch);

  /** Most columns that {@link #columns} can be asked for. */
  int columnsAtOnce() {
    return RowBlock.WIDENED;
  }

  /** Whether {@link #columns} points at the weights themselves, not at a widened copy. */
  boolean readInPlace() {
    return false;
  }

  /** Whether recurrent sums of many rows start at the bias, else at 0 to be finished. */
  boolean startsAtBias() {
    return true;
  }

  /** Turns sums over a panel's columns of W into input sums. */
  void finishInput(
      BatchKernels kernels, int panel, float[] sums, int sumsAt, int sumsRow, int rows) {}

  /** Turns sums over a panel's columns of R into recurrent sums; shape [rows][64]. */
  void finishRecurrent(BatchKernels kernels, int panel, float[] bias, float[] sums, int rows) {}

  /** Bytes of all panels' weights, padding included: what a step reads. */
  public long bytes() {
    return weightBytes();
  }

  private long weightBytes() {
    return (long) (inputs + recurrent) * ((long) (panels - 1) * stride + lastStride);
  }
}
