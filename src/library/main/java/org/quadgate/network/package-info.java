// SPDX-License-Identifier: Apache-2.0

/**
 * What a model is, as immutable data: {@link org.quadgate.network.Network} and its parts. Readers
 * and the trainer make networks; writers and {@code org.quadgate.Model} take them.
 *
 * <p>All numbers are in canonical order: row-major matrices, the gates of an LSTM as i, f, g, o
 * (PyTorch's order), one bias per row. Orders of other frameworks end in their readers.
 *
 * <p>A {@link org.quadgate.network.Network} has any layer that PyTorch, ONNX or Keras can describe
 * and Quadgate can run. Those that can be trained are plain: {@link
 * org.quadgate.network.Architecture} says their sizes, and {@link
 * org.quadgate.network.WeightArrays} holds their numbers while they are made.
 */
@NullMarked
package org.quadgate.network;

import org.jspecify.annotations.NullMarked;
