// SPDX-License-Identifier: Apache-2.0

/** The files that commands write, which appear whole and never in the place of an input. */
package org.quadgate.cli.file;
