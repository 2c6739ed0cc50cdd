// SPDX-License-Identifier: Apache-2.0

/** The reference: the definition of the arithmetic, one number at a time. */
package org.quadgate.kernel.scalar;
