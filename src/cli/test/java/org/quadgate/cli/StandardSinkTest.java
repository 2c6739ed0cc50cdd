// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

/** What is said of output that was lost. */
class StandardSinkTest {
  private static String lost(String reason) {
    StandardSink sink =
        new StandardSink(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException(reason);
              }
            });
    try {
      sink.write(1);
    } catch (IOException e) {
      // remembered as well
    }
    return sink.whatWasLost();
  }

  @Test
  void aReaderMayLeaveAPipe() {
    assertEquals(null, lost("Broken pipe"));
  }

  @Test
  void aFullDiskIsTold() {
    assertEquals("No space left on device", lost("No space left on device"));
  }
}
