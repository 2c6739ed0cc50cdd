// SPDX-License-Identifier: Apache-2.0

/** What there is to know about the machine, the JVM and this version of Quadgate. */
package org.quadgate.cli.machine;
