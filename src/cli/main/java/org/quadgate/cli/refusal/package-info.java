// SPDX-License-Identifier: Apache-2.0

/** What a user gave that cannot be used, and the one line that says so. */
package org.quadgate.cli.refusal;
