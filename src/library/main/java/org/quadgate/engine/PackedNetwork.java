// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.foreign.Arena;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.List;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.options.ModelOptions;

/**
 * A network packed for the kernels. Immutable, shared by threads, and in memory outside the heap
 * that {@link #close} gives back at once; if nobody closes it, the collector does some time after
 * nobody refers to it any more.
 */
public final class PackedNetwork {
  private static final Cleaner CLEANER =
      Cleaner.create(
          work -> {
            Thread thread = new Thread(work, "qg-cleaner");
            thread.setDaemon(true);
            return thread;
          });

  final Kernels kernels;
  final InputStage input;
  final PackedLayer[] layers;
  final HeadLayer[] head;
  final OutputStage output;
  final Rows rows;
  final int inputSize;
  final int outputSize;

  /** Whether no layer reads backwards. */
  final boolean steppable;

  private final KernelProvider.Choice choice;
  private final Workspaces workspaces = new Workspaces();
  private final Cleaner.Cleanable weights;

  /**
   * Packs a network.
   *
   * @throws IllegalArgumentException if a layer is beyond 2 GiB, or the weights are so large that
   *     sums overflow
   */
  @SuppressWarnings("MustBeClosedChecker") // close() closes it, or the cleaner does
  public PackedNetwork(Network network, ModelOptions options) {
    choice =
        options.scalarKernels()
            ? KernelProvider.scalar("the model was built with withScalarKernels()")
            : KernelProvider.chosen();
    kernels = choice.kernels();
    input = new InputStage(network, options);
    output = new OutputStage(network.outputScaling());
    rows = network.rows();
    inputSize = network.inputSize();
    outputSize = network.outputSize();
    steppable = network.whyNotStep().isEmpty();
    head = network.head().stream().map(HeadLayer::new).toArray(HeadLayer[]::new);
    Arena arena = Arena.ofShared();
    boolean packed = false;
    try {
      layers = pack(arena, network.layers(), options);
      packed = true;
    } finally {
      if (!packed) {
        arena.close();
      }
    }
    weights = CLEANER.register(this, arena::close);
  }

  private static PackedLayer[] pack(Arena arena, List<RecurrentLayer> from, ModelOptions options) {
    PackedLayer[] layers = new PackedLayer[from.size()];
    int at = 0;
    for (int i = 0; i < layers.length; i++) {
      layers[i] = new PackedLayer(arena, options.precision(), from.get(i), at);
      at = layers[i].memoryEnd();
    }
    return layers;
  }

  /**
   * Begins the calling thread's use of the weights; to be ended by {@link #leave}.
   *
   * @throws IllegalStateException if the network is closed
   */
  public Workspace enter() {
    return workspaces.enter(this);
  }

  /** Ends what {@link #enter} began. */
  public void leave(Workspace workspace) {
    try {
      workspace.leave();
    } finally {
      // or the collector could free the weights that the call in progress reads
      Reference.reachabilityFence(this);
    }
  }

  /** Waits for the calls in progress and frees the weights; later calls are refused. */
  public void close() {
    if (workspaces.close()) {
      weights.clean();
    }
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return workspaces.isClosed();
  }

  /** Which kernels compute, and why these. */
  public KernelProvider.Choice choice() {
    return choice;
  }

  /** The stage that checks inputs. */
  public InputStage input() {
    return input;
  }

  /** Whether no layer reads backwards, so that streams can be stepped. */
  public boolean isSteppable() {
    return steppable;
  }

  /** Floats that a stream remembers: h and c of all layers. */
  public int memorySize() {
    return layers[layers.length - 1].memoryEnd();
  }

  /** Which cells and sizes the layers have, as 48 bits that differ where those do. */
  public long shapeHash() {
    long hash = 0xcbf29ce484222325L; // FNV-1a, 64 bits: https://datatracker.ietf.org/doc/rfc9923/
    for (PackedLayer layer : layers) {
      PackedDirection only = layer.only();
      for (int part : new int[] {only.cell.name().hashCode(), only.units, only.width}) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
          hash = (hash ^ ((part >>> shift) & 0xff)) * 0x100000001b3L;
        }
      }
    }
    return hash >>> Short.SIZE;
  }

  /** Recurrent layers. */
  public int layerCount() {
    return layers.length;
  }

  /** Values of h of a layer that can be stepped. */
  public int hiddenSize(int layer) {
    return layers[layer].only().width;
  }

  /** Values of c of a layer that can be stepped; 0 of an RNN. */
  public int cellSize(int layer) {
    return layers[layer].only().initialCell.length;
  }

  /** Panels of the layer that has the most. */
  public int mostPanels() {
    int most = 1;
    for (PackedLayer layer : layers) {
      for (PackedDirection direction : layer.directions) {
        most = Math.max(most, direction.panelCount);
      }
    }
    return most;
  }

  /** Bytes of packed weights that a step reads, padding included. */
  public long bytes() {
    long bytes = 0;
    for (PackedLayer layer : layers) {
      for (PackedDirection direction : layer.directions) {
        bytes += direction.bytes();
      }
    }
    for (HeadLayer layer : head) {
      bytes += layer.bytes();
    }
    return bytes;
  }
}
