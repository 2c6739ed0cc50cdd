// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What a model is: its layers with their weights, the head, the scaling of inputs and outputs, and
 * the names of its columns. Data alone, for readers and trainers to make and for writers and {@code
 * org.quadgate.Model} to take. Immutable, and nothing that it was made of is shared with it.
 *
 * <pre>
 *   x [input] → scaling → recurrent layers → rows → head → scaling → y [output]
 * </pre>
 *
 * <p>Without a head the output is what the last recurrent layer puts out.
 */
public final class Network {
  private final int inputSize;
  private final int outputSize;
  private final List<RecurrentLayer> layers;
  private final Rows rows;
  private final List<LinearLayer> head;
  private final Scaling inputScaling;
  private final Scaling outputScaling;
  private final OptionalDouble maskValue;
  private final OptionalInt window;
  private final List<String> inputNames;
  private final List<String> outputNames;

  private Network(Builder builder) {
    layers = List.copyOf(builder.layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a network needs at least one recurrent layer");
    }
    head = List.copyOf(builder.head);
    rows = builder.rows;
    maskValue = builder.maskValue;
    window = builder.window;
    inputSize = layers.getFirst().inputSize();
    int width = inputSize;
    for (RecurrentLayer layer : layers) {
      checkSize("inputs of a layer", layer.inputSize(), width);
      width = layer.outputSize();
    }
    for (LinearLayer linear : head) {
      checkSize("inputs of a linear layer", linear.inputs(), width);
      width = linear.outputs();
    }
    outputSize = width;
    inputScaling = scaling("input", builder.inputScaling, inputSize);
    outputScaling = scaling("output", builder.outputScaling, outputSize);
    inputNames = builder.inputNames;
    outputNames = builder.outputNames;
    Architecture.checkNames("input", inputNames, inputSize);
    Architecture.checkNames("output", outputNames, outputSize);
  }

  private static void checkSize(String what, long found, long expected) {
    if (found != expected) {
      throw new IllegalArgumentException(what + ": " + found + ", expected " + expected);
    }
  }

  private static Scaling scaling(String what, @Nullable Scaling given, int size) {
    if (given == null) {
      return Scaling.identity(size);
    }
    checkSize("values of the " + what + " scaling", given.size(), size);
    return given;
  }

  /** Starts a network. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects a network's layers in the order in which data passes through them. */
  public static final class Builder {
    private final List<RecurrentLayer> layers = new ArrayList<>();
    private final List<LinearLayer> head = new ArrayList<>();
    private Rows rows = Rows.EACH;
    private @Nullable Scaling inputScaling;
    private @Nullable Scaling outputScaling;
    private OptionalDouble maskValue = OptionalDouble.empty();
    private OptionalInt window = OptionalInt.empty();
    private List<String> inputNames = List.of();
    private List<String> outputNames = List.of();

    private Builder() {}

