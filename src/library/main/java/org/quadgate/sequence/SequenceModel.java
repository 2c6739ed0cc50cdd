// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.quadgate.LstmModel;
import org.quadgate.LstmWeights;
import org.quadgate.NonFiniteInputException;

/**
 * A network that runs on whole sequences, whatever its layers are. Immutable; any number of threads
 * may run it.
 *
 * <pre>{@code
 * SequenceModel model = ModelFiles.readSequenceModel(path);
 * float[] ys = new float[model.outputRows(steps) * model.outputSize()];
 * model.run(xs, steps, ys);
 * }</pre>
 *
 * <p>Where {@link LstmModel} has every layer, {@link #weights} are what it takes, and it does the
 * work here too. Otherwise {@link #whyNotEngine} says what it lacks. A network of which no layer
 * reads backwards can be stepped; {@link #whyNotStep} says so of the others.
 */
public final class SequenceModel {
  /** Which rows come out of the last recurrent layer. */
  public enum Rows {
    /** One of every timestep. */
    EACH,
    /** That of the last timestep alone. */
    LAST,
    /**
     * The final state of each direction: of a reverse one it is that of the first timestep. With
     * one forward direction it is what {@link #LAST} is.
     */
    FINAL
  }

  private final int inputSize;
  private final int outputSize;
  private final List<SequenceLayer> layers;
  private final List<PackedSequenceLayer> packed;
  private final List<LinearLayer> head;
  private final Rows rows;
  private final OptionalDouble maskValue;
  private final float[] inputMean; // [input]
  private final float[] inputStd; // [input]
  private final float[] outputMean; // [output]
  private final float[] outputStd; // [output]
  private final List<String> inputNames;
  private final List<String> outputNames;
  private final Optional<String> whyNotEngine;
  private final LstmWeights weights; // null where the engine lacks something
  private final LstmModel engine; // likewise

  private SequenceModel(Builder builder) {
    layers = List.copyOf(builder.layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a network needs at least one recurrent layer");
    }
    head = List.copyOf(builder.head);
    rows = builder.rows;
    maskValue = builder.maskValue;
    inputSize = layers.getFirst().inputSize();
    int width = inputSize;
    for (SequenceLayer layer : layers) {
      checkSize("inputs of a layer", layer.inputSize(), width);
      width = layer.outputSize();
    }
    for (LinearLayer linear : head) {
      checkSize("inputs of a linear layer", linear.inputs(), width);
      width = linear.outputs();
    }
    outputSize = width;
    inputMean = orAll(builder.inputMean, inputSize, 0);
    inputStd = orAll(builder.inputStd, inputSize, 1);
    outputMean = orAll(builder.outputMean, width, 0);
    outputStd = orAll(builder.outputStd, width, 1);
    inputNames = names("inputs", builder.inputNames, inputSize);
    outputNames = names("outputs", builder.outputNames, width);
    whyNotEngine = EngineWeights.whyNot(builder);
    weights = whyNotEngine.isPresent() ? null : EngineWeights.of(builder);
    engine = weights == null ? null : LstmModel.of(weights);
    packed = layers.stream().map(PackedSequenceLayer::new).toList();
  }

  private static void checkSize(String what, long found, long expected) {
    if (found != expected) {
      throw new IllegalArgumentException(what + ": " + found + ", expected " + expected);
    }
  }

  private static float[] orAll(float[] given, int size, float otherwise) {
    if (given != null) {
      checkSize("values of a scaling", given.length, size);
      return given.clone();
    }
    float[] all = new float[size];
    Arrays.fill(all, otherwise);
    return all;
  }

  private static List<String> names(String what, List<String> names, int size) {
    if (!names.isEmpty()) {
      checkSize("names of " + what, names.size(), size);
    }
    return names;
  }

  /** Collects a network's layers in the order in which data passes through them. */
  public static final class Builder {
    final List<SequenceLayer> layers = new ArrayList<>();
    final List<LinearLayer> head = new ArrayList<>();
    OptionalDouble maskValue = OptionalDouble.empty();
    float[] inputMean;
    float[] inputStd;
    float[] outputMean;
    float[] outputStd;
    List<String> inputNames = List.of();
    List<String> outputNames = List.of();
    private Rows rows = Rows.EACH;

