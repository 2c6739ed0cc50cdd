// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedGates;
import org.quadgate.kernel.PackedLinear;
import org.quadgate.kernel.PanelWalk;
import org.quadgate.team.Team;

/**
 * One timestep of one stream on several cores. The units of each layer are divided into contiguous
 * blocks of panels, one per core: a core computes the gate sums and the cells of its own units and
 * then meets the others, since the next layer needs all of h. New h and c are written to an array
 * of their own, which changes places with the stream's when nothing can fail any more: a step that
 * failed leaves the stream as it was, and no core fetches what another one has in its cache to copy
 * it.
 */
public final class CoreStep {
  /** What one core computes of one layer. */
  private static final class Part {
    final PackedGates gates; // the panels from … to
    final PanelWalk walk; // over them
    final PackedFp32 projection; // this core's rows of P, or null
    final int from;
    final int to;
    final int fromUnit;
    final int units;
    final boolean spreads; // has the last panel

    Part(PackedDirection layer, int core, int cores) {
      int panels = layer.panelCount;
      from = share(panels, core, cores);
      to = share(panels, core + 1, cores);
      gates = layer.gates.part(from, to);
      walk = new PanelWalk(gates.piecesOfSteps());
      int perPanel = layer.panels.unitsPerPanel();
      fromUnit = from * perPanel;
      units = Math.min(layer.units, to * perPanel) - fromUnit;
      spreads = from < to && to == panels;
      projection = layer.projection == null ? null : part(layer.projection, core, cores);
    }

    private static PackedFp32 part(PackedFp32 of, int core, int cores) {
      int panels = of.layout.count();
      return of.part(share(panels, core, cores), share(panels, core + 1, cores));
    }
  }

  /** Lets tests come in between. */
  public interface Hook {
    /**
     * Called by a core before its part of a layer, with {@code layer} -1 before it prepares, and by
     * the caller's with the number of layers before the rest of the head.
     */
    void before(int core, int layer);
  }

  /** A head layer of this many weights and more is divided, too. */
  private static final int LARGE_HEAD = 1 << 15;

  /** Floats of partial sums of a core, three lines, so that none shares a line with another's. */
  private static final int APART = 48;

  private final PackedNetwork network;
  private final Kernels kernels;
  private final int count;
  private final Part[][] parts; // [core][layer]
  private final int largeHeads; // leading layers of the head that are divided
  private final float[][] partial; // [core][≥ 16]
  private final float[][] unprojected; // [layer][padded units], of layers that project
  private final float[][] hidden; // [layer][padded width], of layers that cannot be in place
  private final float[][] cell; // [layer][padded units], of the same layers
  private final Hook hook;
  private final Team.Work advancing = this::advance;
  private final Team.Work preparing = this::prepare;

  // the present call, written before the cores begin
  private Team team;
  private Workspace workspace;
  private StreamMemory memory;
  private float[] next; // what the stream will remember; kept, and another array after each step
  private float[] x; // the input, accepted
  private int xAt;
  private boolean sparse;

  /**
   * Divides the network.
   *
   * @param cores how many compute, at most {@link PackedNetwork#mostPanels}
   * @param hook null for none
   */
  public CoreStep(PackedNetwork network, int cores, Hook hook) {
    this.network = network;
    this.hook = hook;
    count = cores;
    kernels = network.kernels;
    PackedLayer[] layers = network.layers;
    parts = new Part[count][layers.length];
    unprojected = new float[layers.length][];
    hidden = new float[layers.length][];
    cell = new float[layers.length][];
    next = new float[network.memorySize()];
    for (int i = 0; i < layers.length; i++) {
      PackedDirection only = layers[i].only();
      hidden[i] = new float[only.inPlace ? 0 : only.outputStride()];
      unprojected[i] = only.projection == null ? hidden[i] : new float[only.paddedUnits];
      cell[i] = new float[!only.inPlace && only.isLstm() ? only.paddedUnits : 0];
      for (int core = 0; core < count; core++) {
        parts[core][i] = new Part(only, core, count);
      }
    }
    largeHeads = count == 1 ? 0 : largeHeads(network.head);
    partial = new float[count][APART];
  }

  /** Where the share of {@code core} begins; the caller's is the smallest, as it has more to do. */
  private static int share(int size, int core, int cores) {
    return (int) ((long) size * core / cores);
  }

  private static int largeHeads(HeadLayer[] head) {
    int large = 0;
    while (large < head.length && head[large].bytes() / 4 >= LARGE_HEAD) {
      large++;
    }
    return large;
  }

