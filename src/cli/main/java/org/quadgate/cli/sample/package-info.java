// SPDX-License-Identifier: Apache-2.0

/** The command {@code sample}, which lets a language model go on with a text. */
package org.quadgate.cli.sample;