    private Builder() {}

    /** Adds a recurrent layer. */
    public Builder layer(SequenceLayer layer) {
      layers.add(Objects.requireNonNull(layer, "layer"));
      return this;
    }

    /** Says which rows go on to the head; all of them unless said otherwise. */
    public Builder rows(Rows rows) {
      this.rows = Objects.requireNonNull(rows, "rows");
      return this;
    }

    /** Adds a layer to the head. */
    public Builder linear(LinearLayer linear) {
      head.add(Objects.requireNonNull(linear, "linear"));
      return this;
    }

    /** Standardises inputs: (x − mean) / std; both of shape [input]. */
    public Builder inputScaling(float[] mean, float[] std) {
      inputMean = mean;
      inputStd = std;
      return this;
    }

    /** Scales outputs: y · std + mean; both of shape [output]. */
    public Builder outputScaling(float[] mean, float[] std) {
      outputMean = mean;
      outputStd = std;
      return this;
    }

    /**
     * Passes over timesteps whose inputs, after the scaling, all have this value: states stay, and
     * the output is that of the timestep read before. Keras's Masking layer.
     */
    public Builder masking(float value) {
      maskValue = OptionalDouble.of(value);
      return this;
    }

    /** Names the inputs and outputs; empty for no names. */
    public Builder names(List<String> inputs, List<String> outputs) {
      inputNames = List.copyOf(inputs);
      outputNames = List.copyOf(outputs);
      return this;
    }

    /**
     * The network.
     *
     * @throws IllegalArgumentException if sizes do not fit each other, or a number is not finite
     *     where the engine needs it to be
     */
    public SequenceModel build() {
      return new SequenceModel(this);
    }
  }

  /** Starts a network. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that has what this network has; arrays of layers are shared. */
  public Builder toBuilder() {
    Builder builder = builder();
    builder.layers.addAll(layers);
    builder.head.addAll(head);
    builder.maskValue = maskValue;
    return builder
        .rows(rows)
        .inputScaling(inputMean, inputStd)
        .outputScaling(outputMean, outputStd)
        .names(inputNames, outputNames);
  }

  /** The engine's network on sequences. */
  public static SequenceModel of(LstmWeights weights) {
    return EngineWeights.layers(weights).build();
  }

  /** Values per timestep that go in. */
  public int inputSize() {
    return inputSize;
  }

  /** Values of a row that comes out. */
  public int outputSize() {
    return outputSize;
  }

  /** Rows that come out of a sequence of that many timesteps. */
  public int outputRows(int steps) {
    return rows == Rows.EACH ? steps : 1;
  }

  /** Which rows come out. */
  public Rows rows() {
    return rows;
  }

  /** The recurrent layers, first to last. */
  public List<SequenceLayer> layers() {
    return layers;
  }

  /** The layers of the head, first to last; empty if there is none. */
  public List<LinearLayer> head() {
    return head;
  }

  /** The value that marks a timestep that is passed over; empty if none is. */
  public OptionalDouble maskValue() {
    return maskValue;
  }

  /** A name per input, or empty if the inputs have none. */
  public List<String> inputNames() {
    return inputNames;
  }

  /** A name per output, or empty if the outputs have none. */
  public List<String> outputNames() {
    return outputNames;
  }

  /** Subtracted from each input; shape [input]. */
  public float[] inputMean() {
    return inputMean.clone();
  }

  /** Divides each input after the mean was subtracted; shape [input]. */
  public float[] inputStd() {
    return inputStd.clone();
  }

  /** Added to each output after the scaling; shape [output]. */
  public float[] outputMean() {
    return outputMean.clone();
  }

  /** Multiplies each output of the head; shape [output]. */
  public float[] outputStd() {
    return outputStd.clone();
  }

  /** Why {@link LstmModel} does not have this network; empty if it does. */
  public Optional<String> whyNotEngine() {
    return whyNotEngine;
  }

