// SPDX-License-Identifier: Apache-2.0

/**
 * The arithmetic of training, not exported: minibatches, the forward pass with its tape,
 * back-propagation through time, and the gradient of every parameter. Parameters and gradients are
 * flat arrays in the kernels' packed layout, so that an optimizer is one elementwise pass. It knows
 * neither data sets nor optimizers nor files. The derivation of the backward pass is in
 * docs/backward.md.
 *
 * <p>Layers of a model are {@code org.quadgate.network.RecurrentLayer} and {@code LinearLayer}: a
 * layer here is a layout, which says where its parameters stand, and a pass, which computes.
 */
package org.quadgate.train.tape;
