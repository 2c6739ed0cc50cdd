// SPDX-License-Identifier: Apache-2.0

/** What a command says on a terminal, or into a pipe, while it runs. */
package org.quadgate.cli.console;