  /** Which layer cannot be stepped, and why; empty if all can. */
  public Optional<String> whyNotStep() {
    for (int i = 0; i < layers.size(); i++) {
      Optional<String> reason = layers.get(i).whyNotStep();
      if (reason.isPresent()) {
        return Optional.of("recurrent layer " + i + " " + reason.get());
      }
    }
    return Optional.empty();
  }

  /**
   * What {@link LstmModel} takes. It gives the output of every timestep, also where this model
   * gives the last one alone.
   *
   * @throws UnsupportedOperationException if the engine lacks something, with {@link #whyNotEngine}
   */
  public LstmWeights weights() {
    if (weights == null) {
      throw new UnsupportedOperationException(
          "the streaming engine does not have this network: " + whyNotEngine.orElseThrow());
    }
    return weights;
  }

  /** The shape in short, such as {@code 8 → bidirectional LSTM 2×32 → linear 1}. */
  public String describe() {
    StringBuilder text = new StringBuilder().append(inputSize);
    layers.forEach(layer -> text.append(" → ").append(layer.describe()));
    text.append(rows == Rows.EACH ? "" : rows == Rows.LAST ? " → last step" : " → final state");
    head.forEach(linear -> text.append(" → linear ").append(linear.outputs()));
    return text.toString();
  }

  /**
   * Runs one sequence from the initial state.
   *
   * @param xs the inputs; shape [steps][input]
   * @param steps timesteps, at least 1
   * @param ys receives the outputs; shape [{@link #outputRows}][output]
   * @throws IllegalArgumentException if there is no step or an array has another length
   * @throws NonFiniteInputException if an input is NaN or infinite, or the engine refuses it
   */
  public void run(float[] xs, int steps, float[] ys) {
    checkRun(xs, steps, 1, ys);
    if (engine == null) {
      runLayers(xs, steps, 1, null, ys);
    } else if (rows == Rows.EACH) {
      engine.run(engine.newState(), xs, steps, ys);
    } else {
      float[] all = new float[Math.multiplyExact(steps, outputSize)];
      engine.run(engine.newState(), xs, steps, all);
      System.arraycopy(all, all.length - ys.length, ys, 0, ys.length);
    }
  }

  /**
   * Runs sequences of different lengths from the initial state. In the rows behind a sequence's end
   * the last recurrent layer's output is zero; {@link Rows#LAST} is the row of timestep {@code
   * steps}−1 even there, {@link Rows#FINAL} that of the sequence's own end.
   *
   * @param xs the inputs; shape [steps][batch][input]
   * @param lengths each sequence's length, 0 to {@code steps}; null where all have {@code steps}
   * @param ys receives the outputs; shape [{@link #outputRows}][batch][output]
   * @throws IllegalArgumentException if there is no step, an array has another length or a length
   *     is outside
   * @throws NonFiniteInputException if an input is NaN or infinite; its row counts [steps][batch]
   */
  public void run(float[] xs, int steps, int batch, int[] lengths, float[] ys) {
    checkRun(xs, steps, batch, ys);
    SequenceLayer.checkLengths(lengths, steps, batch);
    runLayers(xs, steps, batch, lengths, ys);
  }

  private void checkRun(float[] xs, int steps, int batch, float[] ys) {
    if (steps < 1 || batch < 1) {
      throw new IllegalArgumentException(
          steps + " timesteps of " + batch + " sequences, expected at least 1");
    }
    checkSize("length of xs", xs.length, (long) steps * batch * inputSize);
    checkSize("length of ys", ys.length, (long) outputRows(steps) * batch * outputSize);
  }

