// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.List;
import java.util.Optional;
import org.quadgate.network.Activation;

/**
 * A recurrent layer with everything that ONNX's LSTM and RNN operators (versions 7, 14 and 22) say
 * of one, and PyTorch's {@code proj_size}. Immutable as far as its arrays are left alone.
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
 *
 * @param cell the kind of cell
 * @param direction which way it reads
 * @param inputSize values of x, at least 1
 * @param hiddenSize units of one direction, at least 1
 * @param clip the largest magnitude of a gate's sum; infinite where nothing is clipped
 * @param coupled whether the forget gate is what the input gate leaves
 * @param passes the weights of each direction, one or two; forward comes first
 */
public record SequenceLayer(
    Cell cell,
    Direction direction,
    int inputSize,
    int hiddenSize,
    float clip,
    boolean coupled,
    List<Pass> passes) {

  /** The kinds of cell. */
  public enum Cell {
    /** Gates i, f, g, o in this order. */
    LSTM(4, 3),
    /** One row a unit, no cell state. */
    RNN(1, 1);

    private final int gates;
    private final int activations;

    Cell(int gates, int activations) {
      this.gates = gates;
      this.activations = activations;
    }

    /** Rows of the weight matrices per unit. */
    public int gates() {
      return gates;
    }

    /** Functions of one direction: f, g and h of an LSTM, f of an RNN. */
    public int activations() {
      return activations;
    }

    /** The engine's: σ, tanh and tanh of an LSTM, tanh of an RNN. */
    public List<Activation> usualActivations() {
      return this == LSTM
          ? List.of(Activation.SIGMOID, Activation.TANH, Activation.TANH)
          : List.of(Activation.TANH);
    }
  }

  /** Which way a layer reads a sequence. */
  public enum Direction {
    /** From the first timestep to the last. */
    FORWARD,
    /** From the last timestep to the first. */
    REVERSE,
    /** Both, each with weights and states of its own; the outputs stand side by side. */
    BIDIRECTIONAL;

    /** One direction, or two. */
    public int count() {
      return this == BIDIRECTIONAL ? 2 : 1;
    }
  }

  /** The weights of one direction; rows are gate-major: gate g of unit u is row g·hidden + u. */
  public static final class Pass {
    /** W; shape [gates·hidden][input]. */
    public final float[] input;

    /** R; shape [gates·hidden][output], where a layer that does not project puts out hidden. */
    public final float[] recurrent;

    /** b; shape [gates·hidden]. */
    public final float[] bias;

    /** p_i, p_f, p_o one behind the other; shape [3·hidden], empty where there are none. */
    public final float[] peephole;

    /** P; shape [output][hidden], empty where h is not projected. */
    public final float[] projection;

    /** h before the first timestep; shape [output]. */
    public final float[] initialHidden;

    /** c before the first timestep; shape [hidden], empty for an RNN. */
    public final float[] initialCell;

    /** f, g and h of an LSTM, f of an RNN. */
    public final List<Activation> activations;

    /** Keeps the arrays, without copying them. */
    public Pass(
        float[] input,
        float[] recurrent,
        float[] bias,
        float[] peephole,
        float[] projection,
        float[] initialHidden,
        float[] initialCell,
        List<Activation> activations) {
      this.input = input;
      this.recurrent = recurrent;
      this.bias = bias;
      this.peephole = peephole;
      this.projection = projection;
      this.initialHidden = initialHidden;
      this.initialCell = initialCell;
      this.activations = List.copyOf(activations);
    }
  }

  /**
   * Checks every size.
   *
   * @throws IllegalArgumentException if a size is below 1, an array has another length than its
   *     shape, or clip is not above 0
   */
  public SequenceLayer {
    passes = List.copyOf(passes);
    check("input size", inputSize >= 1);
    check("hidden size", hiddenSize >= 1);
    check("clip", clip > 0);
    check("number of directions", passes.size() == direction.count());
    check("coupling of gates", !coupled || cell == Cell.LSTM);
    long rows = (long) cell.gates * hiddenSize;
    int width = passes.getFirst().initialHidden.length;
    for (Pass pass : passes) {
      boolean lstm = cell == Cell.LSTM;
      boolean projects = pass.projection.length > 0;
      check("projection", !projects || (lstm && width >= 1));
      check("projection", !projects || pass.projection.length == (long) width * hiddenSize);
      check("initial hidden state", pass.initialHidden.length == (projects ? width : hiddenSize));
      check("initial hidden state", pass.initialHidden.length == width);
      check("initial cell state", pass.initialCell.length == (lstm ? hiddenSize : 0));
      check("input weights", pass.input.length == rows * inputSize);
      check("recurrent weights", pass.recurrent.length == rows * width);
      check("bias", pass.bias.length == rows);
      boolean peepholes = lstm && pass.peephole.length == 3L * hiddenSize;
      check("peepholes", pass.peephole.length == 0 || peepholes);
      check("activations", pass.activations.size() == cell.activations);
    }
  }

  static void check(String what, boolean good) {
    if (!good) {
      throw new IllegalArgumentException("a recurrent layer with a wrong " + what);
    }
  }

  /** Values per timestep that come out of one direction: hidden, or what it projects to. */
  public int passSize() {
    return passes.getFirst().initialHidden.length;
  }

  /** Values per timestep that come out: those of the directions side by side. */
  public int outputSize() {
    return direction.count() * passSize();
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

  /** Why {@link org.quadgate.LstmModel} does not have this kind of layer; empty if it does. */
  public Optional<String> whyNotEngine() {
    if (direction != Direction.FORWARD) {
      return whyNotStep();
    }
    if (Float.isFinite(clip)) {
      return Optional.of("clips its gate sums at " + clip);
    }
    if (coupled) {
      return Optional.of("couples its input and forget gates");
    }
    Pass pass = passes.getFirst();
    if (pass.peephole.length > 0) {
      return Optional.of("has peepholes");
    }
    if (pass.projection.length > 0) {
      return Optional.of("projects its hidden state");
    }
    if (!pass.activations.equals(cell.usualActivations())) {
      List<String> names =
          pass.activations.stream().map(a -> a.function().onnxName()).distinct().toList();
      return Optional.of("has other activations than usual (" + String.join(", ", names) + ")");
    }
    return Optional.empty();
  }

  /** The kind and size in short, such as {@code bidirectional LSTM 2×32 with peepholes}. */
  public String describe() {
    Pass pass = passes.getFirst();
    StringBuilder text = new StringBuilder();
    switch (direction) {
      case FORWARD -> {}
      case REVERSE -> text.append("reverse ");
      case BIDIRECTIONAL -> text.append("bidirectional ");
    }
    text.append(cell).append(' ');
    text.append(direction == Direction.BIDIRECTIONAL ? "2×" : "").append(hiddenSize);
    if (pass.projection.length > 0) {
      text.append(" projected to ").append(passSize());
    }
    text.append(pass.peephole.length > 0 ? " with peepholes" : "");
    return text.toString();
  }

  /**
   * Runs sequences on their own, from given states; a {@link SequenceModel} packs the weights once
   * instead of at each call. Outputs behind a sequence's end are zero; a reverse direction begins
   * at its end. A sequence of length 0 ends in zeros, not in its initial state: ONNX leaves that
   * open, and ONNX Runtime does so.
   *
   * @param x the inputs; shape [steps][batch][input]
   * @param lengths each sequence's length, 0 to {@code steps}; null where all have {@code steps}
   * @param hidden h before the first timestep; shape [batch][directions][passSize]; null for the
   *     layer's own
   * @param state c before the first timestep; shape [batch][directions][hidden]; null for the
   *     layer's own
   * @throws IllegalArgumentException if an array has another length, or a length is outside
   */
  public SequenceResult run(
      float[] x, int steps, int batch, int[] lengths, float[] hidden, float[] state) {
    checkLengths(lengths, steps, batch);
    check("number of inputs", x.length == (long) steps * batch * inputSize);
    check("number of hidden states", hidden == null || hidden.length == batch * outputSize());
    int states = batch * direction.count() * hiddenSize;
    check("number of cell states", state == null || state.length == states);
    return new PackedSequenceLayer(this)
        .run(new Sequences(x, steps, batch, lengths, null), hidden, state);
  }

  static void checkLengths(int[] lengths, int steps, int batch) {
    check("number of lengths", lengths == null || lengths.length == batch);
    for (int b = 0; lengths != null && b < batch; b++) {
      check("length of a sequence", lengths[b] >= 0 && lengths[b] <= steps);
    }
  }
}
