// SPDX-License-Identifier: Apache-2.0
package org.quadgate.options;

/** How a model stores its recurrent layers' weights; sums are always accumulated in fp32. */
public enum Precision {
  /** 32-bit floats, as trained. */
  FP32,
  /** The nearest bfloat16-like value, 2 bytes a weight. */
  BF16,
  /** An 8-bit integer times a scale per row, 1 byte a weight. */
  INT8
}
