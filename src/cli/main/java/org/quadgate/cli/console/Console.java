// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.console;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The three streams that a command talks on; a test puts its own here.
 *
 * @param in what it is asked
 * @param out its results
 * @param err its errors, and what it is doing
 */
public record Console(InputStream in, PrintStream out, PrintStream err) {

  /** The output as a stream that ends the command as soon as nobody reads it any more. */
  public OutputStream dataOut() {
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        out.write(bytes, offset, length);
        endIfNobodyReads();
      }

      @Override
      public void flush() {
        endIfNobodyReads();
      }

      // A PrintStream swallows its failures; checkError, which flushes too, is how to see them.
      private void endIfNobodyReads() {
        if (out.checkError()) {
          throw new OutputGoneException();
        }
      }
    };
  }

  /** Thrown to stop a command whose output goes nowhere; no failure of the command. */
  public static final class OutputGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputGoneException() {
      super("standard output was closed", null, false, false);
    }
  }
}
