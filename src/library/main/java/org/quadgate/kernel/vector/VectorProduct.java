// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.Product;

/**
 * C = S + A·B in tiles whose accumulators stay in registers. Lanes run across columns and A is
 * broadcast, so every sum is its own chain of fma over ascending k, whatever the width, the tile or
 * the number of rows computed beside it.
 *
 * <p>B is used {@link #DEPTH} rows at a time, few enough that those of one tile's columns stay in
 * the first-level cache while all rows of A pass; the sums go on from C, which changes no bit.
 *
 * <p>Six rows by four vectors are 24 accumulators, with 32 registers the largest tile that leaves
 * room for its operands; where there are 16 registers it is six by two. The tiles are written out
 * one by one because accumulators have to be local variables.
 */
final class VectorProduct {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();

  /** Rows of B at a time. */
  private static final int DEPTH = 96;

  /** Vectors beside each other in the widest tile: 256 bits mostly come with 16 registers. */
  private static final int WIDEST = L == 8 ? 2 : 4;

  private VectorProduct() {}

  static void multiply(Product p) {
    int column = 0;
    for (int vectors = WIDEST; vectors > 0; vectors /= 2) {
      for (; column + vectors * L <= p.columns; column += vectors * L) {
        columns(p, column, vectors);
      }
    }
  }

  /** One tile's width of columns, for all rows. */
  private static void columns(Product p, int column, int vectors) {
    float[] start = p.start;
    int startAt = p.startAt;
    int startRow = p.startRow;
    int from = 0;
    do {
      int to = Math.min(p.depth, from + DEPTH);
      int row = 0;
      if (vectors == 4) {
        for (; row + 6 <= p.rows; row += 6) {
          sixByFour(p, start, startAt, startRow, row, column, from, to);
        }
        for (; row + 2 <= p.rows; row += 2) {
          twoByFour(p, start, startAt, startRow, row, column, from, to);
        }
        for (; row < p.rows; row++) {
          oneByFour(p, start, startAt, startRow, row, column, from, to);
        }
      } else if (vectors == 2) {
        for (; row + 6 <= p.rows; row += 6) {
          sixByTwo(p, start, startAt, startRow, row, column, from, to);
        }
        for (; row + 2 <= p.rows; row += 2) {
          twoByTwo(p, start, startAt, startRow, row, column, from, to);
        }
        for (; row < p.rows; row++) {
          oneByTwo(p, start, startAt, startRow, row, column, from, to);
        }
      } else {
        for (; row + 6 <= p.rows; row += 6) {
          sixByOne(p, start, startAt, startRow, row, column, from, to);
        }
        for (; row + 2 <= p.rows; row += 2) {
          twoByOne(p, start, startAt, startRow, row, column, from, to);
        }
        for (; row < p.rows; row++) {
          oneByOne(p, start, startAt, startRow, row, column, from, to);
        }
      }
      start = p.c;
      startAt = p.cAt;
      startRow = p.cRow;
      from = to;
    } while (from < p.depth);
  }

