// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.List;

/** ONNX's GraphProto; nodes stand behind those whose outputs they read. */
public record OnnxGraph(
    List<OnnxNode> nodes,
    List<OnnxTensor> initializers,
    List<OnnxValueInfo> inputs,
    List<OnnxValueInfo> outputs) {}
