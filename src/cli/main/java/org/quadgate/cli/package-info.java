// SPDX-License-Identifier: Apache-2.0

/**
 * The command line from its arguments to its exit status. Each command has a package of its own
 * below this one, and no command knows another; what several of them need lies in packages that are
 * named for what they hold, such as {@code csv} or {@code file}.
 *
 * <p>Exit status: 0 done; 2 bad usage or bad input, told in one line on standard error; 1 a fault
 * of ours. {@link org.quadgate.cli.Failures} is the one place that decides which.
 */
package org.quadgate.cli;
