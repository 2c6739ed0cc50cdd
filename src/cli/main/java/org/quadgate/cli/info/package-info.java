// SPDX-License-Identifier: Apache-2.0

/** The command {@code info}, which tells what runs here, and what a model is. */
package org.quadgate.cli.info;
