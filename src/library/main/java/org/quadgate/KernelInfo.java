// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import org.quadgate.kernel.provider.KernelProvider;

/**
 * Which kernels compute, and why these.
 *
 * @param name {@code vector} or {@code scalar}
 * @param widthBits bits in a vector register; 32 for scalar code
 * @param reason one sentence: what led to the choice
 */
public record KernelInfo(String name, int widthBits, String reason) {
  static KernelInfo of(KernelProvider.Choice choice) {
    return new KernelInfo(choice.name(), choice.kernels().widthBits(), choice.reason());
  }

  /** Name and width in one word, such as {@code vector-512}, or {@code scalar}. */
  public String label() {
    return name.equals("scalar") ? name : name + "-" + widthBits;
  }
}
