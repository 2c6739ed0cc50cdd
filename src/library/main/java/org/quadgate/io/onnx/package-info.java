// SPDX-License-Identifier: Apache-2.0

/**
 * ONNX files. {@link org.quadgate.io.onnx.OnnxFile} is the way in. Its reader goes from bytes to
 * the format's records ({@code proto}) and from these to a network ({@code graph}), node by node;
 * its writer goes the other way. ONNX's gate order i, o, f, c is known here and in {@code graph}
 * alone.
 *
 * @see <a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">the LSTM operator</a>
 */
package org.quadgate.io.onnx;
