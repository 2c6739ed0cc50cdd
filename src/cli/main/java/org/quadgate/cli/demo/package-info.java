// SPDX-License-Identifier: Apache-2.0

/** The command {@code demo}, which trains, compares and measures, from end to end. */
package org.quadgate.cli.demo;