    /** Adds a recurrent layer. */
    public Builder layer(RecurrentLayer layer) {
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

    /** Standardises inputs: (x − mean) / std. */
    public Builder inputScaling(Scaling scaling) {
      inputScaling = Objects.requireNonNull(scaling, "scaling");
      return this;
    }

    /** Scales outputs: y·std + mean. */
    public Builder outputScaling(Scaling scaling) {
      outputScaling = Objects.requireNonNull(scaling, "scaling");
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

    /**
     * Says that the network was trained on windows of so many timesteps, each from the initial
     * state.
     *
     * @throws IllegalArgumentException if that is below 1
     */
    public Builder window(int steps) {
      if (steps < 1) {
        throw new IllegalArgumentException("window is " + steps + ", expected at least 1");
      }
      window = OptionalInt.of(steps);
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
     * @throws IllegalArgumentException if there is no recurrent layer, or sizes or names do not fit
     *     each other
     */
    public Network build() {
      return new Network(this);
    }
  }

  /** A builder that has what this network has. */
  public Builder toBuilder() {
    Builder builder = builder();
    builder.layers.addAll(layers);
    builder.head.addAll(head);
    builder.maskValue = maskValue;
    builder.window = window;
    return builder
        .rows(rows)
        .inputScaling(inputScaling)
        .outputScaling(outputScaling)
        .names(inputNames, outputNames);
  }

  /** The same network with other names; an empty list takes the names away. */
  public Network withNames(List<String> inputs, List<String> outputs) {
    return toBuilder().names(inputs, outputs).build();
  }

  /** The same network with other recurrent layers of the same sizes. */
  public Network withLayers(List<RecurrentLayer> layers) {
    Builder builder = toBuilder();
    builder.layers.clear();
    layers.forEach(builder::layer);
    return builder.build();
  }

  /** Values per timestep that go in. */
  public int inputSize() {
    return inputSize;
  }

  /** Values of a row that comes out. */
  public int outputSize() {
    return outputSize;
  }

  /** The recurrent layers, first to last. */
  public List<RecurrentLayer> layers() {
    return layers;
  }

  /** Which rows come out of a whole sequence. */
  public Rows rows() {
    return rows;
  }

  /** Rows that come out of a whole sequence of that many timesteps. */
  public int outputRows(int steps) {
    return rows == Rows.EACH ? steps : 1;
  }

  /** The layers of the head, first to last; empty if there is none. */
  public List<LinearLayer> head() {
    return head;
  }

  /** What inputs go through before the first layer; the identity where there is nothing. */
  public Scaling inputScaling() {
    return inputScaling;
  }

  /** What outputs go through after the last layer; the identity where there is nothing. */
  public Scaling outputScaling() {
    return outputScaling;
  }

  /** The value that marks a timestep that is passed over; empty if none is. */
  public OptionalDouble maskValue() {
    return maskValue;
  }

  /** Timesteps of the windows that the network was trained on; empty if that is not known. */
  public OptionalInt window() {
    return window;
  }

  /** A name per input, or empty if the inputs have none. */
  public List<String> inputNames() {
    return inputNames;
  }

  /** A name per output, or empty if the outputs have none. */
  public List<String> outputNames() {
    return outputNames;
  }

  /** Trainable numbers: those of all recurrent layers and of the head. */
  public long parameterCount() {
    long count = 0;
    for (RecurrentLayer layer : layers) {
      count += layer.parameterCount();
    }
    for (LinearLayer linear : head) {
      count += linear.outputs() * (linear.inputs() + 1L);
    }
    return count;
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
   * What this network has that no {@link Architecture} says: layers that read backwards, functions
   * other than the usual ones, peepholes, masks and the like; empty if there is nothing. Such a
   * network can be run but not trained.
   */
  public Optional<String> whyNotPlain() {
    for (int i = 0; i < layers.size(); i++) {
      Optional<String> reason = layers.get(i).whyNotPlain();
      if (reason.isPresent()) {
        return Optional.of("recurrent layer " + i + " " + reason.get());
      }
    }
    for (LinearLayer linear : head) {
      if (!linear.activation().equals(Activation.IDENTITY)) {
        return Optional.of(
            "its head has an activation (" + linear.activation().function().onnxName() + ")");
      }
    }
    return maskValue.isPresent()
        ? Optional.of("it passes over masked timesteps")
        : Optional.empty();
  }

  /**
   * The sizes and names of a plain network.
   *
   * @throws UnsupportedOperationException with {@link #whyNotPlain} if it is not one
   */
  public Architecture architecture() {
    Optional<String> reason = whyNotPlain();
    if (reason.isPresent()) {
      throw new UnsupportedOperationException("not a plain network: " + reason.get());
    }
    Architecture.Builder builder = Architecture.builder(inputSize);
    layers.forEach(layer -> builder.layer(layer.cell(), layer.hiddenSize()));
    head.forEach(linear -> builder.linear(linear.outputs()));
    return builder.inputNames(inputNames).outputNames(outputNames).build();
  }

  /**
   * Copies of a plain network's numbers, to be changed at will. What whole sequences give, {@link
   * #rows}, and {@link #window} are not among them.
   *
   * @throws UnsupportedOperationException with {@link #whyNotPlain} if it is not one
   */
  public WeightArrays weightArrays() {
    return WeightArrays.of(this);
  }

  /** The shape in short, such as {@code 8 → bidirectional LSTM 2×32 → linear 1}. */
  public String describe() {
    StringBuilder text = new StringBuilder().append(inputSize);
    layers.forEach(layer -> text.append(" → ").append(layer.describe()));
    text.append(rows == Rows.EACH ? "" : rows == Rows.LAST ? " → last step" : " → final state");
    head.forEach(linear -> text.append(" → ").append(linear.describe()));
    return text.toString();
  }

  @Override
  public String toString() {
    return "Network[" + describe() + "]";
  }
}
