// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.quadgate.options.TeamOptions;

/** Makes some threads, and then fails in one of the ways in which that can fail. */
public final class FailingFactory implements ThreadFactory {
  /** How it fails, and a part of what is then said. */
  public enum Way {
    /** Gives none. */
    NULL("gave none"),
    /** Throws. */
    THROWS("refused on purpose"),
    /** Gives a thread for which the system has no room. */
    OUT_OF_MEMORY("unable to create native thread"),
    /** Gives a thread that is at work already. */
    STARTED("thread 3 of 4");

    private final String message;

    Way(String message) {
      this.message = message;
    }
  }

  private final Way way;
  private final int good;
  private final List<Thread> made = new ArrayList<>();

  private FailingFactory(Way way, int good) {
    this.way = way;
    this.good = good;
  }

  @Override
  public Thread newThread(Runnable task) {
    if (made.size() < good || way == Way.STARTED) {
      Thread thread = new Thread(task);
      thread.setDaemon(true);
      made.add(thread);
      if (made.size() > good) {
        thread.start();
      }
      return thread;
    }
    return switch (way) {
      case NULL -> null;
      case THROWS -> throw new IllegalArgumentException("refused on purpose");
      default ->
          new Thread(task) {
            @Override
            public void start() {
              throw new OutOfMemoryError("unable to create native thread");
            }
          };
    };
  }

  /** Sees that teams that cannot start say why and leave no thread, whichever way they fail. */
  public static void assertNoThreadStays(Consumer<TeamOptions> start) throws InterruptedException {
    for (Way way : Way.values()) {
      FailingFactory factory = new FailingFactory(way, 2);
      TeamOptions options = TeamOptions.of(4).withThreadFactory(factory);
      var e = assertThrows(IllegalStateException.class, () -> start.accept(options), way.name());
      assertTrue(e.getMessage().contains("thread 3 of 4"), e.getMessage());
      assertTrue(e.getMessage().contains(way.message), e.getMessage());
      assertEquals(way == Way.STARTED ? 3 : 2, factory.made.size());
      for (Thread thread : factory.made.subList(0, 2)) {
        assertTrue(!thread.isAlive(), way + " leaves " + thread);
      }
      // nobody but the factory could wait for the one that it had started itself
      factory.made.getLast().join(60_000);
      assertTrue(!factory.made.getLast().isAlive(), way.name());
    }
  }
}
