// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.List;
import org.quadgate.sequence.SequenceLayer.Direction;

/** A layer with packed weights, and how its directions walk through sequences. */
final class PackedSequenceLayer {
  private final SequenceLayer layer;
  private final List<PackedPass> passes;

  PackedSequenceLayer(SequenceLayer layer) {
    this.layer = layer;
    passes = layer.passes().stream().map(pass -> new PackedPass(layer, pass)).toList();
  }

  SequenceLayer layer() {
    return layer;
  }

  /** The only direction of a layer that can be stepped. */
  PackedPass forward() {
    return passes.getFirst();
  }

  /** As {@link SequenceLayer#run}; {@code hidden} and {@code state} null for the layer's own. */
  SequenceResult run(Sequences in, float[] hidden, float[] state) {
    SequenceResult result = new SequenceResult(layer, in.steps(), in.batch());
    for (int d = 0; d < passes.size(); d++) {
      PackedPass pass = passes.get(d);
      PassState at = pass.newState();
      for (int b = 0; b < in.batch(); b++) {
        int place = b * passes.size() + d;
        pass.reset(at);
        if (hidden != null) {
          pass.setHidden(at, hidden, place * layer.passSize());
        }
        if (state != null) {
          pass.setCell(at, state, place * layer.hiddenSize());
        }
        walk(in, b, d, at, result);
        if (in.length(b) > 0) {
          pass.copyHidden(at, result.finalHidden, place * layer.passSize());
          pass.copyCell(at, result.finalCell, place * layer.hiddenSize());
        }
      }
    }
    return result;
  }

  /**
   * One direction over one sequence. A masked timestep leaves the state as it is and puts out what
   * the one read before it did, at first zeros, as Keras does.
   */
  private void walk(Sequences in, int sequence, int direction, PassState at, SequenceResult to) {
    PackedPass pass = passes.get(direction);
    boolean backwards = layer.direction() == Direction.REVERSE || direction == 1;
    int length = in.length(sequence);
    float[] last = new float[layer.passSize()];
    for (int n = 0; n < length; n++) {
      int row = (backwards ? length - 1 - n : n) * in.batch() + sequence;
      if (!in.isMasked(row)) {
        pass.step(at, in.values(), row * layer.inputSize());
        pass.copyHidden(at, last, 0);
      }
      int y = (row * passes.size() + direction) * last.length;
      System.arraycopy(last, 0, to.outputs, y, last.length);
    }
  }
}
