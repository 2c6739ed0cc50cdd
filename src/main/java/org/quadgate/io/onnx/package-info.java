// SPDX-License-Identifier: Apache-2.0

/**
 * ONNX files. {@link org.quadgate.io.onnx.OnnxWriter} turns a network into a graph, node by node;
 * OnnxGraphBuilder knows the format's fields and ProtobufWriter its bytes. ONNX's gate order i, o,
 * f, c is known here alone.
 *
 * @see <a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">the LSTM operator</a>
 */
package org.quadgate.io.onnx;
