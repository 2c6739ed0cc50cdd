// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.Map;

/**
 * ONNX's ModelProto.
 *
 * @param irVersion the version of the format
 * @param opsets the version of the operators by domain; ONNX's own domain is ""
 * @param graph the graph
 * @param metadata the metadata_props
 */
public record OnnxModel(
    long irVersion, Map<String, Long> opsets, OnnxGraph graph, Map<String, String> metadata) {}
