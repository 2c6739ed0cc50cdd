// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.List;

/**
 * ONNX's ValueInfoProto: an input or output of the graph.
 *
 * @param name its name
 * @param type the code of the element type, 0 if it does not say
 * @param dims the sizes of the dimensions, -1 where open; null if it does not say
 */
public record OnnxValueInfo(String name, int type, List<Long> dims) {}
