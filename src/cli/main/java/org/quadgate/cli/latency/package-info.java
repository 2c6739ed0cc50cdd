// SPDX-License-Identifier: Apache-2.0

/** The command {@code latency}, which measures the time per step. */
package org.quadgate.cli.latency;
