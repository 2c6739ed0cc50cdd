// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

/** Which way a layer reads a sequence. */
public enum Direction {
  /** From the first timestep to the last. */
  FORWARD,
  /** From the last timestep to the first. */
  REVERSE,
  /** Both, each with weights and states of its own; the outputs stand side by side. */
  BIDIRECTIONAL;

  /** One direction, or two. */
  public int count() {
    return this == BIDIRECTIONAL ? 2 : 1;
  }
}
