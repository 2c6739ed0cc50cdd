// SPDX-License-Identifier: Apache-2.0

/**
 * What model files say in text: JSON within limits, and Quadgate's own keys, which mean the same in
 * every format that can carry them.
 */
package org.quadgate.io.metadata;
