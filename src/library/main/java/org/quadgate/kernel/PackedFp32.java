// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** 32-bit floats as trained. */
public final class PackedFp32 extends PackedGates {
  private static final int GROUP_BYTES = PanelShape.LANES * Float.BYTES;

  /**
   * Packs two gate-major matrices.
   *
   * @param arena owns the packed weights
   * @param w shape [gates·units][inputs]
   * @param r shape [gates·units][recurrent]
   */
  public PackedFp32(Arena arena, Panels layout, int inputs, int recurrent, float[] w, float[] r) {
    super(
        arena,
        layout,
        inputs,
        recurrent,
        PanelShape.GROUPS * GROUP_BYTES,
        layout.groupsInLast() * GROUP_BYTES);
    long at = 0;
    for (int panel = 0; panel < panels; panel++) {
      for (int k = 0; k < inputs + recurrent; k++) {
        for (int slot = 0; slot < layout.groups(panel) * PanelShape.LANES; slot++) {
          float weight = weight(w, r, inputs, recurrent, layout.tightRow(panel, slot), k);
          weights.setAtIndex(ValueLayout.JAVA_FLOAT, at++, weight);
        }
      }
    }
  }

  /** Weight {@code slot} of a column, read slowly, for the reference and for tests. */
  public float weight(int panel, int k, int slot) {
    return weights.get(
        ValueLayout.JAVA_FLOAT, offset(panel) + (long) k * stride(panel) + 4L * slot);
  }

  private PackedFp32(PackedFp32 whole, int from, int to) {
    super(whole, from, to);
  }

  @Override
  public PackedFp32 part(int from, int to) {
    return new PackedFp32(this, from, to);
  }

  @Override
  public void sparseInputSums(
      Kernels kernels,
      int[] columns,
      int count,
      float[] x,
      int xAt,
      float[] recurrentSums,
      float[] sums) {
    kernels.sparseSums(this, columns, count, x, xAt, recurrentSums, sums);
  }

  @Override
  int columnsAtOnce() {
    return Integer.MAX_VALUE;
  }

  @Override
  boolean readInPlace() {
    return true;
  }

  @Override
  void columns(BatchKernels kernels, int panel, int from, RowProduct p, MemorySegment scratch) {
    p.b = weights;
    p.bAt = offset(panel) + from * stride(panel);
    p.bStride = stride(panel);
    p.width = stride(panel) / Float.BYTES;
  }

  @Override
  void sums(
      Kernels kernels,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    kernels.sums(this, x, xAt, fromX, h, hAt, fromH, start, sums);
  }
}
