// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import org.quadgate.bench.BatchBenchmark;
import org.quadgate.bench.BatchSumsBenchmark;
import org.quadgate.bench.Peer;
import org.quadgate.bench.ReportHeader;
import org.quadgate.bench.RooflineBenchmark;
import org.quadgate.bench.SequenceBenchmark;
import org.quadgate.bench.Shape;
import org.quadgate.bench.StreamsReport;
import org.quadgate.bench.Turns;
import org.quadgate.options.Precision;

/**
 * Batches or sequences beside ONNX Runtime: the benchmarks of JMH's suites, taking turns in one
 * JVM. A JVM for each shape, because what C2 makes of a loop depends on how long it ran first.
 */
public final class StreamsInTurns {
  private static final int ROUNDS = 101;

  private StreamsInTurns() {}

  /**
   * Prints the head of the table, or a shape's line of it.
   *
   * @param args the command that is to be shown, {@code batch} or {@code sequence}, and for a line
   *     its shape
   */
  public static void main(String[] args) throws Exception {
    Peer peer = args[1].equals("batch") ? Peer.ONNX_RUNTIME_BATCH : Peer.ONNX_RUNTIME_SEQUENCE;
    if (args.length == 2) {
      System.out.print(ReportHeader.of(args[0]));
      System.out.print(StreamsReport.head(peer, System.getProperty("java.class.path")));
      return;
    }
    Turns turns = new Turns();
    OnnxRuntimeBenchmark.Run run;
    if (peer == Peer.ONNX_RUNTIME_BATCH) {
      run = new OnnxRuntimeBenchmark.Batch();
      addBatches(turns, args[2], run);
    } else {
      run = new OnnxRuntimeBenchmark.Sequence();
      addSequences(turns, args[2], run);
    }
    turns.run(ROUNDS);
    System.out.print(StreamsReport.row(peer, Shape.parse(args[2]), turns));
    run.close();
  }

  private static void addBatches(Turns turns, String shape, OnnxRuntimeBenchmark.Run run)
      throws Exception {
    for (Precision precision : Precision.values()) {
      BatchBenchmark batch = new BatchBenchmark();
      batch.shape = shape;
      batch.precision = precision;
      batch.build();
      turns.add(precision.name(), BatchBenchmark.STREAMS, batch::step);
    }
    BatchSumsBenchmark sums = new BatchSumsBenchmark();
    sums.shape = shape;
    sums.precision = Precision.FP32.name();
    sums.build();
    turns.add(StreamsReport.SUMS, BatchBenchmark.STREAMS, sums::sums);
    RooflineBenchmark roofline = new RooflineBenchmark();
    RooflineBenchmark.Registers registers = new RooflineBenchmark.Registers();
    turns.add(StreamsReport.PEAK, RooflineBenchmark.PEAK_FMAS, () -> roofline.peakFma(registers));
    run.shape = shape;
    run.build();
    turns.add(StreamsReport.PEER, BatchBenchmark.STREAMS, run::run);
  }

  private static void addSequences(Turns turns, String shape, OnnxRuntimeBenchmark.Run run)
      throws Exception {
    for (Precision precision : Precision.values()) {
      SequenceBenchmark sequence = new SequenceBenchmark();
      sequence.shape = shape;
      sequence.precision = precision;
      sequence.build();
      turns.add(precision.name(), SequenceBenchmark.STEPS, sequence::run);
    }
    run.shape = shape;
    run.build();
    turns.add(StreamsReport.PEER, SequenceBenchmark.STEPS, run::run);
  }
}
