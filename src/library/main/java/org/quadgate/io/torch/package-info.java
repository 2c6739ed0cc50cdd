// SPDX-License-Identifier: Apache-2.0

/**
 * Networks under the names that PyTorch gives the parameters of its modules. Not exported; {@code
 * ModelFiles} is the way in, and the description of its package has the names.
 */
package org.quadgate.io.torch;
