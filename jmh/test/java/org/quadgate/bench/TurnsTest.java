// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.options.Precision;

/** Things that take turns, on a clock that their work moves on; and the table made of them. */
class TurnsTest {
  private static final String CLASS_PATH = "/m2/onnxruntime-1.23.2.jar";

  private long now;

  /** What it costs is per call; the machine gets slower all the time. */
  private void work(double nanos) {
    now += (long) (nanos * (1 + now / 1e10));
  }

  private Turns turns(double fp32, double bf16, double peer) throws Exception {
    Turns turns = new Turns(() -> now);
    turns.add(Precision.FP32.name(), 10, () -> work(10 * fp32));
    turns.add(Precision.BF16.name(), 10, () -> work(10 * bf16));
    turns.add(StreamsReport.PEER, 10, () -> work(10 * peer));
    turns.run(21);
    return turns;
  }

  @Test
  void ratiosHoldOnAMachineThatSlowsDown() throws Exception {
    Turns turns = turns(20_000, 10_000, 40_000);
    assertEquals(2, turns.ratio(StreamsReport.PEER, Precision.FP32.name()), 0.02);
    assertEquals(4, turns.ratio(StreamsReport.PEER, Precision.BF16.name()), 0.04);
    assertTrue(turns.nanos(Precision.FP32.name()) > 25_000, "the machine did not slow down");
  }

  /**
   * The last of one round is the first of the next: without care every other turn would be warm.
   */
  @Test
  void noTurnIsTimedOnCachesThatAnotherLeft() throws Exception {
    String[] last = {""};
    Turns turns = new Turns(() -> now);
    for (String name : List.of(Precision.FP32.name(), StreamsReport.PEER)) {
      turns.add(
          name,
          1,
          () -> {
            now += last[0].equals(name) ? 400_000 : 4_000_000;
            last[0] = name;
          });
    }
    turns.run(21);
    assertEquals(400_000, turns.nanos(Precision.FP32.name()));
    assertEquals(1, turns.ratio(StreamsReport.PEER, Precision.FP32.name()));
  }

  @Test
  void whoTookNoPartHasNoTime() throws Exception {
    Turns turns = turns(20_000, 10_000, 40_000);
    assertTrue(Double.isNaN(turns.nanos(Precision.INT8.name())));
    assertTrue(Double.isNaN(turns.ratio(StreamsReport.PEER, Precision.INT8.name())));
  }

  @Test
  void batchesStandBesideThePeakAndThePeer() throws Exception {
    Turns turns = new Turns(() -> now);
    turns.add(Precision.FP32.name(), 1, () -> now += 250_000);
    turns.add(StreamsReport.SUMS, 1, () -> now += 400_000);
    turns.add(StreamsReport.PEAK, 1000, () -> now += 500_000);
    turns.add(StreamsReport.PEER, 1, () -> now += 500_000);
    turns.run(3);
    String[] head = StreamsReport.head(Peer.ONNX_RUNTIME_BATCH, CLASS_PATH).split("\n", -1);
    assertTrue(head[0].contains("| ONNX Runtime 1.23.2, 48 streams a call µs |"), head[0]);
    String row = StreamsReport.row(Peer.ONNX_RUNTIME_BATCH, new Shape(8, 32), turns);
    int lanes = KernelProvider.chosen().kernels().widthBits() / 32;
    // 5120 products at 500 ns per vector of them
    String share = String.format(Locale.ROOT, "%.2f", 5120.0 / lanes * 500 / 400_000);
    String peak = String.format(Locale.ROOT, "%.0f", 2 * lanes / 500.0);
    assertEquals(
        "| 8x32 | 250.000 | – | – | 400.000 | "
            + peak
            + " | "
            + share
            + " | 500.000 | 2.00 | – | – |\n",
        row);
    assertEquals(columns(head[0]), columns(head[1]));
    assertEquals(columns(head[0]), columns(row));
  }

  @Test
  void sequencesStandBesideThePeer() throws Exception {
    String head = StreamsReport.head(Peer.ONNX_RUNTIME_SEQUENCE, CLASS_PATH);
    assertTrue(head.contains("| ONNX Runtime 1.23.2, 100 steps a call µs |"), head);
    Turns turns = new Turns(() -> now);
    turns.add(Precision.FP32.name(), 100, () -> now += 25_000);
    turns.add(StreamsReport.PEER, 100, () -> now += 50_000);
    turns.run(3);
    String row = StreamsReport.row(Peer.ONNX_RUNTIME_SEQUENCE, new Shape(8, 32), turns);
    assertEquals("| 8x32 | 0.250 | – | – | 0.500 | 2.00 | – | – |\n", row);
    assertEquals(columns(head.split("\n", -1)[1]), columns(row));
  }

  private static long columns(String line) {
    return line.chars().filter(c -> c == '|').count();
  }
}
