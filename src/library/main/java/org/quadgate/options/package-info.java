// SPDX-License-Identifier: Apache-2.0

/** What a caller may choose about models and threads: plain, immutable data. */
package org.quadgate.options;
