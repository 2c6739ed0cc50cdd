// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.SplitMix;

/**
 * Cuts a dataset into minibatches.
 *
 * <p>A strand is a run of rows of one series. Strands of like length are put side by side into a
 * group; a group is walked in windows of at most {@code window} rows, and each window after the
 * first carries on with the states of the one before: back-propagation through time is truncated at
 * the windows' edges (Williams &amp; Peng, 1990), memory is not. Without a window a group is one
 * minibatch of whole strands.
 *
 * <p>A series is a strand. Only where every row is scored and there are fewer series than the batch
 * has places are long series cut into several strands, which then begin at the initial state.
 */
final class Windows {
  /** Strands are sorted by length within so many batches: less padding, still another order. */
  private static final int POOL_BATCHES = 16;

  /** Rows [from, to) of a series. */
  private record Strand(Dataset.Series series, int from, int to) {
    int rows() {
      return to - from;
    }
  }

  private final Dataset data;
  private final float[] inputMean;
  private final float[] inputStd;
  private final float[] targetMean;
  private final float[] targetStd;
  private final boolean scalesTargets;
  private final int batch;
  private final int window;
  private final Strand[] strands;
  private Strand[][] groups;
  private int[] firstMinibatch; // per group, and one more for the end
  private double weightSum;

  /**
   * Plans without shuffling.
   *
   * @param window rows per minibatch; 0 for whole strands
   */
  Windows(Dataset data, DataScaling scaling, LossFunction loss, int batch, int window) {
    this.data = data;
    inputMean = scaling.inputs().mean();
    inputStd = scaling.inputs().std();
    targetMean = scaling.targets().mean();
    targetStd = scaling.targets().std();
    this.batch = batch;
    this.window = window;
    scalesTargets = DataScaling.scalesTargets(loss);
    strands = cut().toArray(Strand[]::new);
    plan(null);
  }

  private List<Strand> cut() {
    List<Strand> all = new ArrayList<>();
    int count = data.seriesCount();
    boolean cuts = window > 0 && data.scoring() == Dataset.Scoring.EACH && count < batch;
    long wanted = cuts ? Math.max(window, Math.ceilDiv(data.rows(), batch)) : Long.MAX_VALUE;
    for (Dataset.Series one : data.series()) {
      // rows in front that are not scored are there as a memory: they are not cut off
      int pieces =
          one.firstScored > 0 ? 1 : Math.clamp(Math.ceilDiv(one.rows, wanted), 1, most(one));
      for (int piece = 0; piece < pieces; piece++) {
        int from = (int) ((long) one.rows * piece / pieces);
        int to = (int) ((long) one.rows * (piece + 1) / pieces);
        all.add(new Strand(one, from, to));
      }
    }
    return all;
  }

  /** Strands shorter than a window would be memory thrown away. */
  private int most(Dataset.Series one) {
    return window == 0 ? 1 : Math.max(1, one.rows / window);
  }

  /** Puts strands and groups in a new order. */
  void shuffle(SplitMix random) {
    plan(random);
  }

  private void plan(@Nullable SplitMix random) {
    int[] order = new int[strands.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    if (random != null) {
      random.shuffle(order);
    }
    List<Strand[]> found = new ArrayList<>();
    // a batch of more strands than there are is a batch of all
    int pool = (int) Math.min(Math.max(1, order.length), (long) batch * POOL_BATCHES);
    for (int at = 0; at < order.length; at += pool) {
      List<Strand> pooled = new ArrayList<>();
      for (int i = at; i < Math.min(order.length, at + pool); i++) {
        pooled.add(strands[order[i]]);
      }
      pooled.sort((a, b) -> Integer.compare(b.rows(), a.rows())); // stable
      for (int i = 0; i < pooled.size(); i += batch) {
        found.add(pooled.subList(i, Math.min(pooled.size(), i + batch)).toArray(Strand[]::new));
      }
    }
    int[] groupOrder = new int[found.size()];
    for (int i = 0; i < groupOrder.length; i++) {
      groupOrder[i] = i;
    }
    if (random != null) {
      random.shuffle(groupOrder);
    }
    groups = new Strand[groupOrder.length][];
    firstMinibatch = new int[groups.length + 1];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = found.get(groupOrder[i]);
      int longest = groups[i][0].rows();
      firstMinibatch[i + 1] = firstMinibatch[i] + (window == 0 ? 1 : Math.ceilDiv(longest, window));
    }
  }

  /** Minibatches of one pass over the data. */
  int minibatches() {
    return firstMinibatch[groups.length];
  }

  /** Fills in minibatch {@code index} of the pass. */
  void fill(int index, Minibatch to) {
    int at = 0;
    while (firstMinibatch[at + 1] <= index) {
      at++;
    }
    Strand[] group = groups[at];
    int within = index - firstMinibatch[at];
    int begin = window * within;
    int steps = group[0].rows() - begin;
    if (window > 0) {
      steps = Math.min(window, steps);
    }
    to.reshape(group.length, steps, data.inputSize(), data.targetSize());
    to.carriesState = within > 0;
    weightSum = 0;
    for (int b = 0; b < group.length; b++) {
      for (int t = 0; t < steps; t++) {
        fillRow(group[b], begin + t, to, t * group.length + b);
      }
    }
  }

  private void fillRow(Strand strand, int row, Minibatch to, int at) {
    int inputs = data.inputSize();
    int targets = data.targetSize();
    if (row >= strand.rows()) {
      Arrays.fill(to.x, at * inputs, (at + 1) * inputs, 0);
      Arrays.fill(to.target, at * targets, (at + 1) * targets, 0);
      to.weight[at] = 0;
      return;
    }
    Dataset.Series series = strand.series;
    int t = strand.from + row;
    for (int k = 0; k < inputs; k++) {
      // as a model scales its inputs, to the bit
      to.x[at * inputs + k] = (series.x[t * inputs + k] - inputMean[k]) / inputStd[k];
    }
    boolean scored = data.scores(series, t);
    to.weight[at] = scored ? 1 : 0;
    weightSum += scored ? 1 : 0;
    for (int k = 0; k < targets; k++) {
      float target = scored ? series.target[(t + data.horizon()) * targets + k] : 0;
      to.target[at * targets + k] =
          scored && scalesTargets ? (target - targetMean[k]) / targetStd[k] : target;
    }
  }

  /** The sum of the weights in the minibatch filled in last. */
  double weightSum() {
    return weightSum;
  }
}