  private void runLayers(float[] xs, int steps, int batch, int[] lengths, float[] ys) {
    float[] values = new float[xs.length];
    boolean[] masked = maskValue.isPresent() ? new boolean[steps * batch] : null;
    for (int row = 0; row < steps * batch; row++) {
      boolean skipped = standardise(row, xs, row * inputSize, values, row * inputSize);
      if (masked != null) {
        masked[row] = skipped;
      }
    }
    Sequences in = new Sequences(values, steps, batch, lengths, masked);
    SequenceResult result = null;
    for (PackedSequenceLayer layer : packed) {
      result = layer.run(in, null, null);
      in = in.with(result.outputs);
    }
    int width = layers.getLast().outputSize();
    float[] out =
        switch (rows) {
          case EACH -> result.outputs;
          case LAST ->
              Arrays.copyOfRange(
                  result.outputs, result.outputs.length - batch * width, result.outputs.length);
          case FINAL -> result.finalHidden;
        };
    for (LinearLayer linear : head) {
      out = linear.apply(out);
    }
    for (int row = 0; row < ys.length / outputSize; row++) {
      scaleOutput(out, row * outputSize, ys, row * outputSize);
    }
  }

  /** One timestep's inputs, checked and standardised; returns whether it is to be passed over. */
  private boolean standardise(int row, float[] xs, int at, float[] to, int toAt) {
    boolean skipped = maskValue.isPresent();
    for (int k = 0; k < inputSize; k++) {
      float x = xs[at + k];
      if (!Float.isFinite(x)) {
        throw new NonFiniteInputException(row, k, x, Float.MAX_VALUE);
      }
      to[toAt + k] = (x - inputMean[k]) / inputStd[k];
      skipped = skipped && to[toAt + k] == (float) maskValue.getAsDouble();
    }
    return skipped;
  }

  private void scaleOutput(float[] out, int at, float[] ys, int to) {
    for (int i = 0; i < outputSize; i++) {
      ys[to + i] = out[at + i] * outputStd[i] + outputMean[i];
    }
  }

  /**
   * A new stream at the initial state.
   *
   * @throws UnsupportedOperationException if the network cannot be stepped, with {@link
   *     #whyNotStep}
   */
  public SequenceState newState() {
    Optional<String> reason = whyNotStep();
    if (reason.isPresent()) {
      throw new UnsupportedOperationException("the network cannot be stepped: " + reason.get());
    }
    if (engine != null) {
      return new SequenceState(this, engine.newState(), new float[0][]);
    }
    List<float[]> values = new ArrayList<>();
    values.add(new float[inputSize]);
    layers.forEach(layer -> values.add(new float[layer.outputSize()]));
    head.forEach(linear -> values.add(new float[linear.outputs()]));
    SequenceState state = new SequenceState(this, null, values.toArray(float[][]::new));
    packed.forEach(layer -> state.layers.add(layer.newStream()));
    reset(state);
    return state;
  }

  void reset(SequenceState state) {
    if (engine != null) {
      state.engine.reset();
      return;
    }
    for (int i = 0; i < packed.size(); i++) {
      state.layers.get(i).reset();
      Arrays.fill(state.values[i + 1], 0); // what a masked first timestep puts out
    }
  }

  /**
   * Advances a stream by one timestep and gives that timestep's output, whatever {@link #rows} says
   * of whole sequences. Allocates nothing.
   *
   * @param state the stream, moved on
   * @param x the input; shape [input]
   * @param y receives the output; shape [output]
   * @throws IllegalArgumentException if an array has another length or the state is of another
   *     model; the state is as it was
   * @throws NonFiniteInputException if an input is NaN or infinite, or the engine refuses it; the
   *     state is as it was
   */
  public void step(SequenceState state, float[] x, float[] y) {
    if (state.model != this) {
      throw new IllegalArgumentException("the state belongs to another model");
    }
    if (engine != null) {
      engine.step(state.engine, x, y);
      return;
    }
    checkSize("length of x", x.length, inputSize);
    checkSize("length of y", y.length, outputSize);
    float[][] values = state.values;
    boolean skipped = standardise(0, x, 0, values[0], 0);
    for (int i = 0; i < packed.size() && !skipped; i++) {
      state.layers.get(i).step(values[i], 0);
      state.layers.get(i).copyHidden(values[i + 1], 0);
    }
    for (int i = 0; i < head.size(); i++) {
      int in = packed.size() + i;
      head.get(i).apply(values[in], 0, values[in + 1], 0);
    }
    scaleOutput(values[values.length - 1], 0, y, 0);
  }
}
