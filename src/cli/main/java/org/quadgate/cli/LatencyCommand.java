// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmWeights;
import org.quadgate.Precision;
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
final class LatencyCommand implements Runnable {
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
    private LstmConfig shape;
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

  LatencyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Pace pace = pace();
    long nanos = checkedNanos();
    LstmWeights weights =
        subject.model != null ? Models.read(subject.model) : randomWeights(subject.shape);
    String origin = subject.model != null ? subject.model.toString() : "--shape";
    LstmModel model = Models.pack(origin, weights, precision);
    // files are begun first: a place that cannot be written should not cost a measurement
    try (var files = new Files()) {
      OutputFile jsonFile = files.begin(json);
      OutputFile hgrmFile = files.begin(hgrm);
      LatencyReport.printModel(model, console.out());
      console.out().flush();
      float[][] inputs = LatencyRun.randomInputs(weights, INPUTS_SEED);
      LatencyRun run = LatencyRun.warm(model, inputs, twoPhase);
      LatencyResult result = run.measure(pace, nanos);
      LatencyReport.printResult(result, console.out());
      LatencyReport.printFirst(run.firstNanos(), console.out());
      LatencyReport.printTimer(LatencyRun.timerNanos(), console.out());
      if (jsonFile != null) {
        LatencyReport.writeJson(model, result, jsonFile.stream());
        jsonFile.commit();
      }
      if (hgrmFile != null) {
        LatencyReport.writeHgrm(result, hgrmFile.stream());
        hgrmFile.commit();
      }
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

  private LstmWeights randomWeights(LstmConfig shape) {
    // once as drawn and once packed
    long needed = 2 * 4 * shape.parameterCount();
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

  /** The files to write; those not committed vanish on close. */
  private static final class Files implements Closeable {
    private final List<OutputFile> begun = new ArrayList<>();

    OutputFile begin(Path path) {
      if (path == null) {
        return null;
      }
      OutputFile file = OutputFile.create(path);
      begun.add(file);
      return file;
    }

    @Override
    public void close() {
      begun.forEach(OutputFile::close);
    }
  }
}
