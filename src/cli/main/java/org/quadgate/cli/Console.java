// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/** The three streams a command talks on; a test puts its own here. */
record Console(InputStream in, PrintStream out, PrintStream err) {

  /** The output as a stream that ends the command as soon as nobody reads it any more. */
  OutputStream dataOut() {
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

      // checkError flushes as well
      private void endIfNobodyReads() {
        if (out.checkError()) {
          throw new OutputGoneException();
        }
      }
    };
  }

  /** Thrown to stop a command whose output goes nowhere; no failure of the command. */
  static final class OutputGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputGoneException() {
      super("standard output was closed", null, false, false);
    }
  }
}
