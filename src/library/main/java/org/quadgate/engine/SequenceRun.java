// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.util.Arrays;
import org.quadgate.kernel.PanelWalk;

/**
 * A stream's whole sequences, a block of timesteps at a time and layer by layer. The scratch of one
 * thread; allocates nothing once made.
 */
public final class SequenceRun {
  private final LayerPass pass;
  private final RowHead head;

  /** The inputs as the first layer reads them, where they are not those given; [STEPS][input]. */
  private final float[] x;

  /** The timesteps of a block that are read, by their place in it; shape [STEPS]. */
  private final int[] read = new int[LayerPass.STEPS];

  /**
   * h of every timestep of the present layer, and of the one below; shape [STEPS][padded width].
   */
  private float[] hidden;

  private float[] below;

  /** What the last layer put out before a block, where timesteps are masked; [padded width]. */
  private final float[] before;

  /** From which end each layer's recurrent weights are read next; shape [layers]. */
  private final PanelWalk[] walks;

  /** Scratch for a network that can be stepped. */
  public SequenceRun(PackedNetwork network) {
    this(network, new LayerPass(network));
  }

  SequenceRun(PackedNetwork network, LayerPass pass) {
    this.pass = pass;
    head = new RowHead(network, LayerPass.STEPS);
    boolean copies = network.input.standardises() || network.input.masks();
    x = new float[copies ? LayerPass.STEPS * network.inputSize : 0];
    int width = 0;
    walks = new PanelWalk[network.layers.length];
    for (int i = 0; i < walks.length; i++) {
      PackedDirection only = network.layers[i].only();
      width = Math.max(width, only.outputStride());
      walks[i] = new PanelWalk(only.gates.pieces());
    }
    hidden = new float[LayerPass.STEPS * width];
    before = new float[network.input.masks() ? width : 0];
    below = new float[walks.length > 1 || network.input.masks() ? hidden.length : 0];
  }

  /**
   * Advances a stream by {@code steps} timesteps.
   *
   * @param xs checked inputs; shape [steps][input]
   * @param ys receives the outputs; shape [steps][output]; may be {@code xs} where the sizes agree
   */
  public void run(PackedNetwork network, StreamMemory memory, float[] xs, int steps, float[] ys) {
    int stride = topStride(network);
    int length = LayerPass.blockLength(steps);
    int size;
    for (int from = 0; from < steps; from += size) {
      size = Math.min(length, steps - from);
      float[] top = block(network, memory, xs, from, size);
      head.run(network, size, top, 0, stride, ys, from);
    }
  }

  /**
   * As {@link #run}, for the output of the last timestep alone.
   *
   * @param y shape [output]
   */
  public void runToLast(
      PackedNetwork network, StreamMemory memory, float[] xs, int steps, float[] y) {
    int stride = topStride(network);
    int length = LayerPass.blockLength(steps);
    float[] top = hidden;
    int size = 0;
    for (int from = 0; from < steps; from += size) {
      size = Math.min(length, steps - from);
      top = block(network, memory, xs, from, size);
    }
    head.run(network, 1, top, (size - 1) * stride, stride, y, 0);
  }

  /** Refers to no caller's array from now on. */
  public void letGo() {
    pass.letGo();
  }

  private static int topStride(PackedNetwork network) {
    return network.layers[network.layers.length - 1].only().outputStride();
  }

  /** One block of timesteps; returns what the last layer puts out, [steps][padded width]. */
  private float[] block(
      PackedNetwork network, StreamMemory memory, float[] xs, int from, int steps) {
    int inputs = network.inputSize;
    if (x.length == 0) {
      layers(network, memory, xs, from * inputs, steps);
      return hidden;
    }
    int count = 0;
    for (int t = 0; t < steps; t++) {
      network.input.copy(xs, (from + t) * inputs, x, count * inputs);
      if (!network.input.masks() || !network.input.isMasked(x, count * inputs)) {
        read[count++] = t;
      }
    }
    if (count < steps) {
      return masked(network, memory, steps, count);
    }
    layers(network, memory, x, 0, steps);
    return hidden;
  }

  /** Reads the timesteps that are not masked; the others give the output before them again. */
  private float[] masked(PackedNetwork network, StreamMemory memory, int steps, int count) {
    PackedLayer last = network.layers[network.layers.length - 1];
    int width = last.only().width;
    int stride = last.only().outputStride();
    Arrays.fill(before, 0);
    if (memory.begun) {
      System.arraycopy(memory.values, last.hiddenAt, before, 0, width);
    }
    if (count > 0) {
      layers(network, memory, x, 0, count);
    }
    float[] all = below;
    int next = 0;
    for (int t = 0; t < steps; t++) {
      next += next < count && read[next] == t ? 1 : 0;
      if (next > 0) {
        System.arraycopy(hidden, (next - 1) * stride, all, t * stride, stride);
      } else {
        System.arraycopy(before, 0, all, t * stride, stride);
      }
    }
    return all;
  }

  /** All layers; leaves the last one's h in {@link #hidden}. */
  private void layers(
      PackedNetwork network, StreamMemory memory, float[] inputs, int at, int steps) {
    float[] in = inputs;
    int first = at;
    int stride = network.inputSize;
    pass.turn();
    for (int i = 0; i < network.layers.length; i++) {
      PackedLayer layer = network.layers[i];
      for (int t = 0; t < steps; t++) {
        pass.inputAt[t] = first + t * stride;
      }
      if (i > 0) {
        hidden = below;
        below = in;
      }
      pass.run(
          layer.only(), walks[i], steps, in, memory.values, layer.hiddenAt, layer.cellAt, hidden);
      in = hidden;
      first = 0;
      stride = layer.only().outputStride();
    }
    memory.prepared = false;
    memory.begun = true;
  }
}