  /** Six rows, four vectors wide. */
  private static void sixByFour(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    FloatVector c02 = fromArray(SPECIES, start, s0 + 2 * L);
    FloatVector c03 = fromArray(SPECIES, start, s0 + 3 * L);
    int s1 = startAt + (row + 1) * startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    FloatVector c12 = fromArray(SPECIES, start, s1 + 2 * L);
    FloatVector c13 = fromArray(SPECIES, start, s1 + 3 * L);
    int s2 = startAt + (row + 2) * startRow + column;
    FloatVector c20 = fromArray(SPECIES, start, s2);
    FloatVector c21 = fromArray(SPECIES, start, s2 + L);
    FloatVector c22 = fromArray(SPECIES, start, s2 + 2 * L);
    FloatVector c23 = fromArray(SPECIES, start, s2 + 3 * L);
    int s3 = startAt + (row + 3) * startRow + column;
    FloatVector c30 = fromArray(SPECIES, start, s3);
    FloatVector c31 = fromArray(SPECIES, start, s3 + L);
    FloatVector c32 = fromArray(SPECIES, start, s3 + 2 * L);
    FloatVector c33 = fromArray(SPECIES, start, s3 + 3 * L);
    int s4 = startAt + (row + 4) * startRow + column;
    FloatVector c40 = fromArray(SPECIES, start, s4);
    FloatVector c41 = fromArray(SPECIES, start, s4 + L);
    FloatVector c42 = fromArray(SPECIES, start, s4 + 2 * L);
    FloatVector c43 = fromArray(SPECIES, start, s4 + 3 * L);
    int s5 = startAt + (row + 5) * startRow + column;
    FloatVector c50 = fromArray(SPECIES, start, s5);
    FloatVector c51 = fromArray(SPECIES, start, s5 + L);
    FloatVector c52 = fromArray(SPECIES, start, s5 + 2 * L);
    FloatVector c53 = fromArray(SPECIES, start, s5 + 3 * L);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int a1 = a0 + p.aRow;
    int a2 = a1 + p.aRow;
    int a3 = a2 + p.aRow;
    int a4 = a3 + p.aRow;
    int a5 = a4 + p.aRow;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector b1 = fromArray(SPECIES, b, at + L);
      FloatVector b2 = fromArray(SPECIES, b, at + 2 * L);
      FloatVector b3 = fromArray(SPECIES, b, at + 3 * L);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      c02 = b2.fma(x, c02);
      c03 = b3.fma(x, c03);
      x = broadcast(SPECIES, a[a1]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      c12 = b2.fma(x, c12);
      c13 = b3.fma(x, c13);
      x = broadcast(SPECIES, a[a2]);
      c20 = b0.fma(x, c20);
      c21 = b1.fma(x, c21);
      c22 = b2.fma(x, c22);
      c23 = b3.fma(x, c23);
      x = broadcast(SPECIES, a[a3]);
      c30 = b0.fma(x, c30);
      c31 = b1.fma(x, c31);
      c32 = b2.fma(x, c32);
      c33 = b3.fma(x, c33);
      x = broadcast(SPECIES, a[a4]);
      c40 = b0.fma(x, c40);
      c41 = b1.fma(x, c41);
      c42 = b2.fma(x, c42);
      c43 = b3.fma(x, c43);
      x = broadcast(SPECIES, a[a5]);
      c50 = b0.fma(x, c50);
      c51 = b1.fma(x, c51);
      c52 = b2.fma(x, c52);
      c53 = b3.fma(x, c53);
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
      a4 += step;
      a5 += step;
      at += bRow;
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
  private static void twoByFour(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    FloatVector c02 = fromArray(SPECIES, start, s0 + 2 * L);
    FloatVector c03 = fromArray(SPECIES, start, s0 + 3 * L);
    int s1 = startAt + (row + 1) * startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    FloatVector c12 = fromArray(SPECIES, start, s1 + 2 * L);
    FloatVector c13 = fromArray(SPECIES, start, s1 + 3 * L);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int a1 = a0 + p.aRow;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector b1 = fromArray(SPECIES, b, at + L);
      FloatVector b2 = fromArray(SPECIES, b, at + 2 * L);
      FloatVector b3 = fromArray(SPECIES, b, at + 3 * L);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      c02 = b2.fma(x, c02);
      c03 = b3.fma(x, c03);
      x = broadcast(SPECIES, a[a1]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      c12 = b2.fma(x, c12);
      c13 = b3.fma(x, c13);
      a0 += step;
      a1 += step;
      at += bRow;
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

  /** One row, four vectors wide. */
  private static void oneByFour(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    FloatVector c02 = fromArray(SPECIES, start, s0 + 2 * L);
    FloatVector c03 = fromArray(SPECIES, start, s0 + 3 * L);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector b1 = fromArray(SPECIES, b, at + L);
      FloatVector b2 = fromArray(SPECIES, b, at + 2 * L);
      FloatVector b3 = fromArray(SPECIES, b, at + 3 * L);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      c02 = b2.fma(x, c02);
      c03 = b3.fma(x, c03);
      a0 += step;
      at += bRow;
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
    c02.intoArray(c, d0 + 2 * L);
    c03.intoArray(c, d0 + 3 * L);
  }

  /** Six rows, two vectors wide. */
  private static void sixByTwo(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    int s1 = startAt + (row + 1) * startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    int s2 = startAt + (row + 2) * startRow + column;
    FloatVector c20 = fromArray(SPECIES, start, s2);
    FloatVector c21 = fromArray(SPECIES, start, s2 + L);
    int s3 = startAt + (row + 3) * startRow + column;
    FloatVector c30 = fromArray(SPECIES, start, s3);
    FloatVector c31 = fromArray(SPECIES, start, s3 + L);
    int s4 = startAt + (row + 4) * startRow + column;
    FloatVector c40 = fromArray(SPECIES, start, s4);
    FloatVector c41 = fromArray(SPECIES, start, s4 + L);
    int s5 = startAt + (row + 5) * startRow + column;
    FloatVector c50 = fromArray(SPECIES, start, s5);
    FloatVector c51 = fromArray(SPECIES, start, s5 + L);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int a1 = a0 + p.aRow;
    int a2 = a1 + p.aRow;
    int a3 = a2 + p.aRow;
    int a4 = a3 + p.aRow;
    int a5 = a4 + p.aRow;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector b1 = fromArray(SPECIES, b, at + L);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      x = broadcast(SPECIES, a[a1]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      x = broadcast(SPECIES, a[a2]);
      c20 = b0.fma(x, c20);
      c21 = b1.fma(x, c21);
      x = broadcast(SPECIES, a[a3]);
      c30 = b0.fma(x, c30);
      c31 = b1.fma(x, c31);
      x = broadcast(SPECIES, a[a4]);
      c40 = b0.fma(x, c40);
      c41 = b1.fma(x, c41);
      x = broadcast(SPECIES, a[a5]);
      c50 = b0.fma(x, c50);
      c51 = b1.fma(x, c51);
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
      a4 += step;
      a5 += step;
      at += bRow;
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
  private static void twoByTwo(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    int s1 = startAt + (row + 1) * startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    FloatVector c11 = fromArray(SPECIES, start, s1 + L);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int a1 = a0 + p.aRow;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector b1 = fromArray(SPECIES, b, at + L);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      x = broadcast(SPECIES, a[a1]);
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      a0 += step;
      a1 += step;
      at += bRow;
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
    c11.intoArray(c, d1 + L);
  }

  /** One row, two vectors wide. */
  private static void oneByTwo(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    FloatVector c01 = fromArray(SPECIES, start, s0 + L);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector b1 = fromArray(SPECIES, b, at + L);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      a0 += step;
      at += bRow;
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    c01.intoArray(c, d0 + L);
  }

  /** Six rows, one vector wide. */
  private static void sixByOne(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    int s1 = startAt + (row + 1) * startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    int s2 = startAt + (row + 2) * startRow + column;
    FloatVector c20 = fromArray(SPECIES, start, s2);
    int s3 = startAt + (row + 3) * startRow + column;
    FloatVector c30 = fromArray(SPECIES, start, s3);
    int s4 = startAt + (row + 4) * startRow + column;
    FloatVector c40 = fromArray(SPECIES, start, s4);
    int s5 = startAt + (row + 5) * startRow + column;
    FloatVector c50 = fromArray(SPECIES, start, s5);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int a1 = a0 + p.aRow;
    int a2 = a1 + p.aRow;
    int a3 = a2 + p.aRow;
    int a4 = a3 + p.aRow;
    int a5 = a4 + p.aRow;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      x = broadcast(SPECIES, a[a1]);
      c10 = b0.fma(x, c10);
      x = broadcast(SPECIES, a[a2]);
      c20 = b0.fma(x, c20);
      x = broadcast(SPECIES, a[a3]);
      c30 = b0.fma(x, c30);
      x = broadcast(SPECIES, a[a4]);
      c40 = b0.fma(x, c40);
      x = broadcast(SPECIES, a[a5]);
      c50 = b0.fma(x, c50);
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
      a4 += step;
      a5 += step;
      at += bRow;
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
  private static void twoByOne(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    int s1 = startAt + (row + 1) * startRow + column;
    FloatVector c10 = fromArray(SPECIES, start, s1);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int a1 = a0 + p.aRow;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      x = broadcast(SPECIES, a[a1]);
      c10 = b0.fma(x, c10);
      a0 += step;
      a1 += step;
      at += bRow;
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
    int d1 = p.cAt + (row + 1) * p.cRow + column;
    c10.intoArray(c, d1);
  }

  /** One row, one vector wide. */
  private static void oneByOne(
      Product p, float[] start, int startAt, int startRow, int row, int column, int from, int to) {
    float[] a = p.a;
    float[] b = p.b;
    int bRow = p.bRow;
    int s0 = startAt + row * startRow + column;
    FloatVector c00 = fromArray(SPECIES, start, s0);
    int step = p.aColumn;
    int a0 = p.aAt + row * p.aRow + from * step;
    int at = p.bAt + from * p.bRow + column;
    for (int k = from; k < to; k++) {
      FloatVector b0 = fromArray(SPECIES, b, at);
      FloatVector x = broadcast(SPECIES, a[a0]);
      c00 = b0.fma(x, c00);
      a0 += step;
      at += bRow;
    }
    float[] c = p.c;
    int d0 = p.cAt + row * p.cRow + column;
    c00.intoArray(c, d0);
  }
}
