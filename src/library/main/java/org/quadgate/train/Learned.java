// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.LstmWeights;

/**
 * All that a run has learned at one time.
 *
 * @param embedding shape [vocabulary][input]; empty where the inputs are no tokens
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Learned(LstmWeights weights, float[] embedding) {}
