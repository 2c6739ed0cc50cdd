// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.List;

/** ONNX's AttributeProto, by the kind of its value. */
public sealed interface OnnxAttribute {
  /** One float. */
  record Real(float value) implements OnnxAttribute {}

  /** One integer. */
  record Int(long value) implements OnnxAttribute {}

  /** One string. */
  record Text(String value) implements OnnxAttribute {}

  /** A tensor. */
  record Tensor(OnnxTensor value) implements OnnxAttribute {}

  /** A list of floats. */
  record Reals(List<Float> values) implements OnnxAttribute {}

  /** A list of integers. */
  record Ints(List<Long> values) implements OnnxAttribute {}

  /** A list of strings. */
  record Texts(List<String> values) implements OnnxAttribute {}

  /** A kind whose content is not read, such as a graph; whoever needs it refuses it. */
  record Unread(int type) implements OnnxAttribute {}
}
