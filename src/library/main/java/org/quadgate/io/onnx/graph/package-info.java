// SPDX-License-Identifier: Apache-2.0

/**
 * From the nodes of an ONNX graph to a network. {@link org.quadgate.io.onnx.graph.OnnxImporter} is
 * the way in.
 */
package org.quadgate.io.onnx.graph;
