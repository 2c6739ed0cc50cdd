// SPDX-License-Identifier: Apache-2.0

/**
 * The command line: {@code info}, {@code train}, {@code predict}, {@code latency} and {@code demo}.
 * Nothing here is needed by an embedder, so what these classes use (picocli, HdrHistogram, FastCSV)
 * stays optional.
 *
 * <p>Exit status: 0 done; 2 bad usage or bad input, told in one line on standard error; 1 a fault
 * of ours. {@link org.quadgate.cli.Failures} is the one place that decides which.
 */
package org.quadgate.cli;
