// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.gap.GapTask.Sequence;
import org.quadgate.gap.GapTask.Verdict;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Network;
import org.quadgate.train.Clipping;
import org.quadgate.train.Dataset;
import org.quadgate.train.Initializer;
import org.quadgate.train.Optimizer;
import org.quadgate.train.Schedule;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainingListener;
import org.quadgate.train.TrainingResult;

/**
 * One network on one task: trained on so many sequences for so many epochs at most, then judged by
 * fresh sequences.
 *
 * @param units of one hidden layer
 * @param sequences to train on
 * @param epochs at most
 * @param enough a loss on held-out sequences at which training ends early
 * @param longest T of {@link Initializer#chrono}: about the length of the gap
 */
record GapRun(GapTask task, int units, int sequences, int epochs, double enough, int longest) {
  private static final int BATCH = 32;
  private static final int HELD_OUT = 500;

  /**
   * What came of a run.
   *
   * @param trained sequences seen until it ended, repetitions counted
   */
  record Outcome(Verdict verdict, long trained) {}

  /**
   * Trains and judges.
   *
   * @param rate Adam's
   * @param judged fresh sequences
   */
  Outcome run(CellType cell, double rate, long seed, int judged) {
    SplittableRandom random = new SplittableRandom(seed);
    Dataset training = dataset(draw(random, sequences));
    Dataset heldOut = dataset(draw(random, HELD_OUT));
    Architecture architecture =
        Architecture.builder(task.inputs()).layer(cell, units).linear(task.outputs()).build();
    Trainer[] trainer = new Trainer[1];
    trainer[0] =
        Trainer.builder(architecture)
            .training(training)
            .validation(heldOut)
            .loss(task.loss())
            .optimizer(Optimizer.adam())
            .initializer(Initializer.chrono(longest))
            .clipping(new Clipping.Norm(1))
            .learningRate(rate)
            .schedule(new Schedule.Cosine(0.05))
            .batch(BATCH)
            .epochs(epochs)
            .seed(seed)
            .threads(1)
            .listener(
                new TrainingListener() {
                  @Override
                  public void onEpoch(Epoch epoch) {
                    if (epoch.validationLoss() < enough) {
                      trainer[0].stop();
                    }
                  }
                })
            .build();
    try {
      TrainingResult result = trainer[0].run();
      List<Sequence> fresh = draw(random, judged);
      Verdict verdict = task.judge(fresh, answers(result.network(), fresh));
      return new Outcome(verdict, (long) result.epochs().size() * sequences);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Sequence> draw(SplittableRandom random, int count) {
    List<Sequence> drawn = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drawn.add(task.next(random));
    }
    return drawn;
  }

  private Dataset dataset(List<Sequence> from) {
    Dataset.Builder data = Dataset.builder(task.inputs(), 1).scoring(task.scoring());
    for (int i = 0; i < from.size(); i++) {
      data.series("sequence " + i, from.get(i).x(), from.get(i).target());
    }
    return data.build();
  }

  private List<float[]> answers(Network network, List<Sequence> sequences) {
    List<float[]> answers = new ArrayList<>();
    try (Model model = Model.of(network)) {
      for (Sequence sequence : sequences) {
        StreamState state = model.newState();
        int steps = sequence.target().length;
        float[] y = new float[steps * task.outputs()];
        for (int t = 0; t < steps; t++) {
          model.step(state, sequence.x(), t * task.inputs(), y, t * task.outputs());
        }
        answers.add(y);
      }
    }
    return answers;
  }
}
