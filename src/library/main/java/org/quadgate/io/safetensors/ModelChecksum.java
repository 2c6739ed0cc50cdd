// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.quadgate.io.metadata.ModelMetadata;

/**
 * The SHA-256 over what a file means, in the framing that the description of {@code
 * org.quadgate.io} gives. Every string and every tensor goes in behind its length, so that no two
 * contents share a byte sequence.
 */
final class ModelChecksum {
  /** The metadata key that holds the checksum, and the one that is not part of it. */
  static final String KEY = ModelMetadata.CHECKSUM;

  /** The order of names: by their UTF-8 bytes, unsigned. */
  static final Comparator<String> NAME_ORDER = (a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b));

  private final MessageDigest digest;

  /** Begins with the metadata; the tensors follow by {@link #tensor} in {@link #NAME_ORDER}. */
  ModelChecksum(Map<String, String> metadata) {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    List<String> keys = new ArrayList<>(metadata.keySet());
    keys.remove(KEY);
    keys.sort(NAME_ORDER);
    number(keys.size());
    for (String key : keys) {
      string(key);
      string(metadata.get(key));
    }
  }

  /** Begins a tensor; its {@code bytes} bytes follow by {@link #data}. */
  void tensor(String name, String dtype, List<Long> shape, long bytes) {
    string(name);
    string(dtype);
    number(shape.size());
    for (long size : shape) {
      number(size);
    }
    number(bytes);
  }

  /** The next bytes of the tensor; leaves the buffer as it is. */
  void data(ByteBuffer bytes) {
    digest.update(bytes.duplicate());
  }

  /** The checksum in lower-case hexadecimal; ends the use of this object. */
  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private void string(String text) {
    byte[] bytes = utf8(text);
    number(bytes.length);
    digest.update(bytes);
  }

  private void number(long value) {
    digest.update(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).flip());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
