// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import org.quadgate.cli.console.Progress;

/** Shows how much of a text has been read; it is run once a token. */
final class ReadingProgress implements Runnable {
  private static final long NANOS = 500_000_000L;
  private static final int TOKENS_BETWEEN_LOOKS = 64;

  private final Progress progress;
  private final String what;
  private final long total;
  private long read;
  private long shown = System.nanoTime();

  ReadingProgress(Progress progress, String what, long total) {
    this.progress = progress;
    this.what = what;
    this.total = total;
  }

  @Override
  public void run() {
    read++;
    if (read % TOKENS_BETWEEN_LOOKS != 0 || !progress.isTerminal()) {
      return;
    }
    long now = System.nanoTime();
    if (now - shown > NANOS) {
      shown = now;
      progress.now("measuring on " + what + ": " + 100 * read / total + " %");
    }
  }

  void done() {
    progress.done();
  }
}
