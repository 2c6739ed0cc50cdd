// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.util.Arrays;
import org.quadgate.kernel.Kernels;

/**
 * One timestep of one stream.
 *
 * <pre>
 *   for each layer:   z = W·x + (b + R·h)     c, h = cell(z)     x = h
 *   y = scaling(head(x))
 * </pre>
 */
public final class StreamStep {
  private StreamStep() {}

  /**
   * Checks an input and advances the stream by one timestep; allocates nothing.
   *
   * @param x the input, from {@code xAt}
   * @param y receives the output, from {@code yAt}
   * @return false if the input is refused; nothing has changed
   */
  public static boolean step(
      PackedNetwork network,
      Workspace workspace,
      StreamMemory memory,
      float[] x,
      int xAt,
      float[] y,
      int yAt) {
    float[] in = network.input.accept(workspace, x, xAt);
    if (in == null) {
      return false;
    }
    int at = network.input.acceptedAt(xAt);
    workspace.passedOver = network.input.masks() && network.input.isMasked(in, at);
    if (workspace.passedOver) {
      again(network, workspace, memory, y, yAt);
      return true;
    }
    Kernels kernels = network.kernels;
    float[] values = memory.values;
    PackedLayer[] layers = network.layers;
    for (int i = 0; i < layers.length; i++) {
      PackedLayer layer = layers[i];
      PackedDirection only = layer.directions[0];
      float[] gates = workspace.gates[i];
      int hiddenAt = layer.hiddenAt;
      if (i == 0 && network.input.nonZero(in, at, workspace)) {
        sparseSums(network, workspace, memory, in, at);
      } else if (memory.prepared) {
        workspace.walks[i].inputSums(kernels, in, at, memory.recurrent[i], gates);
      } else {
        workspace.walks[i].sums(kernels, in, at, values, hiddenAt, only.bias, gates);
      }
      only.panels.spread(gates);
      if (only.inPlace) {
        only.cells(kernels, gates, 0, only.panelCount, values, layer.cellAt, values, hiddenAt);
        in = values;
        at = hiddenAt;
      } else {
        in = cellsBeside(network, workspace, values, i);
        at = 0;
      }
    }
    memory.prepared = false;
    memory.begun = true;
    finish(network, workspace, in, at, 0, y, yAt);
    return true;
  }

  /**
   * The cells of a layer whose panels have lanes beyond the state, or whose h is projected: they
   * write to scratch, and the state is copied from there.
   *
   * @return the layer's new h, padding included
   */
  private static float[] cellsBeside(
      PackedNetwork network, Workspace workspace, float[] values, int i) {
    PackedLayer layer = network.layers[i];
    PackedDirection only = layer.only();
    float[] hidden = workspace.hidden[i];
    float[] cell = workspace.cell[i];
    int cells = only.initialCell.length;
    System.arraycopy(values, layer.cellAt, cell, 0, cells);
    only.cells(network.kernels, workspace.gates[i], 0, only.panelCount, cell, 0, hidden, 0);
    System.arraycopy(cell, 0, values, layer.cellAt, cells);
    float[] out = hidden;
    if (only.projection != null) {
      out = workspace.projected[i];
      only.projection.recurrentSums(network.kernels, hidden, 0, only.projectionBias, out);
    }
    System.arraycopy(out, 0, values, layer.hiddenAt, only.width);
    return out;
  }

  private static void sparseSums(
      PackedNetwork network, Workspace workspace, StreamMemory memory, float[] x, int at) {
    PackedDirection first = network.layers[0].only();
    float[] gates = workspace.gates[0];
    float[] recurrent = gates;
    if (memory.prepared) {
      recurrent = memory.recurrent[0];
    } else {
      int hiddenAt = network.layers[0].hiddenAt;
      workspace.walks[0].recurrentSums(network.kernels, memory.values, hiddenAt, first.bias, gates);
    }
    first.gates.sparseInputSums(
        network.kernels, workspace.columns, workspace.columnCount, x, at, recurrent, gates);
  }

  /** The output of the timestep before once more; before the first that of zeros, as Keras does. */
  private static void again(
      PackedNetwork network, Workspace workspace, StreamMemory memory, float[] y, int yAt) {
    float[] top = workspace.top;
    if (memory.begun) {
      PackedLayer last = network.layers[network.layers.length - 1];
      System.arraycopy(memory.values, last.hiddenAt, top, 0, last.only().width);
    } else {
      Arrays.fill(top, 0);
    }
    finish(network, workspace, top, 0, 0, y, yAt);
  }

  /** The head from one of its layers on, and the scaling of what comes out. */
  static void finish(
      PackedNetwork network,
      Workspace workspace,
      float[] h,
      int hAt,
      int fromLayer,
      float[] y,
      int yAt) {
    float[] in = h;
    int at = hAt;
    for (int i = fromLayer; i < network.head.length; i++) {
      float[] out = workspace.head[i];
      network.head[i].row(network.kernels, in, at, workspace.partial, out);
      in = out;
      at = 0;
    }
    network.output.give(in, at, y, yAt);
  }

  /**
   * Computes what the next step needs of the state alone, b + R·h of every layer; allocates room
   * for it the first time.
   */
  public static void prepareNext(PackedNetwork network, Workspace workspace, StreamMemory memory) {
    if (memory.prepared) {
      return;
    }
    makeRecurrent(network, memory);
    for (int i = 0; i < network.layers.length; i++) {
      PackedLayer layer = network.layers[i];
      workspace.walks[i].recurrentSums(
          network.kernels, memory.values, layer.hiddenAt, layer.only().bias, memory.recurrent[i]);
    }
    memory.prepared = true;
  }

  static void makeRecurrent(PackedNetwork network, StreamMemory memory) {
    if (memory.recurrent == null) {
      float[][] made = new float[network.layers.length][];
      for (int i = 0; i < made.length; i++) {
        made[i] = new float[network.layers[i].only().rows];
      }
      memory.recurrent = made;
    }
  }
}