  /**
   * {@link StreamStep#step} on all cores of a team that the caller has begun; the same bits.
   *
   * @return false if the input is refused; nothing has changed
   * @throws IllegalStateException if a core fails; the stream is as it was
   */
  public boolean step(
      Team team, Workspace workspace, StreamMemory memory, float[] x, int xAt, float[] y, int yAt) {
    float[] in = network.input.accept(workspace, x, xAt);
    if (in == null) {
      return false;
    }
    int at = network.input.acceptedAt(xAt);
    if (network.input.masks() && network.input.isMasked(in, at)) {
      return StreamStep.step(network, workspace, memory, x, xAt, y, yAt);
    }
    this.x = in;
    this.xAt = at;
    sparse = network.input.nonZero(in, at, workspace);
    run(team, workspace, memory, advancing);
    if (hook != null) {
      hook.before(0, hidden.length);
    }
    int last = hidden.length - 1;
    float[] top = largeHeads == 0 ? hiddenOf(last) : workspace.head[largeHeads - 1];
    int topAt = largeHeads == 0 ? hiddenAt(last) : 0;
    StreamStep.finish(network, workspace, top, topAt, largeHeads, y, yAt);
    moveOn(memory);
    return true;
  }

  private void moveOn(StreamMemory memory) {
    for (int i = 0; i < hidden.length; i++) {
      PackedLayer layer = network.layers[i];
      if (!layer.only().inPlace) {
        System.arraycopy(hidden[i], 0, next, layer.hiddenAt, layer.only().width);
        System.arraycopy(cell[i], 0, next, layer.cellAt, layer.only().initialCell.length);
      }
    }
    float[] before = memory.values;
    memory.values = next;
    next = before;
    memory.prepared = false;
    memory.begun = true;
  }

  /** The array that a layer's new h is written to, from {@link #hiddenAt}. */
  private float[] hiddenOf(int layer) {
    return network.layers[layer].only().inPlace ? next : hidden[layer];
  }

  private int hiddenAt(int layer) {
    PackedLayer of = network.layers[layer];
    return of.only().inPlace ? of.hiddenAt : 0;
  }

  /** {@link StreamStep#prepareNext} on all cores of a team that the caller has begun. */
  public void prepareNext(Team team, Workspace workspace, StreamMemory memory) {
    if (!memory.prepared) {
      StreamStep.makeRecurrent(network, memory);
      run(team, workspace, memory, preparing);
      memory.prepared = true;
    }
  }

  private void run(Team team, Workspace workspace, StreamMemory memory, Team.Work work) {
    this.team = team;
    this.workspace = workspace;
    this.memory = memory;
    try {
      team.run(work);
    } finally {
      this.team = null;
      this.workspace = null;
      this.memory = null;
      x = null;
    }
  }

  private void prepare(int core) {
    if (hook != null) {
      hook.before(core, -1);
    }
    for (int i = 0; i < hidden.length; i++) {
      PackedLayer layer = network.layers[i];
      parts[core][i].walk.recurrentSums(
          kernels, memory.values, layer.hiddenAt, layer.only().bias, memory.recurrent[i]);
    }
  }

  private void advance(int core) {
    float[] in = x;
    int at = xAt;
    boolean meets = false;
    for (int i = 0; i < hidden.length; i++) {
      if (meets && !team.meet(core)) {
        return;
      }
      if (hook != null) {
        hook.before(core, i);
      }
      Part part = parts[core][i];
      layer(part, i, in, at);
      if (part.projection != null) {
        if (!team.meet(core)) {
          return;
        }
        PackedDirection only = network.layers[i].only();
        part.projection.recurrentSums(kernels, unprojected[i], 0, only.projectionBias, hidden[i]);
      }
      in = hiddenOf(i);
      at = hiddenAt(i);
      meets = true;
    }
    for (int i = 0; i < largeHeads; i++) {
      if (!team.meet(core)) {
        return;
      }
      HeadLayer head = network.head[i];
      PackedLinear linear = head.linear;
      int from = share(linear.outputs, core, count);
      int to = share(linear.outputs, core + 1, count);
      float[] out = workspace.head[i];
      kernels.linear().row(linear, from, to, in, at, partial[core], out, 0);
      if (head.activation != null) {
        kernels.activate(head.activation, out, from, to - from);
      }
      in = out;
      at = 0;
    }
  }

  private void layer(Part part, int i, float[] in, int at) {
    PackedLayer layer = network.layers[i];
    PackedDirection only = layer.only();
    float[] gates = workspace.gates[i];
    float[] values = memory.values;
    if (i == 0 && sparse) {
      float[] recurrent = gates;
      if (memory.prepared) {
        recurrent = memory.recurrent[0];
      } else {
        part.walk.recurrentSums(kernels, values, layer.hiddenAt, only.bias, gates);
      }
      part.gates.sparseInputSums(
          kernels, workspace.columns, workspace.columnCount, in, at, recurrent, gates);
    } else if (memory.prepared) {
      part.walk.inputSums(kernels, in, at, memory.recurrent[i], gates);
    } else {
      part.walk.sums(kernels, in, at, values, layer.hiddenAt, only.bias, gates);
    }
    if (part.spreads) {
      only.panels.spread(gates);
    }
    boolean inPlace = only.inPlace;
    float[] c = inPlace ? next : cell[i];
    int cAt = inPlace ? layer.cellAt : 0;
    if (only.isLstm() && part.units > 0) {
      int from = part.fromUnit;
      System.arraycopy(values, layer.cellAt + from, c, cAt + from, part.units);
    }
    float[] h = inPlace ? next : unprojected[i];
    only.cells(kernels, gates, part.from, part.to, c, cAt, h, inPlace ? layer.hiddenAt : 0);
  }
}
