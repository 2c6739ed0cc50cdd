// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Members that will not come again are not waited for. */
class PhaseBarrierTest {
  @Test
  void aThreadThatHasEndedIsNotWaitedFor() throws InterruptedException {
    Thread ended = new Thread(() -> {});
    ended.start();
    ended.join();
    PhaseBarrier barrier = new PhaseBarrier(new Thread[] {null, ended});
    assertEquals(1, barrier.awaitOthers(0, 1));
    assertEquals(-1, barrier.awaitOthers(0, 0), "it had finished phase 0");
  }

  @Test
  void theMemberThatIsGoneIsNoLongerWaitedFor() {
    PhaseBarrier barrier = new PhaseBarrier(new Thread[3]);
    barrier.arrive(1, 1);
    barrier.arrive(2, PhaseBarrier.GONE);
    assertEquals(2, barrier.awaitOthers(0, 1));
    assertEquals(1, barrier.phase(1));
  }
}
