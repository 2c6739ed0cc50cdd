// SPDX-License-Identifier: Apache-2.0

/**
 * The container safetensors: tensors and strings by name, whatever they mean, with a checksum. The
 * description of {@code org.quadgate.io} has the layout and what is demanded beyond it.
 */
package org.quadgate.io.safetensors;
