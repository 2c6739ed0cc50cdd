// SPDX-License-Identifier: Apache-2.0

/**
 * Training: the forward pass with a tape, back-propagation through time, losses, and what drives
 * them. Parameters and gradients are flat arrays in the kernels' packed layout, so an optimizer is
 * one elementwise pass. The derivation of the backward pass is in docs/backward.md.
 */
package org.quadgate.train;
