// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

/**
 * The activated gates and the states of timesteps, as steps leave them. For one thread at a time.
 */
public final class GateRecording {
  private static final int GATES = 4;

  private final PackedNetwork network;

  /** Activated gates; shape [layers][steps][panel][4][16], an RNN has none. */
  private final float[][] gates;

  /** c; shape [layers][steps][units], an RNN has none. */
  private final float[][] cells;

  /** h; shape [layers][steps][width]. */
  private final float[][] hidden;

  /** Room for so many timesteps. */
  public GateRecording(PackedNetwork network, int capacity) {
    this.network = network;
    int layers = network.layers.length;
    gates = new float[layers][];
    cells = new float[layers][];
    hidden = new float[layers][];
    for (int i = 0; i < layers; i++) {
      PackedDirection only = network.layers[i].only();
      gates[i] = new float[capacity * gateRows(only)];
      cells[i] = new float[capacity * only.initialCell.length];
      hidden[i] = new float[capacity * only.width];
    }
  }

  private static int gateRows(PackedDirection only) {
    return only.isLstm() ? only.rows : 0;
  }

  /** Bytes of a timestep. */
  public static long bytesPerStep(PackedNetwork network) {
    long floats = 0;
    for (PackedLayer layer : network.layers) {
      floats += floatsPerStep(layer.only());
    }
    return floats * Float.BYTES;
  }

  private static long floatsPerStep(PackedDirection only) {
    return (long) gateRows(only) + only.initialCell.length + only.width;
  }

  /** Most timesteps of a layer that Java's arrays can hold. */
  public static long mostSteps(PackedNetwork network, int layer) {
    PackedDirection only = network.layers[layer].only();
    return (Integer.MAX_VALUE - 8L) / Math.max(gateRows(only), Math.max(only.units, only.width));
  }

  /** Takes timestep {@code step} that a thread has just made. */
  public void record(int step, Workspace workspace, StreamMemory memory) {
    for (int i = 0; i < hidden.length; i++) {
      PackedLayer layer = network.layers[i];
      PackedDirection only = layer.only();
      int rows = gateRows(only);
      if (workspace.passedOver) {
        recordNothing(i, step * rows, rows);
      } else {
        System.arraycopy(workspace.gates[i], 0, gates[i], step * rows, rows);
      }
      int cellCount = only.initialCell.length;
      System.arraycopy(memory.values, layer.cellAt, cells[i], step * cellCount, cellCount);
      System.arraycopy(memory.values, layer.hiddenAt, hidden[i], step * only.width, only.width);
    }
  }

  /** The gates of a timestep that was passed over: f keeps all, and the others are closed. */
  private void recordNothing(int layer, int at, int rows) {
    int lanes = rows == 0 ? 1 : network.layers[layer].only().panels.unitsPerPanel();
    for (int row = 0; row < rows; row++) {
      gates[layer][at + row] = row / lanes % GATES == 1 ? 1 : 0;
    }
  }

  /** Whether a layer has gates and c. */
  public boolean hasGates(int layer) {
    return cells[layer].length > 0;
  }

  /** Gate {@code gate} of i, f, g, o of one unit. */
  public float gate(int layer, int step, int gate, int unit) {
    return gates[layer][at(layer, step, gate, unit)];
  }

  /** c of one unit. */
  public float cell(int layer, int step, int unit) {
    return cells[layer][step * network.layers[layer].only().units + unit];
  }

  /** h of one unit. */
  public float hidden(int layer, int step, int unit) {
    return hidden[layer][step * network.layers[layer].only().width + unit];
  }

  /** Gate {@code gate} of i, f, g, o of all units. */
  public void copyGate(int layer, int step, int gate, float[] to, int offset) {
    PackedDirection only = network.layers[layer].only();
    int lanes = only.panels.unitsPerPanel();
    for (int unit = 0; unit < only.units; unit += lanes) {
      int from = at(layer, step, gate, unit);
      System.arraycopy(gates[layer], from, to, offset + unit, Math.min(lanes, only.units - unit));
    }
  }

  /** c of all units. */
  public void copyCell(int layer, int step, float[] to, int offset) {
    int units = network.layers[layer].only().units;
    System.arraycopy(cells[layer], step * units, to, offset, units);
  }

  /** h of all units. */
  public void copyHidden(int layer, int step, float[] to, int offset) {
    int width = network.layers[layer].only().width;
    System.arraycopy(hidden[layer], step * width, to, offset, width);
  }

  /** Where a gate of a unit stands: [step][panel][gate][lane]. */
  private int at(int layer, int step, int gate, int unit) {
    PackedDirection only = network.layers[layer].only();
    int lanes = only.panels.unitsPerPanel();
    int panel = unit / lanes;
    return step * only.rows + (panel * GATES + gate) * lanes + unit % lanes;
  }
}
