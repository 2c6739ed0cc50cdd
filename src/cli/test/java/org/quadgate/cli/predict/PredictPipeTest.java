// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;

/** {@code predict} at the end of a pipe: a row is answered before the next one is sent. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PredictPipeTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void eachRowIsAnsweredAsSoonAsItsLineHasEnded(String lineEnd) throws Exception {
    Path model = Networks.save(Networks.named().toNetwork(), dir.resolve("m.safetensors"));
    var toCommand = new PipedOutputStream();
    var in = new PipedInputStream(toCommand);
    var fromCommand = new PipedInputStream(1 << 16);
    var out = new PrintStream(new PipedOutputStream(fromCommand), false, StandardCharsets.UTF_8);
    Object[] args = {"predict", "--model", model};
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(() -> Cli.main(in, out, out, args));
    var answers = new BufferedReader(new InputStreamReader(fromCommand, StandardCharsets.UTF_8));

    send(toCommand, "a,b,c" + lineEnd);
    assertEquals("p,q", answers.readLine());
    for (int t = 0; t < 50; t++) {
      send(toCommand, t + ",2.5,-1" + lineEnd);
      // a command that waits for more input would wait here for good
      assertNotNull(answers.readLine());
    }
    toCommand.close();
    assertEquals(0, status.get(20, TimeUnit.SECONDS));
  }

  private static void send(OutputStream to, String text) throws IOException {
    to.write(text.getBytes(StandardCharsets.UTF_8));
    to.flush();
  }

  @Test
  void aReaderThatLeavesEndsTheCommandQuietly() throws Exception {
    Path model = Networks.save(Networks.named().toNetwork(), dir.resolve("m.safetensors"));
    var err = new ByteArrayOutputStream();
    var closed = new ClosedAfter(100);
    int status =
        Cli.main(
            new EndlessRows(),
            new PrintStream(closed, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            "predict",
            "--model",
            model);
    assertEquals("", err.toString(StandardCharsets.UTF_8));
    assertEquals(0, status);
    assertTrue(closed.refused > 0);
  }

  /** A pipe whose reader goes after some bytes. */
  private static final class ClosedAfter extends OutputStream {
    private int left;
    private int refused;

    ClosedAfter(int bytes) {
      left = bytes;
    }

    @Override
    public void write(int b) throws IOException {
      if (left-- <= 0) {
        refused++;
        throw new IOException("Broken pipe");
      }
    }
  }

  /** Input that never ends: only a command that notices its lost output stops. */
  private static final class EndlessRows extends InputStream {
    private static final byte[] HEADER = "a,b,c\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] ROW = "1,2,3\n".getBytes(StandardCharsets.UTF_8);
    private long at;

    @Override
    public int read() {
      int b = at < HEADER.length ? HEADER[(int) at] : ROW[(int) (at % ROW.length)];
      at++;
      return b;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      int count = Math.min(length, 600);
      for (int i = 0; i < count; i++) {
        to[offset + i] = (byte) read();
      }
      return count;
    }
  }
}
