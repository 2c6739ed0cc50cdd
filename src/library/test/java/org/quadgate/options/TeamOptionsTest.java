// SPDX-License-Identifier: Apache-2.0
package org.quadgate.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class TeamOptionsTest {
  @Test
  void eachSettingLeavesTheOthersAlone() {
    ThreadFactory factory = Thread::new;
    TeamOptions plain = TeamOptions.of(3);
    TeamOptions options = plain.withSpin(Duration.ZERO).withThreadFactory(factory).withThreads(5);
    assertEquals(5, options.threads());
    assertEquals(Optional.of(Duration.ZERO), options.spin());
    assertEquals(Optional.of(factory), options.threadFactory());
    assertEquals(3, plain.threads());
    assertEquals(Optional.empty(), plain.spin());
    assertEquals(Optional.empty(), plain.threadFactory());
    assertEquals(TeamOptions.of(3), plain);
    assertEquals(TeamOptions.of(3).hashCode(), plain.hashCode());
    assertNotEquals(plain, options.withThreads(3));
    assertEquals("TeamOptions[3]", plain.toString());
    assertEquals("TeamOptions[3, spin forever]", plain.withSpin(TeamOptions.FOREVER).toString());
  }

  @Test
  void refusesWhatIsNoTeam() {
    assertThrows(IllegalArgumentException.class, () -> TeamOptions.of(0));
    TeamOptions plain = TeamOptions.of(1);
    assertThrows(IllegalArgumentException.class, () -> plain.withThreads(-1));
    assertThrows(IllegalArgumentException.class, () -> plain.withSpin(Duration.ofNanos(-1)));
    assertThrows(NullPointerException.class, () -> plain.withSpin(null));
    assertThrows(NullPointerException.class, () -> plain.withThreadFactory(null));
  }
}
