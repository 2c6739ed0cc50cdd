// SPDX-License-Identifier: Apache-2.0

/** The command {@code convert}, which writes a model in another format. */
package org.quadgate.cli.convert;
