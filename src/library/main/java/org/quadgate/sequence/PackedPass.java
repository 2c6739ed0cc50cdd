// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.quadgate.kernel.ActivationFunctions;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.Panels;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Activation;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Pass;

/**
 * One direction of a layer that the engine does not have, packed: {@link SequenceLayer} has its
 * formulas. The gate sums are the engine's kernels'; the cell is written out here, unit by unit,
 * but for one that is usual and projected.
 *
 * <p>A layer that projects reads x and the projected h as one input, for the kernels take as many
 * recurrent values as there are units.
 */
final class PackedPass {
  private static final int LANES = PanelShape.LANES;

  private final SequenceLayer layer;
  private final Pass weights;
  private final Kernels kernels = KernelProvider.chosen().kernels();
  private final Panels panels;
  private final PackedFp32 gates; // W and R; [panel][input + hidden][4][16]
  private final float[] bias; // [panel][4][16], tight
  private final boolean usualCell;

  PackedPass(SequenceLayer layer, Pass weights) {
    this.layer = layer;
    this.weights = weights;
    int hidden = layer.hiddenSize();
    panels = new Panels(layer.cell().gates(), hidden);
    gates =
        projects()
            ? new PackedFp32(
                Arena.ofAuto(),
                panels,
                layer.inputSize() + layer.passSize(),
                hidden,
                sideBySide(weights.input, weights.recurrent, weights.bias.length),
                new float[Math.multiplyExact(weights.bias.length, hidden)])
            : new PackedFp32(
                Arena.ofAuto(),
                panels,
                layer.inputSize(),
                hidden,
                weights.input,
                weights.recurrent);
    bias = panels.packTight(weights.bias);
    usualCell =
        layer.cell() == Cell.LSTM
            && !Float.isFinite(layer.clip())
            && !layer.coupled()
            && weights.peephole.length == 0
            && weights.activations.equals(layer.cell().usualActivations());
  }

  private boolean projects() {
    return weights.projection.length > 0;
  }

  /** Two matrices of the same number of rows as one. */
  private static float[] sideBySide(float[] left, float[] right, int rows) {
    float[] both = new float[Math.addExact(left.length, right.length)];
    int l = left.length / rows;
    int r = right.length / rows;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(left, row * l, both, row * (l + r), l);
      System.arraycopy(right, row * r, both, row * (l + r) + l, r);
    }
    return both;
  }

  /** A stream at the initial state. */
  Stream newStream() {
    int padded = panels.paddedUnits();
    PassState state =
        new PassState(
            padded,
            layer.cell() == Cell.LSTM ? padded : 0,
            panels.rows(),
            projects() ? layer.inputSize() + layer.passSize() : 0);
    Stream stream = new PackedStream(state);
    stream.reset();
    return stream;
  }

  /** Hands on to the methods of the pass. */
  private final class PackedStream implements Stream {
    private final PassState state;

    private PackedStream(PassState state) {
      this.state = state;
    }

    @Override
    public void reset() {
      setHidden(weights.initialHidden, 0);
      setCell(weights.initialCell, 0);
    }

    @Override
    public void setHidden(float[] from, int at) {
      PackedPass.this.setHidden(state, from, at);
    }

    @Override
    public void setCell(float[] from, int at) {
      PackedPass.this.setCell(state, from, at);
    }

    @Override
    public void copyHidden(float[] to, int at) {
      PackedPass.this.copyHidden(state, to, at);
    }

    @Override
    public void copyCell(float[] to, int at) {
      PackedPass.this.copyCell(state, to, at);
    }

    @Override
    public void step(float[] x, int at) {
      PackedPass.this.step(state, x, at);
    }

    @Override
    public void run(float[] xs, int steps, float[] ys) {
      for (int t = 0; t < steps; t++) {
        step(xs, t * layer.inputSize());
        copyHidden(ys, t * layer.passSize());
      }
    }
  }

  private void setHidden(PassState state, float[] from, int at) {
    if (projects()) {
      System.arraycopy(from, at, state.xh, layer.inputSize(), layer.passSize());
    } else {
      Arrays.fill(state.h, 0);
      System.arraycopy(from, at, state.h, 0, layer.hiddenSize());
    }
  }

  private void setCell(PassState state, float[] from, int at) {
    if (layer.cell() == Cell.LSTM) {
      Arrays.fill(state.c, 0);
      System.arraycopy(from, at, state.c, 0, layer.hiddenSize());
    }
  }

  private void copyHidden(PassState state, float[] to, int at) {
    if (projects()) {
      System.arraycopy(state.xh, layer.inputSize(), to, at, layer.passSize());
    } else {
      System.arraycopy(state.h, 0, to, at, layer.hiddenSize());
    }
  }

  private void copyCell(PassState state, float[] to, int at) {
    if (layer.cell() == Cell.LSTM) {
      System.arraycopy(state.c, 0, to, at, layer.hiddenSize());
    }
  }

  private void step(PassState state, float[] x, int at) {
    if (projects()) {
      System.arraycopy(x, at, state.xh, 0, layer.inputSize());
      gates.inputSums(kernels, state.xh, 0, bias, state.z);
    } else {
      gates.sums(kernels, x, at, state.h, 0, bias, state.z);
    }
    panels.spread(state.z);
    if (layer.cell() == Cell.RNN) {
      rnnCell(state);
    } else if (usualCell) {
      kernels.lstmCell(state.z, 0, panels.count(), state.c, 0, state.h, 0);
    } else {
      lstmCell(state);
    }
    if (projects()) {
      project(state);
    }
  }

  private void rnnCell(PassState state) {
    Activation f = weights.activations.getFirst();
    for (int u = 0; u < layer.hiddenSize(); u++) {
      state.h[u] = ActivationFunctions.apply(f, clip(state.z[u]));
    }
  }

  private void lstmCell(PassState state) {
    int hidden = layer.hiddenSize();
    boolean peepholes = weights.peephole.length > 0;
    float[] p = weights.peephole;
    Activation gate = weights.activations.get(0);
    Activation candidate = weights.activations.get(1);
    Activation output = weights.activations.get(2);
    for (int u = 0; u < hidden; u++) {
      int z = u / LANES * PanelShape.ROWS + u % LANES;
      float c = state.c[u];
      float zi = state.z[z];
      float zf = state.z[z + LANES];
      float zo = state.z[z + 3 * LANES];
      float i = ActivationFunctions.apply(gate, clip(peepholes ? Math.fma(p[u], c, zi) : zi));
      float f =
          layer.coupled()
              ? 1 - i
              : ActivationFunctions.apply(
                  gate, clip(peepholes ? Math.fma(p[hidden + u], c, zf) : zf));
      float g = ActivationFunctions.apply(candidate, clip(state.z[z + 2 * LANES]));
      float next = Math.fma(f, c, i * g);
      float o =
          ActivationFunctions.apply(
              gate, clip(peepholes ? Math.fma(p[2 * hidden + u], next, zo) : zo));
      state.c[u] = next;
      state.h[u] = o * ActivationFunctions.apply(output, next);
    }
  }

  private void project(PassState state) {
    int hidden = layer.hiddenSize();
    int to = layer.inputSize();
    for (int row = 0; row < layer.passSize(); row++) {
      float sum = 0;
      for (int u = 0; u < hidden; u++) {
        sum = Math.fma(weights.projection[row * hidden + u], state.h[u], sum);
      }
      state.xh[to + row] = sum;
    }
  }

  private float clip(float z) {
    return Math.min(Math.max(z, -layer.clip()), layer.clip());
  }
}
