// SPDX-License-Identifier: Apache-2.0

/**
 * ONNX files. {@link org.quadgate.io.onnx.OnnxFile} is the entry to the reader: from bytes
 * (ProtobufReader) to the format's records (OnnxParser), and from these to a network
 * (OnnxImporter), node by node. {@link org.quadgate.io.onnx.OnnxWriter} goes the other way: it
 * turns a network into nodes, OnnxGraphBuilder these into the format's fields and ProtobufWriter
 * these into bytes. ONNX's gate order i, o, f, c is known here alone.
 *
 * @see <a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">the LSTM operator</a>
 */
package org.quadgate.io.onnx;
