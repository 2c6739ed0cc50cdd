// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/**
 * What a step costs a program that steps several models: five of them in turn, beside each of them
 * alone. The same steps of the same streams in another order, in one JVM, whose compiled code knows
 * all five either way: what differs is what the caches and the branch predictor still hold.
 */
public final class MixedModels {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int ROUNDS = 101;

  /** Steps of a model on end, where it is alone. */
  private static final int ON_END = 256;

  private static final long WARM_UP_NANOS = 10_000_000_000L;
  private static final int TICKS = 64;
  private static final int STATES = 1000;
  private static final String ALONE = "alone";
  private static final String IN_TURN = "in turn";

  /** One model with a stream of it. */
  private static final class Stream {
    final Model model;
    final StreamState state;
    final float[][] x = new float[TICKS][];
    final float[] y;
    int tick;

    Stream(Network network, Precision precision) {
      model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
      state = model.newState();
      for (int t = 0; t < TICKS; t++) {
        x[t] = RandomWeights.inputs(model.inputSize(), t);
      }
      y = new float[model.outputSize()];
    }

    void step() {
      tick = (tick + 1) % TICKS;
      model.step(state, x[tick], y);
    }

    String describe() {
      return model.network().describe() + ", " + model.precision().name().toLowerCase(Locale.ROOT);
    }
  }

  private final List<Stream> streams;

  private MixedModels(List<Stream> streams) {
    this.streams = streams;
  }

  /**
   * Prints the head of the table, or the lines of some models.
   *
   * @param args the command that is to be shown, and for lines {@code alike} or {@code different}
   */
  public static void main(String[] args) throws Exception {
    if (args.length == 1) {
      System.out.print(ReportHeader.of(args[0]));
      System.out.print(head());
      return;
    }
    boolean alike = args[1].equals("alike");
    MixedModels models = new MixedModels(alike ? alike() : different());
    models.warmUp();
    Turns turns = models.turns();
    turns.run(ROUNDS);
    System.out.print(models.rows(alike ? "five alike" : "five different", turns));
  }

  private static List<Stream> alike() {
    return IntStream.range(0, 5)
        .mapToObj(
            seed ->
                new Stream(
                    RandomWeights.of(new Shape(8, 32).architecture(), seed).toNetwork(),
                    Precision.FP32))
        .toList();
  }

  private static List<Stream> different() {
    Architecture layers = Architecture.builder(20).lstm(48).lstm(24).linear(3).build();
    Architecture plain = Architecture.builder(12).rnn(64).linear(1).build();
    return List.of(
        new Stream(CellVariant.USUAL.network(new Shape(8, 32)), Precision.FP32),
        new Stream(CellVariant.PEEPHOLES.network(new Shape(16, 64)), Precision.BF16),
        new Stream(RandomWeights.of(layers, 1).toNetwork(), Precision.INT8),
        new Stream(RandomWeights.of(plain, 1).toNetwork(), Precision.BF16),
        new Stream(CellVariant.RELU_HEAD.network(new Shape(10, 40)), Precision.FP32));
  }

  /** Lets the JVM see all of them before any is timed: each new one has it compile anew. */
  private void warmUp() {
    long end = processorNanos() + WARM_UP_NANOS;
    while (processorNanos() < end) {
      eachAlone();
      inTurn();
    }
  }

  private Turns turns() {
    Turns turns = new Turns(MixedModels::processorNanos);
    for (int i = 0; i < streams.size(); i++) {
      Stream stream = streams.get(i);
      turns.add(Integer.toString(i), ON_END, () -> onEnd(stream));
    }
    int steps = ON_END * streams.size();
    turns.add(ALONE, steps, this::eachAlone);
    turns.add(IN_TURN, steps, this::inTurn);
    return turns;
  }

  private static void onEnd(Stream stream) {
    for (int i = 0; i < ON_END; i++) {
      stream.step();
    }
  }

  private void eachAlone() {
    for (Stream stream : streams) {
      onEnd(stream);
    }
  }

  private void inTurn() {
    for (int i = 0; i < ON_END; i++) {
      for (Stream stream : streams) {
        stream.step();
      }
    }
  }

  static String head() {
    return """
    | models | packed bytes | bytes of a state | µs per step alone | in turn | × alone \
    | bytes allocated by %d steps |
    |---|---|---|---|---|---|---|
    """
        .formatted(5 * ON_END);
  }

  private String rows(String name, Turns turns) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < streams.size(); i++) {
      Stream stream = streams.get(i);
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %d | %.3f | | | |%n",
              stream.describe(),
              stream.model.packedBytes(),
              stateBytes(stream.model),
              turns.nanos(Integer.toString(i)) / 1e3));
    }
    return out.append(
            String.format(
                Locale.ROOT,
                "| %s | %d | %d | %.3f | %.3f | %.2f | %d |%n",
                name,
                streams.stream().mapToLong(s -> s.model.packedBytes()).sum(),
                streams.stream().mapToLong(s -> stateBytes(s.model)).sum(),
                turns.nanos(ALONE) / 1e3,
                turns.nanos(IN_TURN) / 1e3,
                turns.ratio(IN_TURN, ALONE),
                allocated(this::inTurn)))
        .toString();
  }

  /** The heap that a new state takes, with what it refers to of its own. */
  private static long stateBytes(Model model) {
    StreamState[] kept = new StreamState[STATES];
    model.newState();
    return allocated(
            () -> {
              for (int i = 0; i < STATES; i++) {
                kept[i] = model.newState();
              }
            })
        / STATES;
  }

  /** What this thread allocates while it does something. */
  private static long allocated(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /**
   * The time that this thread has had a processor: what others do on a busy machine is not in it.
   */
  private static long processorNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }
}
