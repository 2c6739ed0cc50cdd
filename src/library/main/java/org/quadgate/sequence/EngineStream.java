// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.List;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.LstmWeights;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Pass;

/**
 * A direction that the engine has, as a network of one layer: whole sequences take W·x of many
 * timesteps at once.
 */
final class EngineStream implements Stream {
  private final LstmModel model;
  private final LstmState state;
  private final int hidden;

  /** h, and behind it c of an LSTM. */
  private final float[] values;

  private final float[] y; // [hidden]

  private EngineStream(LstmModel model) {
    this.model = model;
    state = model.newState();
    hidden = model.config().outputSize();
    values = new float[state.size()];
    y = new float[hidden];
  }

  /** Whether the engine has it, read in one direction or the other. */
  static boolean has(SequenceLayer layer, Pass pass) {
    return !Float.isFinite(layer.clip())
        && !layer.coupled()
        && pass.peephole.length == 0
        && pass.projection.length == 0
        && pass.activations.equals(layer.cell().usualActivations());
  }

  /**
   * Packs a direction.
   *
   * @throws IllegalArgumentException if the weights are so large that sums overflow
   */
  static LstmModel pack(SequenceLayer layer, Pass pass) {
    CellType cell = layer.cell() == Cell.LSTM ? CellType.LSTM : CellType.RNN_TANH;
    LstmWeights weights =
        new LstmWeights(
            LstmConfig.builder(layer.inputSize()).layer(cell, layer.hiddenSize()).build());
    LstmWeights.Recurrent to = weights.layers().getFirst();
    for (List<float[]> pair :
        List.of(
            List.of(pass.input, to.input),
            List.of(pass.recurrent, to.recurrent),
            List.of(pass.bias, to.bias),
            List.of(pass.initialHidden, to.initialHidden),
            List.of(pass.initialCell, to.initialCell))) {
      System.arraycopy(pair.getFirst(), 0, pair.getLast(), 0, pair.getLast().length);
    }
    // inputs were checked where they came in; what another layer gives may be larger than those
    return LstmModel.builder(weights).trustInputs().build();
  }

  static EngineStream of(LstmModel packed) {
    return new EngineStream(packed);
  }

  @Override
  public void reset() {
    state.reset();
  }

  @Override
  public void setHidden(float[] from, int at) {
    state.save(values, 0);
    System.arraycopy(from, at, values, 0, hidden);
    state.restore(values, 0);
  }

  @Override
  public void setCell(float[] from, int at) {
    if (hasCell()) {
      state.save(values, 0);
      System.arraycopy(from, at, values, hidden, hidden);
      state.restore(values, 0);
    }
  }

  private boolean hasCell() {
    return values.length > hidden;
  }

  @Override
  public void copyHidden(float[] to, int at) {
    state.save(values, 0);
    System.arraycopy(values, 0, to, at, hidden);
  }

  @Override
  public void copyCell(float[] to, int at) {
    if (hasCell()) {
      state.save(values, 0);
      System.arraycopy(values, hidden, to, at, hidden);
    }
  }

  @Override
  public void step(float[] x, int at) {
    model.step(state, x, at, y, 0);
  }

  @Override
  public void run(float[] xs, int steps, float[] ys) {
    if (steps > 0) {
      model.run(state, xs, steps, ys);
    }
  }
}
