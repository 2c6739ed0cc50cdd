// SPDX-License-Identifier: Apache-2.0

/**
 * The command {@code precision}, which compares a model's outputs at bf16 and int8 with those at
 * fp32.
 */
package org.quadgate.cli.precision;
