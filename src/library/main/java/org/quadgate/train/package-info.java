// SPDX-License-Identifier: Apache-2.0

/**
 * Training: {@link org.quadgate.train.Dataset data}, {@link org.quadgate.train.LossFunction
 * losses}, {@link org.quadgate.train.Optimizer optimizers}, and the {@link
 * org.quadgate.train.Trainer trainer} that brings them together and comes to a {@link
 * org.quadgate.network.Network}. The arithmetic below it, which is not exported, is in {@code
 * org.quadgate.train.tape}.
 */
@NullMarked
package org.quadgate.train;

import org.jspecify.annotations.NullMarked;
