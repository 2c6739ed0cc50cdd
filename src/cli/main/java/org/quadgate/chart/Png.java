// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Pictures of 256 colours as PNG (ISO/IEC 15948), without java.desktop. */
final class Png {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private Png() {}

  /**
   * Encodes.
   *
   * @param pixels places in the palette; shape [height][width]
   * @param palette red, green, blue; shape [256][3]
   */
  static byte[] indexed(int width, int height, byte[] pixels, byte[] palette) {
    byte[] filtered = new byte[height * (width + 1)]; // a filter byte 0 before each row
    for (int row = 0; row < height; row++) {
      System.arraycopy(pixels, row * width, filtered, row * (width + 1) + 1, width);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put(new byte[] {8, 3, 0, 0, 0}); // 8 bits, palette, and the only methods there are
    chunk(png, "IHDR", header.array());
    chunk(png, "PLTE", palette);
    chunk(png, "IDAT", deflated(filtered));
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  private static byte[] deflated(byte[] data) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
      deflater.setInput(data);
      deflater.finish();
      while (!deflater.finished()) {
        packed.write(piece, 0, deflater.deflate(piece));
      }
    }
    return packed.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    png.writeBytes(name);
    png.writeBytes(data);
    png.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }
}
