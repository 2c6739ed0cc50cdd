// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

/** Which rows of a whole sequence go from the last recurrent layer to the head. */
public enum Rows {
  /** One of every timestep. */
  EACH,
  /** That of the last timestep alone. */
  LAST,
  /**
   * The final state of each direction: of a reverse one it is that of the first timestep. With one
   * forward direction it is what {@link #LAST} is: zeros where every timestep is masked.
   */
  FINAL
}
