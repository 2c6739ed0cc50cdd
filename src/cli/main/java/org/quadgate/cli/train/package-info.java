// SPDX-License-Identifier: Apache-2.0

/** The command {@code train}, which trains a model on a CSV file or on a text. */
package org.quadgate.cli.train;
