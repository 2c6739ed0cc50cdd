// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A recurrent layer with everything that ONNX's LSTM and RNN operators (versions 7, 14 and 22) say
 * of one, and PyTorch's {@code proj_size}. Immutable.
 *
 * <p>An LSTM, with ⊙ for products by element, every gate's sum clipped to ±clip before its
 * function, and the peephole terms where there are any (Gers, Schraudolph &amp; Schmidhuber,
 * "Learning Precise Timing with LSTM Recurrent Networks", JMLR 3, 2002):
 *
 * <pre>
 * i = f(W_i·x + R_i·h + b_i + p_i ⊙ c)
 * f = f(W_f·x + R_f·h + b_f + p_f ⊙ c)        or 1 − i where the gates are coupled
 * g = g(W_g·x + R_g·h + b_g)
 * c' = f ⊙ c + i ⊙ g
 * o = f(W_o·x + R_o·h + b_o + p_o ⊙ c')
 * h' = o ⊙ h(c')                              or P·(o ⊙ h(c')) where the layer projects
 * </pre>
 *
 * <p>An RNN: h' = f(W·x + R·h + b).
 */
public final class RecurrentLayer {
  private final CellType cell;
  private final Direction direction;
  private final int inputSize;
  private final int hiddenSize;
  private final float clip;
  private final boolean coupled;
  private final List<DirectionWeights> directions;

  private RecurrentLayer(Builder builder) {
    cell = builder.cell;
    direction = builder.direction;
    inputSize = builder.inputSize;
    hiddenSize = builder.hiddenSize;
    clip = builder.clip;
    coupled = builder.coupled;
    Architecture.checkSize("input size", inputSize);
    Architecture.checkSize("hidden size", hiddenSize);
    if (!(clip > 0)) {
      throw new IllegalArgumentException("clip is " + clip + ", expected a number above 0");
    }
    if (coupled && cell != CellType.LSTM) {
      throw new IllegalArgumentException("a recurrent layer with a wrong coupling of gates");
    }
    if (builder.directions.size() != direction.count()) {
      throw new IllegalArgumentException(
          "a recurrent layer with a wrong number of directions: %d, expected %d"
              .formatted(builder.directions.size(), direction.count()));
    }
    directions =
        builder.directions.stream().map(d -> d.completed(cell, inputSize, hiddenSize)).toList();
    if (directions.getFirst().width() != directions.getLast().width()) {
      throw new IllegalArgumentException("a recurrent layer with a wrong projection");
    }
  }

  /**
   * Starts a layer that reads forwards.
   *
   * @param inputSize values of x, 1 to {@link Architecture#MAX_SIZE}
   * @param hiddenSize units of one direction, 1 to {@link Architecture#MAX_SIZE}
   */
  public static Builder builder(CellType cell, int inputSize, int hiddenSize) {
    return new Builder(cell, inputSize, hiddenSize);
  }

  /** Collects what a layer may have beside its sizes and weights. */
  public static final class Builder {
    private final CellType cell;
    private final int inputSize;
    private final int hiddenSize;
    private Direction direction = Direction.FORWARD;
    private float clip = Float.POSITIVE_INFINITY;
    private boolean coupled;
    private List<DirectionWeights> directions = List.of();

    private Builder(CellType cell, int inputSize, int hiddenSize) {
      this.cell = Objects.requireNonNull(cell, "cell");
      this.inputSize = inputSize;
      this.hiddenSize = hiddenSize;
    }

    /** Which way it reads; forwards unless said. */
    public Builder direction(Direction direction) {
      this.direction = Objects.requireNonNull(direction, "direction");
      return this;
    }

    /** The largest magnitude of a gate's sum; infinite, which clips nothing, unless said. */
    public Builder clip(float clip) {
      this.clip = clip;
      return this;
    }

    /** The forget gate becomes what the input gate leaves, 1 − i. */
    public Builder coupled(boolean coupled) {
      this.coupled = coupled;
      return this;
    }

    /** The weights of each direction; forward comes first. */
    public Builder weights(DirectionWeights... directions) {
      return weights(List.of(directions));
    }

    /** The weights of each direction; forward comes first. */
    public Builder weights(List<DirectionWeights> directions) {
      this.directions = List.copyOf(directions);
      return this;
    }

    /**
     * The layer.
     *
     * @throws IllegalArgumentException if a size is outside, an array has another length than its
     *     shape, or clip is not above 0
     */
    public RecurrentLayer build() {
      return new RecurrentLayer(this);
    }
  }

  /** The same layer with other weights of its directions. */
  public RecurrentLayer withWeights(List<DirectionWeights> weights) {
    return builder(cell, inputSize, hiddenSize)
        .direction(direction)
        .clip(clip)
        .coupled(coupled)
        .weights(weights)
        .build();
  }

  /** The kind of cell. */
  public CellType cell() {
    return cell;
  }

  /** Which way it reads. */
  public Direction direction() {
    return direction;
  }

  /** Values of x. */
  public int inputSize() {
    return inputSize;
  }

  /** Units of one direction. */
  public int hiddenSize() {
    return hiddenSize;
  }

  /** The largest magnitude of a gate's sum; infinite where nothing is clipped. */
  public float clip() {
    return clip;
  }

  /** Whether the forget gate is what the input gate leaves. */
  public boolean coupled() {
    return coupled;
  }

  /** The weights of each direction, one or two; forward comes first. */
  public List<DirectionWeights> directions() {
    return directions;
  }

  /** Values per timestep that come out of one direction: hidden, or what it is projected to. */
  public int directionSize() {
    return directions.getFirst().width();
  }

  /** Values per timestep that come out: those of the directions side by side. */
  public int outputSize() {
    return direction.count() * directionSize();
  }

  /** Trainable numbers: weights, biases, peepholes and projections of all directions. */
  public long parameterCount() {
    long rows = (long) cell.gates() * hiddenSize;
    long projected = directions.getFirst().projects() ? (long) directionSize() * hiddenSize : 0;
    long peepholes = directions.getFirst().hasPeepholes() ? 3L * hiddenSize : 0;
    return direction.count() * (rows * (inputSize + directionSize() + 1L) + projected + peepholes);
  }

  /** Why the layer cannot be stepped; empty if it can. */
  public Optional<String> whyNotStep() {
    return switch (direction) {
      case FORWARD -> Optional.empty();
      case REVERSE ->
          Optional.of("reads from the last timestep to the first, so it needs the whole sequence");
      case BIDIRECTIONAL -> Optional.of("reads in both directions, so it needs the whole sequence");
    };
  }

  /** What makes this more than a cell of its type in a plain network; empty if nothing does. */
  public Optional<String> whyNotPlain() {
    if (direction != Direction.FORWARD) {
      return whyNotStep();
    }
    if (Float.isFinite(clip)) {
      return Optional.of("clips its gate sums at " + clip);
    }
    if (coupled) {
      return Optional.of("couples its input and forget gates");
    }
    DirectionWeights weights = directions.getFirst();
    if (weights.hasPeepholes()) {
      return Optional.of("has peepholes");
    }
    if (weights.projects()) {
      return Optional.of("projects its hidden state");
    }
    if (!weights.activations().equals(cell.usualActivations())) {
      List<String> names =
          weights.activations().stream().map(a -> a.function().onnxName()).distinct().toList();
      return Optional.of("has other activations than usual (" + String.join(", ", names) + ")");
    }
    return Optional.empty();
  }

  /** The kind and size in short, such as {@code bidirectional LSTM 2×32 with peepholes}. */
  public String describe() {
    DirectionWeights weights = directions.getFirst();
    StringBuilder text = new StringBuilder();
    switch (direction) {
      case FORWARD -> {}
      case REVERSE -> text.append("reverse ");
      case BIDIRECTIONAL -> text.append("bidirectional ");
    }
    text.append(cell).append(' ');
    text.append(direction == Direction.BIDIRECTIONAL ? "2×" : "").append(hiddenSize);
    if (weights.projects()) {
      text.append(" projected to ").append(directionSize());
    }
    text.append(weights.hasPeepholes() ? " with peepholes" : "");
    return text.toString();
  }
}
