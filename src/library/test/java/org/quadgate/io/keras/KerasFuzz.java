// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import org.quadgate.io.ReaderBounds;

/** Fuzz target: any bytes as a Keras file in HDF5; see {@link KerasFuzzTest} for archives. */
public final class KerasFuzz {
  /** Bytes allocated per byte of the file; SECURITY.md states it. */
  public static final int MULTIPLE = 256;

  private static final Path NAME = Path.of("fuzz.h5");

  private KerasFuzz() {}

  /** Jazzer calls this. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    accepts(bytes);
  }

  /** Whether the bytes are a model. */
  static boolean accepts(byte[] bytes) {
    return accepts(NAME, bytes);
  }

  /** The same for a file of any name; it says whether the bytes may be an archive. */
  static boolean accepts(Path name, byte[] bytes) {
    return ReaderBounds.hold(bytes.length, MULTIPLE, () -> KerasFile.read(name, bytes));
  }
}
