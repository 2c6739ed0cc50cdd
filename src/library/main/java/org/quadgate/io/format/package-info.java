// SPDX-License-Identifier: Apache-2.0

/**
 * What readers and writers of every format share: the exception for files that are not understood,
 * files that appear whole or not at all, and the forms in which a model may be written.
 */
@NullMarked
package org.quadgate.io.format;

import org.jspecify.annotations.NullMarked;
