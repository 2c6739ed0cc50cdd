// SPDX-License-Identifier: Apache-2.0

/** How things are to be done: plain data, for whoever starts them. */
package org.quadgate.options;
