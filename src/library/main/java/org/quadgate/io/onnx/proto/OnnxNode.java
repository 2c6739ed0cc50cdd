// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.List;
import java.util.Map;

/**
 * ONNX's NodeProto.
 *
 * @param op the operator, such as LSTM
 * @param name what the exporter calls the node; may be empty
 * @param domain who defined the operator; ONNX itself is ""
 * @param inputs names of values; "" for an optional one that is left out
 * @param outputs names of values; "" for one that nobody wants
 * @param attributes the constants that belong to the operator, by name
 */
public record OnnxNode(
    String op,
    String name,
    String domain,
    List<String> inputs,
    List<String> outputs,
    Map<String, OnnxAttribute> attributes) {

  /** The name of an input; "" if it is left out, be it by an empty name or by a shorter list. */
  public String input(int index) {
    return index < inputs.size() ? inputs.get(index) : "";
  }

  /** The name of an output; "" if nobody wants it. */
  public String output(int index) {
    return index < outputs.size() ? outputs.get(index) : "";
  }
}
