// SPDX-License-Identifier: Apache-2.0

/**
 * The bytes of an ONNX file and the records they stand for, in both directions. What the records
 * mean is known above; the field numbers of onnx.proto are known here alone.
 */
package org.quadgate.io.onnx.proto;
