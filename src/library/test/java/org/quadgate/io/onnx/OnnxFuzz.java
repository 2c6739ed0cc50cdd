// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.nio.file.Path;
import org.quadgate.io.ReaderBounds;

/** Fuzz target: any bytes as an ONNX file. scripts/fuzz runs it, and a test runs its corpus. */
public final class OnnxFuzz {
  /** Bytes allocated per byte of the file; SECURITY.md states it. */
  public static final int MULTIPLE = 64;

  private static final Path NAME = Path.of("fuzz.onnx");

  private OnnxFuzz() {}

  /** Jazzer calls this. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    accepts(bytes);
  }

  /** Whether the bytes are a model. */
  static boolean accepts(byte[] bytes) {
    return ReaderBounds.hold(bytes.length, MULTIPLE, () -> OnnxFile.read(NAME, bytes));
  }
}
