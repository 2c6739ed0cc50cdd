// SPDX-License-Identifier: Apache-2.0

/**
 * Reading Keras files: the HDF5 container, the description of the model and its weights. Not
 * exported; {@link org.quadgate.io.ModelFiles} is the way in. docs/keras.md says what is read.
 */
package org.quadgate.io.keras;
