// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.ArrayList;
import java.util.List;
import org.quadgate.LstmState;

/** One stream of a {@link SequenceModel} that can be stepped; for one thread at a time. */
public final class SequenceState {
  final SequenceModel model;
  final LstmState engine; // of a network that the engine steps, else null
  final List<Stream> layers = new ArrayList<>();

  /** Values between the layers: the inputs, then each layer's output, then the head's. */
  final float[][] values;

  SequenceState(SequenceModel model, LstmState engine, float[][] values) {
    this.model = model;
    this.engine = engine;
    this.values = values;
  }

  /** Goes back to the initial state. */
  public void reset() {
    model.reset(this);
  }
}
