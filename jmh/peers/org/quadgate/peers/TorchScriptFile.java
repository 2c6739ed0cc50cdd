// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive as torch.jit.save writes it, but without Python: a zip of the methods'
 * source and a pickle that says which class the module is of. The module holds no tensors; its
 * methods are given the weights.
 */
final class TorchScriptFile {
  private static final String HEAD =
      """
      class Lstm(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  private TorchScriptFile() {}

  /** The archive's bytes, for a module with these methods, their source indented by two spaces. */
  static byte[] of(String methods) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      entry(zip, "data.pkl", pickledModule());
      entry(zip, "code/__torch__.py", (HEAD + methods).getBytes(StandardCharsets.UTF_8));
      entry(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // an empty tuple
      entry(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry("lstm/" + name));
    zip.write(content);
    zip.closeEntry();
  }

  /** {@code __torch__.Lstm} with training = false; one line per pickle operation. */
  private static byte[] pickledModule() {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2}); // protocol 2
    pickle.writeBytes("c__torch__\nLstm\n".getBytes(StandardCharsets.US_ASCII)); // the class
    pickle.writeBytes(new byte[] {')', (byte) 0x81}); // made with no arguments
    pickle.write('}'); // its attributes:
    pickle.writeBytes(new byte[] {'X', 8, 0, 0, 0}); // a name of 8 bytes
    pickle.writeBytes("training".getBytes(StandardCharsets.US_ASCII));
    pickle.write(0x89); // false
    pickle.write('s'); // set in the attributes
    pickle.write('b'); // the attributes are the object's
    pickle.write('.');
    return pickle.toByteArray();
  }
}
