// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;

/**
 * A batch whose streams come, go, are reset, copied, saved and restored at random; some of them are
 * followed by single steps, and have to agree in every bit. The system property {@value #STEPS}
 * sets how many stream-steps; {@code ./scripts/soak} takes 10⁸.
 */
class StreamBatchSoakTest {
  private static final String STEPS = "quadgate.soak.steps";
  private static final int CAPACITY = 300;

  /** One stream in so many is followed. */
  private static final int FOLLOWED = 8;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Architecture config = Architecture.builder(5).lstm(20).linear(2).build();
  private final Model model = Model.of(Shapes.weights(config).toNetwork());
  private final StreamBatch batch = model.newBatch(CAPACITY);
  private final Random random = new Random(2026);
  private final StreamState[] followers = new StreamState[CAPACITY];
  private final StreamState saved = model.newState();
  private boolean anySaved;
  private final int[] chosen = new int[CAPACITY];
  private final float[] xs = new float[CAPACITY * 5];
  private final float[] ys = new float[CAPACITY * 2];
  private final float[] y = new float[2];
  private final float[] expected = new float[2];
  private long compared;

  @Test
  void agreesWithSingleStepsWhateverHappens() {
    long steps = Long.getLong(STEPS, 200_000L);
    for (int s = 0; s < CAPACITY; s += FOLLOWED) {
      followers[s] = model.newState();
    }
    long settled = Math.max(steps / 4, 50_000);
    long allocated = -1;
    long done = 0;
    while (done < steps) {
      if (allocated < 0 && done >= settled) {
        allocated = THREADS.getCurrentThreadAllocatedBytes();
      }
      change();
      done += step();
    }
    assertTrue(compared > steps / (4 * FOLLOWED), "only " + compared + " outputs compared");
    if (steps >= 10_000_000 && !model.kernel().name().equals("scalar")) {
      // compiled long ago, nothing allocates: not even a byte per hundred steps
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
      assertTrue(bytes < steps / 100, bytes + " bytes allocated");
    }
    assertEquals(0, batch.size() - count());
  }

  private int count() {
    int count = 0;
    for (int s = 0; s < CAPACITY; s++) {
      count += batch.contains(s) ? 1 : 0;
    }
    return count;
  }

  private int any() {
    int s = random.nextInt(CAPACITY);
    while (!batch.contains(s)) {
      s = (s + 1) % CAPACITY;
    }
    return s;
  }

  private void change() {
    int what = random.nextInt(8);
    if (batch.size() == 0 || (what < 2 && batch.size() < CAPACITY)) {
      int s = batch.add();
      if (followers[s] != null) {
        followers[s].reset();
      }
    } else if (what == 2 && batch.size() > CAPACITY / 2) {
      batch.remove(any());
    } else if (what == 3) {
      int s = any();
      batch.reset(s);
      if (followers[s] != null) {
        followers[s].reset();
      }
    } else if (what == 4) {
      copy(any(), any());
    } else if (what == 5) {
      batch.save(any(), saved);
      anySaved = true;
    } else if (what == 6 && anySaved) {
      int s = any();
      batch.restore(s, saved);
      if (followers[s] != null) {
        followers[s].copyFrom(saved);
      }
    }
  }

  private void copy(int from, int to) {
    batch.copy(from, to);
    if (followers[to] != null) {
      if (followers[from] != null) {
        followers[to].copyFrom(followers[from]);
      } else {
        batch.save(from, followers[to]);
      }
    }
  }

  private int step() {
    int count = 0;
    boolean all = random.nextInt(4) == 0;
    int share = 1 + random.nextInt(8);
    for (int s = 0; s < CAPACITY; s++) {
      if (batch.contains(s) && (all || random.nextInt(8) < share)) {
        chosen[count++] = s;
      }
    }
    if (count == 0) {
      return 0;
    }
    for (int i = 0; i < count * 5; i++) {
      xs[i] = random.nextFloat() * 4 - 2;
    }
    if (all) {
      batch.stepAll(xs, ys);
    } else {
      batch.step(chosen, count, xs, ys);
    }
    for (int row = 0; row < count; row++) {
      StreamState follower = followers[chosen[row]];
      if (follower != null) {
        model.step(follower, xs, row * 5, expected, 0);
        y[0] = ys[2 * row];
        y[1] = ys[2 * row + 1];
        assertArrayEquals(expected, y);
        compared++;
      }
    }
    return count;
  }
}
