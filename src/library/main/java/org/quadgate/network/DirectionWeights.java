// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.List;
import java.util.Objects;

/**
 * The weights of one direction of a recurrent layer. Rows are gate-major: gate g of unit u is row
 * g·hidden + u. Immutable; the methods that give arrays give copies.
 */
public final class DirectionWeights {
  private static final float[] NONE = {};

  private final float[] input;
  private final float[] recurrent;
  private final float[] bias;
  private final float[] peephole;
  private final float[] projection;
  private final float[] initialHidden;
  private final float[] initialCell;
  private final List<Activation> activations;

  private DirectionWeights(Builder builder) {
    input = copy("input weights", builder.input);
    recurrent = copy("recurrent weights", builder.recurrent);
    bias = copy("bias", builder.bias);
    peephole = copy("peepholes", builder.peephole);
    projection = copy("projection", builder.projection);
    initialHidden = copy("initial hidden state", builder.initialHidden);
    initialCell = copy("initial cell state", builder.initialCell);
    activations = builder.activations;
  }

  /** Keeps the arrays of weights that nothing can change any more. */
  private DirectionWeights(
      DirectionWeights like,
      float[] initialHidden,
      float[] initialCell,
      List<Activation> activations) {
    input = like.input;
    recurrent = like.recurrent;
    bias = like.bias;
    peephole = like.peephole;
    projection = like.projection;
    this.initialHidden = initialHidden;
    this.initialCell = initialCell;
    this.activations = activations;
  }

  private static float[] copy(String what, float[] values) {
    Finite.check(what, values);
    return values.clone();
  }

  /**
   * Starts a direction with the weights that every one has.
   *
   * @param input W; shape [gates·hidden][input]
   * @param recurrent R; shape [gates·hidden][output], where output is hidden unless h is projected
   * @param bias b; shape [gates·hidden]
   */
  public static Builder builder(float[] input, float[] recurrent, float[] bias) {
    return new Builder(input, recurrent, bias);
  }

  /** Collects what a direction may have beside its matrices. Arrays are copied when it is built. */
  public static final class Builder {
    private final float[] input;
    private final float[] recurrent;
    private final float[] bias;
    private float[] peephole = NONE;
    private float[] projection = NONE;
    private float[] initialHidden = NONE;
    private float[] initialCell = NONE;
    private List<Activation> activations = List.of();

    private Builder(float[] input, float[] recurrent, float[] bias) {
      this.input = Objects.requireNonNull(input, "input");
      this.recurrent = Objects.requireNonNull(recurrent, "recurrent");
      this.bias = Objects.requireNonNull(bias, "bias");
    }

    /** p_i, p_f, p_o one behind the other; shape [3·hidden], empty where there are none. */
    public Builder peephole(float[] peephole) {
      this.peephole = Objects.requireNonNull(peephole, "peephole");
      return this;
    }

    /** P; shape [output][hidden], empty where h is not projected. */
    public Builder projection(float[] projection) {
      this.projection = Objects.requireNonNull(projection, "projection");
      return this;
    }

    /** h before the first timestep; shape [output], empty for zeros, which it is unless given. */
    public Builder initialHidden(float[] initialHidden) {
      this.initialHidden = Objects.requireNonNull(initialHidden, "initialHidden");
      return this;
    }

    /** c before the first timestep; shape [hidden], empty for zeros, which it is unless given. */
    public Builder initialCell(float[] initialCell) {
      this.initialCell = Objects.requireNonNull(initialCell, "initialCell");
      return this;
    }

    /** Gate, candidate and output of an LSTM, the only function of an RNN; usual unless given. */
    public Builder activations(List<Activation> activations) {
      this.activations = List.copyOf(activations);
      return this;
    }

    /**
     * Copies the arrays; {@link RecurrentLayer} checks their lengths.
     *
     * @throws IllegalArgumentException if a number is not finite
     */
    public DirectionWeights build() {
      return new DirectionWeights(this);
    }
  }

  /** The same weights with every default in place and every length checked. */
  DirectionWeights completed(CellType cell, int inputSize, int hiddenSize) {
    boolean lstm = cell == CellType.LSTM;
    boolean projects = projection.length > 0;
    long rows = (long) cell.gates() * hiddenSize;
    int width = projects ? projection.length / hiddenSize : hiddenSize;
    check("projection", !projects || lstm);
    check("projection", !projects || projection.length == (long) width * hiddenSize);
    check("input weights", input.length == rows * inputSize);
    check("recurrent weights", recurrent.length == rows * width);
    check("bias", bias.length == rows);
    check("peepholes", peephole.length == 0 || (lstm && peephole.length == 3L * hiddenSize));
    int cells = lstm ? hiddenSize : 0;
    check("initial hidden state", initialHidden.length == 0 || initialHidden.length == width);
    check("initial cell state", initialCell.length == 0 || initialCell.length == cells);
    List<Activation> usual = cell.usualActivations();
    check("activations", activations.isEmpty() || activations.size() == usual.size());
    boolean given = initialHidden.length == width && initialCell.length == cells;
    if (given && !activations.isEmpty()) {
      return this;
    }
    return new DirectionWeights(
        this,
        initialHidden.length == 0 ? new float[width] : initialHidden,
        initialCell.length == 0 ? new float[cells] : initialCell,
        activations.isEmpty() ? usual : activations);
  }

  /**
   * The same weights with other initial states.
   *
   * @param hidden h before the first timestep; shape [output]
   * @param cell c before the first timestep; shape [hidden], empty for an RNN
   * @throws IllegalArgumentException if a number is not finite
   */
  public DirectionWeights withInitialState(float[] hidden, float[] cell) {
    return new DirectionWeights(
        this, copy("initial hidden state", hidden), copy("initial cell state", cell), activations);
  }

  private static void check(String what, boolean good) {
    if (!good) {
      throw new IllegalArgumentException("a recurrent layer with a wrong " + what);
    }
  }

  /** W; shape [gates·hidden][input]. */
  public float[] input() {
    return input.clone();
  }

  /** R; shape [gates·hidden][output]. */
  public float[] recurrent() {
    return recurrent.clone();
  }

  /** b; shape [gates·hidden]. */
  public float[] bias() {
    return bias.clone();
  }

  /** p_i, p_f, p_o one behind the other; shape [3·hidden], empty where there are none. */
  public float[] peephole() {
    return peephole.clone();
  }

  /** P; shape [output][hidden], empty where h is not projected. */
  public float[] projection() {
    return projection.clone();
  }

  /** h before the first timestep; shape [output]. */
  public float[] initialHidden() {
    return initialHidden.clone();
  }

  /** c before the first timestep; shape [hidden], empty for an RNN. */
  public float[] initialCell() {
    return initialCell.clone();
  }

  /** Gate, candidate and output of an LSTM, the only function of an RNN. */
  public List<Activation> activations() {
    return activations;
  }

  /** Whether the gates see the cell state. */
  public boolean hasPeepholes() {
    return peephole.length > 0;
  }

  /** Whether h is projected. */
  public boolean projects() {
    return projection.length > 0;
  }

  /** Values that come out: hidden, or what it is projected to. */
  int width() {
    return initialHidden.length;
  }
}
