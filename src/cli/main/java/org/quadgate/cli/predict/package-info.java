// SPDX-License-Identifier: Apache-2.0

/** The command {@code predict}, which steps a model over the rows of a file or a pipe. */
package org.quadgate.cli.predict;
