// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static org.quadgate.kernel.RowProduct.AHEAD;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.RowProduct;

/**
 * {@link RowProduct} in tiles whose accumulators stay in registers: six rows by four vectors are 24
 * accumulators, with 32 registers the largest tile that leaves room for its operands; where there
 * are 16 registers it is six by two. Leftover rows go two at a time, an odd last one beside a
 * repetition of itself.
 *
 * <p>Loops count in ints and read at base + (long) k·stride: with a stride that is a constant, as
 * it is in the widest tile at 512 and at 256 bits, C2 splits such a loop and leaves no bounds check
 * in its main part. That brought the tile from 0.87 to 0.95 of the fma peak at 512 bits, and made
 * it 1.25 times as fast where there are 16 registers of 256.
 *
 * <p>The tiles are written out one by one because accumulators have to be local variables; hence
 * the length of this file.
 */
final class VectorRowProduct {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final long BYTES = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Vectors beside each other in the widest tile: 256 bits mostly come with 16 registers. */
  private static final int WIDEST = L == 8 ? 2 : 4;

  /** Bits that no weight has: comparing with them keeps the read and needs no register. */
  private static final int RARE = 0x7fc0_5eed;

  /** Bytes of a row of B in a full panel. */
  private static final int FULL = PanelShape.ROWS * Float.BYTES;

  /** So many rows left over are done as six. */
  private static final int NEARLY_SIX = 5;

  private VectorRowProduct() {}

  static void multiply(RowProduct p) {
    int column = 0;
    // at 256 bits the widest tile is for full panels alone, at 512 bits no other is as wide
    int widest = L == 8 && p.bStride != FULL ? 1 : WIDEST;
    for (int vectors = widest; vectors > 0; vectors /= 2) {
      for (; column + vectors * L <= p.width; column += vectors * L) {
        columns(p, column, vectors);
      }
    }
  }

  /** One tile's width of columns, for all rows. */
  private static void columns(RowProduct p, int column, int vectors) {
    int row = 0;
    if (vectors == 4) {
      for (; row + NEARLY_SIX <= p.rows; row += 6) {
        sixByFour(p, row, column);
      }
      for (; row < p.rows; row += 2) {
        twoByFour(p, row, column);
      }
    } else if (vectors == 2) {
      for (; row + NEARLY_SIX <= p.rows; row += 6) {
        sixByTwo(p, row, column);
      }
      for (; row < p.rows; row += 2) {
        twoByTwo(p, row, column);
      }
    } else {
      for (; row + NEARLY_SIX <= p.rows; row += 6) {
        sixByOne(p, row, column);
      }
      for (; row < p.rows; row += 2) {
        twoByOne(p, row, column);
      }
    }
  }

