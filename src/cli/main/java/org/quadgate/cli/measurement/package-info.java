// SPDX-License-Identifier: Apache-2.0

/** How long steps take: the loop that measures it, and what it found as text and as files. */
package org.quadgate.cli.measurement;
