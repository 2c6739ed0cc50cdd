// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/**
 * Standard output's bytes. A {@link java.io.PrintStream} forgets why a write failed, but a reader
 * that left ({@code | head}) is normal and a full disk is not, so this remembers.
 */
final class StandardSink extends OutputStream {
  private final OutputStream to;
  private IOException failure;

  StandardSink(OutputStream to) {
    this.to = to;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      to.write(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** Why output was lost; null if none was or its reader went away. */
  String whatWasLost() {
    if (failure == null) {
      return null;
    }
    String reason = String.valueOf(failure.getMessage());
    return reason.toLowerCase(Locale.ROOT).contains("pipe") ? null : reason;
  }
}
