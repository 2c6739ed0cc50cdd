// SPDX-License-Identifier: Apache-2.0

/**
 * The arithmetic: packed matrices, gate sums, activations. It sees arrays and ints and knows
 * nothing of models.
 *
 * <p>Here are the operations and what they work on; {@code scalar} defines each of them in plain
 * Java, {@code vector} does them on the Vector API, and {@code provider}, which alone knows both,
 * chooses. Neither of the two sees the other, and nothing here sees them.
 *
 * <p><b>Canonical arithmetic.</b> Every kernel gives the same bits, whatever its vector width,
 * because each result is defined by one sequence of IEEE 754 operations:
 *
 * <pre>
 *   gate sums    in  = fma(x[K-1], W[K-1], … fma(x[1], W[1], fma(x[0], W[0], 0))) + 0
 *                rec = fma(h[H-1], R[H-1], … fma(h[0], R[0], b))
 *                z   = in + rec
 *   cell         i, f, o = σ(z)   g = tanh(z)
 *                c' = fma(f, c, i·g)     h' = o·tanh(c')
 *   rare cell    {@link org.quadgate.kernel.CellFunctions}
 *   linear       p[j] = fma over k = j, j+16, j+32 …      for j of 0 … 15, each from 0
 *                y = halve(p) + b,  where halving adds p[j+8] to p[j], then p[j+4], p[j+2], p[1]
 * </pre>
 *
 * Lanes run across hidden units and x[k] is broadcast, so no gate sum is ever reduced across lanes;
 * the two sums are separate, so either may be computed earlier, or for a whole sequence, or for
 * many streams at once, and change no bit. The zero that ends the input sum turns -0 into 0; after
 * it, leaving out the columns whose x is 0 changes no bit either. σ and tanh are {@link
 * org.quadgate.kernel.Activations}.
 *
 * <p><b>Panels.</b> Rows are packed 64 at a time whatever the machine: {@code [panel][k][4][16]}. A
 * panel of an LSTM holds the four gates of 16 units, one of a vanilla RNN holds 64 units. So a step
 * is one sequential read of W and one of R. Rows beyond the last unit hold zeros, and the states of
 * units that do not exist stay zero.
 */
package org.quadgate.kernel;
