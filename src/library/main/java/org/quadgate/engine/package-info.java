// SPDX-License-Identifier: Apache-2.0

/**
 * Networks packed for the kernels, and what runs them: one step of one stream, many streams, whole
 * sequences. Not exported; {@code org.quadgate} is the edge that checks arguments before it comes
 * here, so nothing here refuses anything but a network that cannot be packed.
 *
 * <pre>
 *   PackedNetwork   the weights, shared by all threads, in memory that is closed once
 *   StreamMemory    h and c of one stream                BatchMemory   of many streams
 *   Workspace       the scratch of one thread
 *   StreamStep      one timestep of one stream           BatchStep     of a block of streams
 *   SequenceRun     a stream's sequence, by blocks       WholeRun      any network's sequences
 *   CoreStep        one timestep on several cores
 * </pre>
 */
package org.quadgate.engine;