  /** Six rows, four vectors wide. */
  private static void sixByFour(RowProduct p, int row, int column) {
    float[] a = p.a;
    int[] aAt = p.aAt;
    MemorySegment b = p.b;
    int stride = L == PanelShape.LANES ? FULL : p.bStride;
    int depth = p.depth;
    float[] start = p.start;
    int s0 = p.startAt + row * p.startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    FloatVector c02 = fromArray(SPECIES, start, s0 + 2 * L);
    FloatVector c03 = fromArray(SPECIES, start, s0 + 3 * L);
    int s1 = p.startAt + (row + 1) * p.startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    FloatVector c12 = fromArray(SPECIES, start, s1 + 2 * L);
    FloatVector c13 = fromArray(SPECIES, start, s1 + 3 * L);
    int s2 = p.startAt + (row + 2) * p.startRow + column;
    FloatVector c20 = fromArray(SPECIES, start, s2);
    FloatVector c21 = fromArray(SPECIES, start, s2 + L);
    FloatVector c22 = fromArray(SPECIES, start, s2 + 2 * L);
    FloatVector c23 = fromArray(SPECIES, start, s2 + 3 * L);
    int s3 = p.startAt + (row + 3) * p.startRow + column;
    FloatVector c30 = fromArray(SPECIES, start, s3);
    FloatVector c31 = fromArray(SPECIES, start, s3 + L);
    FloatVector c32 = fromArray(SPECIES, start, s3 + 2 * L);
    FloatVector c33 = fromArray(SPECIES, start, s3 + 3 * L);
    int s4 = p.startAt + (row + 4) * p.startRow + column;
    FloatVector c40 = fromArray(SPECIES, start, s4);
    FloatVector c41 = fromArray(SPECIES, start, s4 + L);
    FloatVector c42 = fromArray(SPECIES, start, s4 + 2 * L);
    FloatVector c43 = fromArray(SPECIES, start, s4 + 3 * L);
    int s5 = p.startAt + (row + 5) * p.startRow + column;
    FloatVector c50 = fromArray(SPECIES, start, s5);
    FloatVector c51 = fromArray(SPECIES, start, s5 + L);
    FloatVector c52 = fromArray(SPECIES, start, s5 + 2 * L);
    FloatVector c53 = fromArray(SPECIES, start, s5 + 3 * L);
    int a0 = aAt[row] + p.aFrom;
    int a1 = aAt[row + 1] + p.aFrom;
    int a2 = aAt[row + 2] + p.aFrom;
    int a3 = aAt[row + 3] + p.aFrom;
    int a4 = aAt[row + 4] + p.aFrom;
    int a5 = aAt[row + 5] + p.aFrom;
    long from = p.bAt + (long) column * Float.BYTES;
    long ahead = p.aheadFor(row);
    for (int k = 0; k < depth; k++) {
      long at = from + (long) k * stride;
      FloatVector b0 = fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector b1 = fromMemorySegment(SPECIES, b, at + BYTES, ORDER);
      FloatVector b2 = fromMemorySegment(SPECIES, b, at + 2 * BYTES, ORDER);
      FloatVector b3 = fromMemorySegment(SPECIES, b, at + 3 * BYTES, ORDER);
      if (ahead >= 0 && b.get(JAVA_INT_UNALIGNED, ahead + (long) k * AHEAD) == RARE) {
        p.encounters++;
      }
      FloatVector x = broadcast(SPECIES, a[a0 + k]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      c02 = b2.fma(x, c02);
      c03 = b3.fma(x, c03);
      x = broadcast(SPECIES, a[a1 + k]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      c12 = b2.fma(x, c12);
      c13 = b3.fma(x, c13);
      x = broadcast(SPECIES, a[a2 + k]);
      c20 = b0.fma(x, c20);
      c21 = b1.fma(x, c21);
      c22 = b2.fma(x, c22);
      c23 = b3.fma(x, c23);
      x = broadcast(SPECIES, a[a3 + k]);
      c30 = b0.fma(x, c30);
      c31 = b1.fma(x, c31);
      c32 = b2.fma(x, c32);
      c33 = b3.fma(x, c33);
      x = broadcast(SPECIES, a[a4 + k]);
      c40 = b0.fma(x, c40);
      c41 = b1.fma(x, c41);
      c42 = b2.fma(x, c42);
      c43 = b3.fma(x, c43);
      x = broadcast(SPECIES, a[a5 + k]);
      c50 = b0.fma(x, c50);
      c51 = b1.fma(x, c51);
      c52 = b2.fma(x, c52);
      c53 = b3.fma(x, c53);
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
    c02.intoArray(c, d0 + 2 * L);
    c03.intoArray(c, d0 + 3 * L);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
    c11.intoArray(c, d1 + L);
    c12.intoArray(c, d1 + 2 * L);
    c13.intoArray(c, d1 + 3 * L);
    int d2 = p.cAt + (row + 2) * p.cRow + column;
    c20.intoArray(c, d2);
    c21.intoArray(c, d2 + L);
    c22.intoArray(c, d2 + 2 * L);
    c23.intoArray(c, d2 + 3 * L);
    int d3 = p.cAt + (row + 3) * p.cRow + column;
    c30.intoArray(c, d3);
    c31.intoArray(c, d3 + L);
    c32.intoArray(c, d3 + 2 * L);
    c33.intoArray(c, d3 + 3 * L);
    int d4 = p.cAt + (row + 4) * p.cRow + column;
    c40.intoArray(c, d4);
    c41.intoArray(c, d4 + L);
    c42.intoArray(c, d4 + 2 * L);
    c43.intoArray(c, d4 + 3 * L);
    int d5 = p.cAt + (row + 5) * p.cRow + column;
    c50.intoArray(c, d5);
    c51.intoArray(c, d5 + L);
    c52.intoArray(c, d5 + 2 * L);
    c53.intoArray(c, d5 + 3 * L);
  }

  /** Two rows, four vectors wide. */
  private static void twoByFour(RowProduct p, int row, int column) {
    float[] a = p.a;
    int[] aAt = p.aAt;
    MemorySegment b = p.b;
    int stride = p.bStride;
    int depth = p.depth;
    float[] start = p.start;
    int s0 = p.startAt + row * p.startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    FloatVector c02 = fromArray(SPECIES, start, s0 + 2 * L);
    FloatVector c03 = fromArray(SPECIES, start, s0 + 3 * L);
    int s1 = p.startAt + (row + 1) * p.startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    FloatVector c12 = fromArray(SPECIES, start, s1 + 2 * L);
    FloatVector c13 = fromArray(SPECIES, start, s1 + 3 * L);
    int a0 = aAt[row] + p.aFrom;
    int a1 = aAt[row + 1] + p.aFrom;
    long from = p.bAt + (long) column * Float.BYTES;
    for (int k = 0; k < depth; k++) {
      long at = from + (long) k * stride;
      FloatVector b0 = fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector b1 = fromMemorySegment(SPECIES, b, at + BYTES, ORDER);
      FloatVector b2 = fromMemorySegment(SPECIES, b, at + 2 * BYTES, ORDER);
      FloatVector b3 = fromMemorySegment(SPECIES, b, at + 3 * BYTES, ORDER);
      FloatVector x = broadcast(SPECIES, a[a0 + k]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      c02 = b2.fma(x, c02);
      c03 = b3.fma(x, c03);
      x = broadcast(SPECIES, a[a1 + k]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      c12 = b2.fma(x, c12);
      c13 = b3.fma(x, c13);
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
    c02.intoArray(c, d0 + 2 * L);
    c03.intoArray(c, d0 + 3 * L);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
    c11.intoArray(c, d1 + L);
    c12.intoArray(c, d1 + 2 * L);
    c13.intoArray(c, d1 + 3 * L);
  }

  /** Six rows, two vectors wide. */
  private static void sixByTwo(RowProduct p, int row, int column) {
    float[] a = p.a;
    int[] aAt = p.aAt;
    MemorySegment b = p.b;
    int stride = L == 8 ? FULL : p.bStride;
    int depth = p.depth;
    float[] start = p.start;
    int s0 = p.startAt + row * p.startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    int s1 = p.startAt + (row + 1) * p.startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    int s2 = p.startAt + (row + 2) * p.startRow + column;
    FloatVector c20 = fromArray(SPECIES, start, s2);
    FloatVector c21 = fromArray(SPECIES, start, s2 + L);
    int s3 = p.startAt + (row + 3) * p.startRow + column;
    FloatVector c30 = fromArray(SPECIES, start, s3);
    FloatVector c31 = fromArray(SPECIES, start, s3 + L);
    int s4 = p.startAt + (row + 4) * p.startRow + column;
    FloatVector c40 = fromArray(SPECIES, start, s4);
    FloatVector c41 = fromArray(SPECIES, start, s4 + L);
    int s5 = p.startAt + (row + 5) * p.startRow + column;
    FloatVector c50 = fromArray(SPECIES, start, s5);
    FloatVector c51 = fromArray(SPECIES, start, s5 + L);
    int a0 = aAt[row] + p.aFrom;
    int a1 = aAt[row + 1] + p.aFrom;
    int a2 = aAt[row + 2] + p.aFrom;
    int a3 = aAt[row + 3] + p.aFrom;
    int a4 = aAt[row + 4] + p.aFrom;
    int a5 = aAt[row + 5] + p.aFrom;
    long from = p.bAt + (long) column * Float.BYTES;
    for (int k = 0; k < depth; k++) {
      long at = from + (long) k * stride;
      FloatVector b0 = fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector b1 = fromMemorySegment(SPECIES, b, at + BYTES, ORDER);
      FloatVector x = broadcast(SPECIES, a[a0 + k]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      x = broadcast(SPECIES, a[a1 + k]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      x = broadcast(SPECIES, a[a2 + k]);
      c20 = b0.fma(x, c20);
      c21 = b1.fma(x, c21);
      x = broadcast(SPECIES, a[a3 + k]);
      c30 = b0.fma(x, c30);
      c31 = b1.fma(x, c31);
      x = broadcast(SPECIES, a[a4 + k]);
      c40 = b0.fma(x, c40);
      c41 = b1.fma(x, c41);
      x = broadcast(SPECIES, a[a5 + k]);
      c50 = b0.fma(x, c50);
      c51 = b1.fma(x, c51);
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
    c11.intoArray(c, d1 + L);
    int d2 = p.cAt + (row + 2) * p.cRow + column;
    c20.intoArray(c, d2);
    c21.intoArray(c, d2 + L);
    int d3 = p.cAt + (row + 3) * p.cRow + column;
    c30.intoArray(c, d3);
    c31.intoArray(c, d3 + L);
    int d4 = p.cAt + (row + 4) * p.cRow + column;
    c40.intoArray(c, d4);
    c41.intoArray(c, d4 + L);
    int d5 = p.cAt + (row + 5) * p.cRow + column;
    c50.intoArray(c, d5);
    c51.intoArray(c, d5 + L);
  }

  /** Two rows, two vectors wide. */
  private static void twoByTwo(RowProduct p, int row, int column) {
    float[] a = p.a;
    int[] aAt = p.aAt;
    MemorySegment b = p.b;
    int stride = L == 8 ? FULL : p.bStride;
    int depth = p.depth;
    float[] start = p.start;
    int s0 = p.startAt + row * p.startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    int s1 = p.startAt + (row + 1) * p.startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    int a0 = aAt[row] + p.aFrom;
    int a1 = aAt[row + 1] + p.aFrom;
    long from = p.bAt + (long) column * Float.BYTES;
    for (int k = 0; k < depth; k++) {
      long at = from + (long) k * stride;
      FloatVector b0 = fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector b1 = fromMemorySegment(SPECIES, b, at + BYTES, ORDER);
      FloatVector x = broadcast(SPECIES, a[a0 + k]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      x = broadcast(SPECIES, a[a1 + k]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
    c11.intoArray(c, d1 + L);
  }

  /** Six rows, one vector wide. */
  private static void sixByOne(RowProduct p, int row, int column) {
    float[] a = p.a;
    int[] aAt = p.aAt;
    MemorySegment b = p.b;
    int stride = p.bStride;
    int depth = p.depth;
    float[] start = p.start;
    int s0 = p.startAt + row * p.startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    int s1 = p.startAt + (row + 1) * p.startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    int s2 = p.startAt + (row + 2) * p.startRow + column;
    FloatVector c20 = fromArray(SPECIES, start, s2);
    int s3 = p.startAt + (row + 3) * p.startRow + column;
    FloatVector c30 = fromArray(SPECIES, start, s3);
    int s4 = p.startAt + (row + 4) * p.startRow + column;
    FloatVector c40 = fromArray(SPECIES, start, s4);
    int s5 = p.startAt + (row + 5) * p.startRow + column;
    FloatVector c50 = fromArray(SPECIES, start, s5);
    int a0 = aAt[row] + p.aFrom;
    int a1 = aAt[row + 1] + p.aFrom;
    int a2 = aAt[row + 2] + p.aFrom;
    int a3 = aAt[row + 3] + p.aFrom;
    int a4 = aAt[row + 4] + p.aFrom;
    int a5 = aAt[row + 5] + p.aFrom;
    long from = p.bAt + (long) column * Float.BYTES;
    for (int k = 0; k < depth; k++) {
      long at = from + (long) k * stride;
      FloatVector b0 = fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector x = broadcast(SPECIES, a[a0 + k]);
      c00 = b0.fma(x, c00);
      x = broadcast(SPECIES, a[a1 + k]);
      c10 = b0.fma(x, c10);
      x = broadcast(SPECIES, a[a2 + k]);
      c20 = b0.fma(x, c20);
      x = broadcast(SPECIES, a[a3 + k]);
      c30 = b0.fma(x, c30);
      x = broadcast(SPECIES, a[a4 + k]);
      c40 = b0.fma(x, c40);
      x = broadcast(SPECIES, a[a5 + k]);
      c50 = b0.fma(x, c50);
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
    int d2 = p.cAt + (row + 2) * p.cRow + column;
    c20.intoArray(c, d2);
    int d3 = p.cAt + (row + 3) * p.cRow + column;
    c30.intoArray(c, d3);
    int d4 = p.cAt + (row + 4) * p.cRow + column;
    c40.intoArray(c, d4);
    int d5 = p.cAt + (row + 5) * p.cRow + column;
    c50.intoArray(c, d5);
  }

  /** Two rows, one vector wide. */
  private static void twoByOne(RowProduct p, int row, int column) {
    float[] a = p.a;
    int[] aAt = p.aAt;
    MemorySegment b = p.b;
    int stride = p.bStride;
    int depth = p.depth;
    float[] start = p.start;
    int s0 = p.startAt + row * p.startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    int s1 = p.startAt + (row + 1) * p.startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    int a0 = aAt[row] + p.aFrom;
    int a1 = aAt[row + 1] + p.aFrom;
    long from = p.bAt + (long) column * Float.BYTES;
    for (int k = 0; k < depth; k++) {
      long at = from + (long) k * stride;
      FloatVector b0 = fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector x = broadcast(SPECIES, a[a0 + k]);
      c00 = b0.fma(x, c00);
      x = broadcast(SPECIES, a[a1 + k]);
      c10 = b0.fma(x, c10);
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
  }
}
