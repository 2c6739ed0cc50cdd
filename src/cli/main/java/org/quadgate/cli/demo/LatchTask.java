// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.quadgate.train.Dataset;

/**
 * A simulated stream in which an event matters only long after it happened. Every row has a new
 * reading. Now and then {@code store} is 1: that reading is the one that counts. From 20 rows later
 * on, {@code recall} is 1 in some rows, and only there {@code level} is the stored reading; else it
 * is 0. So a reading has to be told from those around it, and held over 20 to 59 others.
 */
final class LatchTask {
  static final List<String> INPUTS = List.of("reading", "store", "recall");
  static final String TARGET = "level";

  private static final int SHORTEST_GAP = 20;
  private static final int SHORTEST_PERIOD = 40;
  private static final int LONGEST_PERIOD = 60;
  private static final double RECALLS = 0.2;

  final float[] x; // [rows][3]
  final float[] level; // [rows]

  LatchTask(int rows, long seed) {
    x = new float[3 * rows];
    level = new float[rows];
    Random random = new Random(seed); // whose sequence the JDK specifies
    float held = 0;
    int age = 0;
    int period = SHORTEST_PERIOD;
    for (int t = 0; t < rows; t++) {
      // four decimals, so that the file holds the same numbers
      float reading = Math.round(20_000 * random.nextDouble() - 10_000) / 10_000f;
      x[3 * t] = reading;
      if (++age >= period) {
        x[3 * t + 1] = 1;
        held = reading;
        age = 0;
        period = SHORTEST_PERIOD + random.nextInt(LONGEST_PERIOD - SHORTEST_PERIOD);
      } else if (age >= SHORTEST_GAP && random.nextDouble() < RECALLS) {
        x[3 * t + 2] = 1;
        level[t] = held;
      }
    }
  }

  Dataset dataset() {
    return Dataset.builder(3, 1).series("simulated", x, level).build();
  }

  /** Writes the stream as a CSV file that {@code train} and {@code predict} read. */
  void write(OutputStream to) {
    PrintWriter out = new PrintWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8));
    out.println(String.join(",", INPUTS) + "," + TARGET);
    for (int t = 0; t < level.length; t++) {
      int at = 3 * t;
      out.println(x[at] + "," + (int) x[at + 1] + "," + (int) x[at + 2] + "," + level[t]);
    }
    out.flush();
  }
}
