// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.TensorFileBuilder;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.WeightArrays;

/** What tests of state_dicts share: files made for them, and what becomes of these. */
abstract class StateDicts {
  @TempDir Path folder;

  static TensorFileBuilder small() {
    return new TensorFileBuilder().lstm("lstm", 2, 2);
  }

  WeightArrays read(TensorFileBuilder builder) throws IOException {
    return ModelFiles.read(builder.writeTo(folder)).weightArrays();
  }

  void assertRefused(TensorFileBuilder builder, String... messages) {
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> read(builder), messages[0]);
    for (String message : messages) {
      assertTrue(e.getMessage().contains(message), e.getMessage());
    }
  }
}
