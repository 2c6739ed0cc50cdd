// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.quadgate.kernel.PanelWalk;

/**
 * The scratch of one thread for one network. It refers to no network, so that it keeps none alive
 * while its thread lives.
 */
public final class Workspace {
  private static final VarHandle BUSY;

  static {
    try {
      BUSY = MethodHandles.lookup().findVarHandle(Workspace.class, "busy", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Thread owner;

  /** The standardised input; shape [input]. */
  final float[] input;

  /** Inputs that are not zero, if there are enough to look for them; shape [input] or [0]. */
  final int[] columns;

  /** How many of {@link #columns} count. */
  int columnCount;

  /** Gate sums, then activated gates, per layer; shape [layers][rows]. */
  final float[][] gates;

  /** From which end the next step reads each layer's weights; shape [layers]. */
  final PanelWalk[] walks;

  /** h of a layer whose cells cannot write to the state; shape [layers][padded units]. */
  final float[][] hidden;

  /** Its c, likewise. */
  final float[][] cell;

  /** Its projected h; shape [layers][padded width]. */
  final float[][] projected;

  /** The last layer's h where the head cannot read the state; shape [padded width]. */
  final float[] top;

  /** Outputs of the head's layers, zero-padded for the next; shape [head layers][padded]. */
  final float[][] head;

  /** Partial sums of one row of the head. */
  final float[] partial = new float[16];

  /** A timestep on its way from or to a memory segment; shape [input], [output]. */
  public final float[] stagedInput;

  public final float[] stagedOutput;

  /** Whether the last step passed its timestep over, so that {@link #gates} are older. */
  boolean passedOver;

  // what is made when it is needed first
  private LayerPass pass;
  private SequenceRun sequences;
  private StreamMemory stream;
  private float[] before;
  private boolean begunBefore;
  private boolean preparedBefore;
  private boolean busy;

  Workspace(PackedNetwork network, Thread owner) {
    this.owner = owner;
    PackedLayer[] layers = network.steppable ? network.layers : new PackedLayer[0];
    input = new float[network.inputSize];
    columns = network.input.newColumns();
    gates = new float[layers.length][];
    walks = new PanelWalk[layers.length];
    hidden = new float[layers.length][0];
    cell = new float[layers.length][0];
    projected = new float[layers.length][0];
    int widest = 0;
    for (int i = 0; i < layers.length; i++) {
      PackedDirection only = layers[i].only();
      gates[i] = new float[only.rows];
      walks[i] = new PanelWalk(only.pieces);
      if (!only.inPlace) {
        hidden[i] = new float[only.paddedUnits];
        cell[i] = new float[only.isLstm() ? only.paddedUnits : 0];
        projected[i] = new float[only.projectionBias.length];
      }
      widest = only.outputStride();
    }
    top = new float[widest];
    head = new float[network.head.length][];
    for (int i = 0; i < head.length; i++) {
      head[i] = new float[network.head[i].padded];
    }
    stagedInput = new float[network.inputSize];
    stagedOutput = new float[network.outputSize];
  }

  /** What runs many timesteps of a layer. */
  LayerPass pass(PackedNetwork network) {
    if (pass == null) {
      pass = new LayerPass(network);
    }
    return pass;
  }

  /** What runs whole sequences of a network that can be stepped. */
  public SequenceRun sequences(PackedNetwork network) {
    if (sequences == null) {
      sequences = new SequenceRun(network, pass(network));
    }
    return sequences;
  }

  /** Refers to no caller's array from now on. */
  public void letGo() {
    if (pass != null) {
      pass.letGo();
    }
  }

  /** A stream at the initial state, the same one at every call. */
  public StreamMemory freshStream(PackedNetwork network) {
    if (stream == null) {
      stream = new StreamMemory(network);
    } else {
      stream.reset(network);
    }
    return stream;
  }

  /** Keeps a stream's state, so that {@link #takeBack} can undo a step. */
  public void keep(StreamMemory memory) {
    if (before == null) {
      before = new float[memory.values.length];
    }
    memory.save(before, 0);
    begunBefore = memory.begun;
    preparedBefore = memory.prepared;
  }

  /** Gives a stream the state back that was kept. */
  public void takeBack(StreamMemory memory) {
    memory.restore(before, 0, begunBefore);
    memory.prepared = preparedBefore; // a step reads what was prepared, and leaves it
  }

  void enter() {
    BUSY.setOpaque(this, true);
  }

  void leave() {
    BUSY.setRelease(this, false);
  }

  boolean isBusy() {
    return (boolean) BUSY.getAcquire(this);
  }
}
