// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.List;
import java.util.function.Supplier;
import org.quadgate.LstmModel;
import org.quadgate.sequence.SequenceLayer.Direction;

/** A layer with packed weights, and how its directions walk through sequences. */
final class PackedSequenceLayer {
  private final SequenceLayer layer;
  private final List<Supplier<Stream>> passes;

  PackedSequenceLayer(SequenceLayer layer) {
    this.layer = layer;
    passes = layer.passes().stream().map(pass -> packed(layer, pass)).toList();
  }

  private static Supplier<Stream> packed(SequenceLayer layer, SequenceLayer.Pass pass) {
    if (EngineStream.has(layer, pass)) {
      LstmModel engine = EngineStream.pack(layer, pass);
      return () -> EngineStream.of(engine);
    }
    return new PackedPass(layer, pass)::newStream;
  }

  SequenceLayer layer() {
    return layer;
  }

  /** A stream of the only direction of a layer that can be stepped. */
  Stream newStream() {
    return passes.getFirst().get();
  }

  /** As {@link SequenceLayer#run}; {@code hidden} and {@code state} null for the layer's own. */
  SequenceResult run(Sequences in, float[] hidden, float[] state) {
    SequenceResult result = new SequenceResult(layer, in.steps(), in.batch());
    for (int d = 0; d < passes.size(); d++) {
      Stream stream = passes.get(d).get();
      for (int b = 0; b < in.batch(); b++) {
        int place = b * passes.size() + d;
        stream.reset();
        if (hidden != null) {
          stream.setHidden(hidden, place * layer.passSize());
        }
        if (state != null) {
          stream.setCell(state, place * layer.hiddenSize());
        }
        walk(in, b, d, stream, result);
        if (in.length(b) > 0) {
          stream.copyHidden(result.finalHidden, place * layer.passSize());
          stream.copyCell(result.finalCell, place * layer.hiddenSize());
        }
      }
    }
    return result;
  }

  /**
   * One direction over one sequence. A masked timestep leaves the state as it is and puts out what
   * the one read before it did, at first zeros, as Keras does.
   */
  private void walk(Sequences in, int sequence, int direction, Stream stream, SequenceResult to) {
    boolean backwards = layer.direction() == Direction.REVERSE || direction == 1;
    int length = in.length(sequence);
    int inputs = layer.inputSize();
    int size = layer.passSize();
    float[] xs = new float[Math.multiplyExact(length, inputs)]; // [steps read][input]
    int read = 0;
    for (int n = 0; n < length; n++) {
      int row = row(in, sequence, length, backwards, n);
      if (!in.isMasked(row)) {
        System.arraycopy(in.values(), row * inputs, xs, read++ * inputs, inputs);
      }
    }
    float[] ys = new float[Math.multiplyExact(read, size)];
    stream.run(xs, read, ys);
    int last = -1;
    for (int n = 0; n < length; n++) {
      int row = row(in, sequence, length, backwards, n);
      last += in.isMasked(row) ? 0 : 1;
      if (last >= 0) {
        int y = (row * passes.size() + direction) * size;
        System.arraycopy(ys, last * size, to.outputs, y, size);
      }
    }
  }

  /** Which row of all sequences' timesteps is read as the n-th of a sequence. */
  private static int row(Sequences in, int sequence, int length, boolean backwards, int n) {
    return (backwards ? length - 1 - n : n) * in.batch() + sequence;
  }
}
