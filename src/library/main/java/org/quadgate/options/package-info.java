// SPDX-License-Identifier: Apache-2.0

/** What a caller may choose about models and threads: plain, immutable data. */
@NullMarked
package org.quadgate.options;

import org.jspecify.annotations.NullMarked;
