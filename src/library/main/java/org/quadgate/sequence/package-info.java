// SPDX-License-Identifier: Apache-2.0

/**
 * Networks with layers that the streaming engine does not have, run on whole sequences: everything
 * that ONNX's LSTM and RNN operators, PyTorch's recurrent modules and Keras's recurrent layers can
 * say of one. Layers that read forwards can be stepped here too, at somewhat less than the engine's
 * speed; a network that has only the engine's layers is handed to the engine.
 *
 * <p>Sums are the engine's, and so are the bits: a layer that both have gives the same in both.
 */
package org.quadgate.sequence;
