// SPDX-License-Identifier: Apache-2.0

/** The choice of kernels: the one place that knows both the scalar and the vector ones. */
package org.quadgate.kernel.provider;
