// SPDX-License-Identifier: Apache-2.0

/** The command {@code inspect}, which shows what the gates of a model do on data. */
package org.quadgate.cli.inspect;
