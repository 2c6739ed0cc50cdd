// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.List;
import org.quadgate.network.Network;

/**
 * What a run leaves.
 *
 * @param network of the best epoch, which without validation data is the last finished one; the
 *     present one if none is finished
 * @param embedding the vectors of the tokens, of the same epoch; shape [vocabulary][input]; empty
 *     where the inputs are no tokens
 * @param epochs what each finished epoch came to, those before a resumption included
 * @param bestEpoch from 1; 0 if none was finished
 * @param steps minibatches done
 * @param ending why it ended
 */
@SuppressWarnings("ArrayRecordComponent") // results are not compared
public record TrainingResult(
    Network network,
    float[] embedding,
    List<TrainingListener.Epoch> epochs,
    int bestEpoch,
    long steps,
    Ending ending) {

  /** Takes copies. */
  public TrainingResult {
    embedding = embedding.clone();
    epochs = List.copyOf(epochs);
  }

  /** A copy of the vectors; shape [vocabulary][input]. */
  @Override
  public float[] embedding() {
    return embedding.clone();
  }

  /** Why a run ended. */
  public enum Ending {
    /** All epochs are done. */
    EPOCHS_DONE,
    /** The validation loss had not improved for as many epochs as the patience. */
    OUT_OF_PATIENCE,
    /** {@link Trainer#stop} was called. */
    STOPPED
  }
}
