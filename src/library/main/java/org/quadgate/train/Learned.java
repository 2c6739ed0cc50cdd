// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.network.WeightArrays;

/**
 * All that a run has learned at one time, or begins with.
 *
 * @param weights without scaling
 * @param embedding shape [vocabulary][input]; empty where the inputs are no tokens
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Learned(WeightArrays weights, float[] embedding) {}
