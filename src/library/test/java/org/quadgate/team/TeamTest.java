// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @Test
  void everyWorkerRunsEveryPhaseOnce() {
    for (int count = 1; count <= 4; count++) {
      AtomicIntegerArray runs = new AtomicIntegerArray(count);
      try (Workers workers = new Workers(count)) {
        for (int i = 0; i < 500; i++) {
          workers.run(runs::incrementAndGet);
          if (i % 100 == 0) {
            LockSupport.parkNanos(2_000_000); // long enough for the others to fall asleep
          }
        }
      }
      for (int worker = 0; worker < count; worker++) {
        assertEquals(500, runs.get(worker));
      }
    }
  }

  @Test
  void aFailureOnAWorkerReachesTheCaller() {
    RuntimeException fault = new RuntimeException("on purpose");
    try (Workers workers = new Workers(2)) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  workers.run(
                      worker -> {
                        if (worker == 1) {
                          throw fault;
                        }
                      }));
      assertSame(fault, thrown.getCause());
      workers.run(worker -> {});
    }
  }

  @Test
  void aClosedPoolRefuses() {
    Workers workers = new Workers(2);
    workers.close();
    assertThrows(IllegalStateException.class, () -> workers.run(worker -> {}));
  }
}
