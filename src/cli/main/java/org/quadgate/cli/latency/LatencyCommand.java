// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.latency;

import java.nio.file.Path;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.measurement.LatencyReport;
import org.quadgate.cli.measurement.LatencyResult;
import org.quadgate.cli.measurement.LatencyRun;
import org.quadgate.cli.measurement.Pace;
import org.quadgate.cli.model.Models;
import org.quadgate.cli.model.PrecisionConverter;
import org.quadgate.cli.model.RandomInputs;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.Precision;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how long steps take on this machine. */
@Command(
    name = "latency",
    description = "Measure the time per step: by default an open loop at 10,000 steps a second.")
public final class LatencyCommand implements Runnable {
  private static final double DEFAULT_RATE = 10_000;
  private static final double HIGHEST_RATE = 1e9;
  private static final double LONGEST_SECONDS = 86_400;
  private static final long WEIGHTS_SEED = 42;
  private static final long INPUTS_SEED = 43;

  private final Console console;

  @Spec private CommandSpec spec;

  /** What is stepped. */
  static final class Subject {
    @Option(names = "--model", paramLabel = "MODEL", description = "A model file.")
    private Path model;

    @Option(
        names = "--shape",
        paramLabel = "I,H[,LAYERS[,OUT]]",
        converter = ShapeConverter.class,
        description = "Random weights: inputs, hidden units, layers (1), linear outputs (none).")
    private Architecture shape;
  }

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  /** How it is stepped. */
  static final class PaceOptions {
    @Option(
        names = "--rate",
        paramLabel = "PER_SECOND",
        description = "Open loop: time each step from its scheduled start (default: 10000).")
    private Double rate;

    @Option(names = "--closed-loop", description = "Start each step when the one before is done.")
    private boolean closedLoop;
  }

  @ArgGroup private PaceOptions paceOptions;

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "fp32",
      converter = PrecisionConverter.class,
      description = "How weights are stored: fp32 (default), bf16 or int8.")
  private Precision precision;

  @Option(
      names = "--two-phase",
      description = "Call prepareNext after each step; report the times with and without it.")
  private boolean twoPhase;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long to measure, after the warm-up (default: 5).")
  private double duration;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON.")
  private Path json;

  @Option(
      names = "--hgrm",
      paramLabel = "FILE",
      description = "Write the percentile distribution, for HdrHistogram's plotter.")
  private Path hgrm;

  /** Talks on these streams. */
  public LatencyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Pace pace = pace();
    long nanos = checkedNanos();
    // A place that cannot be written should not cost a measurement.
    CommandFiles files =
        new CommandFiles()
            .reads("--model", subject.model)
            .writes("--json", json)
            .writes("--hgrm", hgrm);
    files.check();
    Network network =
        subject.model != null ? Models.readSteppable(subject.model) : randomNetwork(subject.shape);
    String origin = subject.model != null ? subject.model.toString() : "--shape";
    try (Model model = Models.compile(origin, network, precision)) {
      measure(model, pace, nanos, files);
    }
  }

  private void measure(Model model, Pace pace, long nanos, CommandFiles files) {
    LatencyReport.printModel(model, console.out());
    console.out().flush();
    // few enough to stay in the cache beside the weights, as a live tick would be
    int count = Math.clamp(16_384 / model.inputSize(), 8, 1024);
    float[][] inputs = RandomInputs.rows(model.network(), INPUTS_SEED, count);
    LatencyRun run = LatencyRun.warm(model, inputs, twoPhase);
    LatencyResult result = run.measure(pace, nanos);
    LatencyReport.printResult(result, console.out());
    LatencyReport.printFirst(run.firstNanos(), console.out());
    LatencyReport.printTimer(LatencyRun.timerNanos(), console.out());
    if (json != null) {
      files.write(json, to -> LatencyReport.writeJson(model, result, to));
    }
    if (hgrm != null) {
      files.write(hgrm, to -> LatencyReport.writeHgrm(result, to));
    }
  }

  private Pace pace() {
    if (paceOptions != null && paceOptions.closedLoop) {
      return new Pace.Closed();
    }
    double rate = paceOptions == null ? DEFAULT_RATE : paceOptions.rate;
    if (!(rate > 0 && rate <= HIGHEST_RATE)) {
      throw usage("--rate is " + rate + ", expected a number above 0 and up to 1e9");
    }
    return new Pace.Open(rate);
  }

  private long checkedNanos() {
    if (!(duration > 0 && duration <= LONGEST_SECONDS)) {
      throw usage("--duration is " + duration + ", expected seconds above 0 and up to 86400");
    }
    return Math.max(1, (long) (duration * 1e9));
  }

  private Network randomNetwork(Architecture shape) {
    // as drawn, in the network and packed
    long needed = 3 * 4 * shape.parameterCount();
    long heap = Runtime.getRuntime().maxMemory();
    if (needed > heap) {
      throw usage(
          "--shape needs "
              + (needed >> 20)
              + " MiB for its weights, expected at most the heap's "
              + (heap >> 20)
              + " MiB");
    }
    try {
      return RandomNetwork.of(shape, WEIGHTS_SEED);
    } catch (IllegalArgumentException e) {
      throw usage("--shape: " + e.getMessage());
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
