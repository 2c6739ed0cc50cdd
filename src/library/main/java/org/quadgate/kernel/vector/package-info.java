// SPDX-License-Identifier: Apache-2.0

/**
 * The kernels on {@code jdk.incubator.vector}, at 128, 256 or 512 bits: whatever the JVM prefers.
 * No other package may import that module, for a JVM without it must be able to load the rest.
 */
package org.quadgate.kernel.vector;
