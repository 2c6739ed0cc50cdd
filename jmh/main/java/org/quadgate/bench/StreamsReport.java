// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.Locale;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.options.Precision;

/**
 * A Markdown table of batches or sequences, a row per shape: our times per stream and timestep in
 * each precision, what share of the machine's peak the gate sums reach, and ONNX Runtime's time
 * with its ratio to ours.
 */
public final class StreamsReport {
  /** Who takes turns, beside the precisions by their names. */
  public static final String PEER = "peer";

  /** {@link BatchSumsBenchmark} in fp32. */
  public static final String SUMS = "sums";

  /** {@link RooflineBenchmark#peakFma}. */
  public static final String PEAK = "peak";

  private StreamsReport() {}

  /** The first two lines. */
  public static String head(Peer peer, String classPath) {
    boolean batch = peer == Peer.ONNX_RUNTIME_BATCH;
    return "| inputs x hidden | fp32 µs | bf16 µs | int8 µs |"
        + (batch ? " gate sums fp32 µs | peak GFLOP/s | share of peak |" : "")
        + ' '
        + peer.labelWithVersion(classPath)
        + " µs | ÷ fp32 | ÷ bf16 | ÷ int8 |\n|---|---|---|---|"
        + (batch ? "---|---|---|" : "")
        + "---|---|---|---|\n";
  }

  /** One shape's line. */
  public static String row(Peer peer, Shape shape, Turns turns) {
    StringBuilder out = new StringBuilder();
    out.append("| ").append(shape.input()).append('x').append(shape.hidden()).append(" |");
    for (Precision precision : Precision.values()) {
      out.append(cell("%.3f", turns.nanos(precision.name()) / 1e3));
    }
    if (peer == Peer.ONNX_RUNTIME_BATCH) {
      int lanes = KernelProvider.chosen().kernels().widthBits() / Float.SIZE;
      double vectors = shape.weights() / (double) lanes;
      out.append(cell("%.3f", turns.nanos(SUMS) / 1e3))
          .append(cell("%.0f", 2 * lanes / turns.nanos(PEAK)))
          .append(cell("%.2f", vectors * turns.ratio(PEAK, SUMS)));
    }
    out.append(cell("%.3f", turns.nanos(PEER) / 1e3));
    for (Precision precision : Precision.values()) {
      out.append(cell("%.2f", turns.ratio(PEER, precision.name())));
    }
    return out.append('\n').toString();
  }

  private static String cell(String format, double value) {
    return Double.isNaN(value) ? " – |" : " " + String.format(Locale.ROOT, format, value) + " |";
  }
}
