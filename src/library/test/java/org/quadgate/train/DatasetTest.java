// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.SplitMix;

/** Splitting, scaling, and cutting into minibatches. */
class DatasetTest {
  private static final LossFunction LOSS = new LossFunction.Mse();

  /** x = t and target = 1000 + t, so that every value says which row it is. */
  private static Dataset.Builder counting(int... lengths) {
    Dataset.Builder data = Dataset.builder(1, 1);
    for (int s = 0; s < lengths.length; s++) {
      float[] x = new float[lengths[s]];
      float[] y = new float[lengths[s]];
      for (int t = 0; t < x.length; t++) {
        x[t] = 100 * s + t;
        y[t] = 1000 + x[t];
      }
      data.series("s" + s, x, y);
    }
    return data;
  }

  @Test
  void theSplitIsInTimeAndNoHeldOutTargetIsTrainedOn() {
    for (int horizon : new int[] {0, 3}) {
      Dataset.Split split = counting(100).horizon(horizon).build().split(0.2, 10);
      assertEquals(80 - horizon, split.training().scoredRows());
      assertEquals(20, split.validation().scoredRows());
      Dataset.Series early = split.training().series().getFirst();
      assertEquals(79, early.x[early.rows - 1]);
      Dataset.Series late = split.validation().series().getFirst();
      assertEquals(10, late.firstScored, "context");
      assertEquals(1080, late.target[late.firstScored + horizon], "the first held-out target");
      assertEquals(99, late.x[late.rows - 1]);
    }
  }

  @Test
  void withTheLastRowScoredWholeSeriesAreHeldOut() {
    Dataset all = counting(5, 6, 7, 8, 9).scoring(Dataset.Scoring.LAST).build();
    Dataset.Split split = all.split(0.4, 10);
    assertEquals(3, split.training().scoredRows());
    assertEquals(2, split.validation().scoredRows());
    assertEquals("s3", split.validation().series().getFirst().key);
    Dataset.Series last = split.validation().series().getLast();
    assertTrue(all.scores(last, 8));
    assertFalse(all.scores(last, 7));
  }

  @Test
  void tooLittleIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> counting(1).build());
    assertThrows(IllegalArgumentException.class, () -> counting(3).horizon(3).build());
    assertThrows(IllegalArgumentException.class, () -> counting(2).build().split(0.2, 0));
    assertThrows(IllegalArgumentException.class, () -> Dataset.builder(1, 1).build());
    var nan =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Dataset.builder(2, 1).series("k", new float[] {0, 1, 2, Float.NaN}, new float[2]));
    assertEquals("series k, row 1, input 1 is NaN, expected a finite number", nan.getMessage());
  }

  @Test
  void aHorizonBeyondEveryRowIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> counting(9).horizon(Integer.MAX_VALUE).build());
    assertThrows(IllegalArgumentException.class, () -> counting(9).horizon(-1));
  }

  @Test
  void aSplitSaysWhichOfItsNumbersIsWrong() {
    Dataset data = counting(50).build();
    for (double fraction : new double[] {-1, 0, 1, Double.NaN}) {
      var refused = assertThrows(IllegalArgumentException.class, () -> data.split(fraction, 0));
      assertEquals("fraction is " + fraction + ", expected between 0 and 1", refused.getMessage());
    }
    var refused = assertThrows(IllegalArgumentException.class, () -> data.split(0.5, -1));
    assertEquals("context is -1, expected 0 or more", refused.getMessage());
  }

  @Test
  void whatTheCallerDoesLaterReachesNoDataset() {
    float[] x = {1, 2, 3};
    float[] y = {4, 5, 6};
    Dataset.Builder builder = Dataset.builder(1, 1).series("a", x, y);
    Dataset data = builder.build();
    String fingerprint = data.fingerprint();
    x[1] = Float.NaN;
    y[2] = 7;
    builder.horizon(1).scoring(Dataset.Scoring.LAST).series("b", new float[5], new float[5]);
    assertEquals(fingerprint, data.fingerprint());
    assertEquals(0, data.horizon());
    assertEquals(1, data.seriesCount());
  }

  @Test
  void theFingerprintSeesEveryPart() {
    String one = counting(10, 12).build().fingerprint();
    assertEquals(one, counting(10, 12).build().fingerprint());
    assertNotEquals(one, counting(12, 10).build().fingerprint());
    assertNotEquals(one, counting(10, 12).horizon(1).build().fingerprint());
    assertNotEquals(one, counting(10, 12).scoring(Dataset.Scoring.LAST).build().fingerprint());
    Dataset changed = counting(10, 12).build();
    changed.series().getLast().target[3]++;
    assertNotEquals(one, changed.fingerprint());
  }

  @Test
  void scalingIsThatOfTheTrainingPart() {
    float[] x = {1, 5, 2, 5, 3, 5, 6, 5}; // [4][2], the second column constant
    float[] y = {9, 1, 3, 5};
    Dataset data = Dataset.builder(2, 1).series("a", x, y).horizon(1).build();
    DataScaling scaling = DataScaling.fit(data);
    assertArrayEquals(new float[] {3, 5}, scaling.inputs().mean());
    assertArrayEquals(new float[] {(float) Math.sqrt(3.5), 1}, scaling.inputs().std());
    assertArrayEquals(
        new float[] {3}, scaling.targets().mean(), "the first row's target is no target");
    assertEquals(Math.sqrt(8 / 3.0), scaling.targets().std()[0], 1e-6);
    assertEquals(List.of(1), scaling.constantInputs());
    assertEquals(List.of(), scaling.constantTargets());
  }

  /** How often each target is scored in one pass; also checks that states are carried rightly. */
  private static int[] scored(Windows windows, DataScaling scaling, int targets) {
    int[] counts = new int[targets];
    Minibatch batch = new Minibatch();
    float[] previous = {};
    for (int i = 0; i < windows.minibatches(); i++) {
      windows.fill(i, batch);
      float[] last = new float[batch.sequences()];
      double weight = 0;
      for (int at = 0; at < batch.steps() * batch.sequences(); at++) {
        int b = at % batch.sequences();
        if (batch.weight[at] == 0) {
          continue;
        }
        weight++;
        float x = batch.x[at] * scaling.inputs().std()[0] + scaling.inputs().mean()[0];
        float y = batch.target[at] * scaling.targets().std()[0] + scaling.targets().mean()[0];
        assertEquals(1000, y - x, 0.01, "target and input are of one row");
        counts[Math.round(x)]++;
        if (at < batch.sequences() && batch.carriesState) {
          assertEquals(previous[b] + 1, x, 0.01, "a window goes on where the one before ended");
        }
        last[b] = x;
      }
      assertEquals(weight, windows.weightSum());
      previous = last;
    }
    return counts;
  }

  @Test
  void everyRowIsScoredOnceInAnyOrder() {
    for (int batch : new int[] {1, 2, 5, 64}) {
      for (int window : new int[] {0, 1, 4, 7, 90}) {
        Dataset data = counting(90, 31, 64).build();
        DataScaling scaling = DataScaling.fit(data);
        Windows windows = new Windows(data, scaling, LOSS, batch, window);
        for (int pass = 0; pass < 3; pass++) {
          int[] counts = scored(windows, scaling, 300);
          for (int i = 0; i < counts.length; i++) {
            boolean there = i % 100 < new int[] {90, 31, 64}[i / 100];
            assertEquals(there ? 1 : 0, counts[i], "row " + i + " at batch " + batch);
          }
          windows.shuffle(SplitMix.of(1, pass));
        }
      }
    }
  }

  @Test
  void oneLongSeriesFillsTheBatch() {
    Dataset data = counting(99).build();
    Windows windows = new Windows(data, DataScaling.fit(data), LOSS, 4, 5);
    Minibatch batch = new Minibatch();
    windows.fill(0, batch);
    assertEquals(4, batch.sequences());
    assertFalse(batch.carriesState);
    windows.fill(1, batch);
    assertTrue(batch.carriesState);
  }

  @Test
  void shufflingChangesTheOrderAndTheSeedDecidesIt() {
    Dataset data = counting(3, 3, 3, 3, 3, 3, 3, 3).build();
    DataScaling scaling = DataScaling.fit(data);
    Windows a = new Windows(data, scaling, LOSS, 2, 0);
    Windows b = new Windows(data, scaling, LOSS, 2, 0);
    a.shuffle(SplitMix.of(1, 1));
    b.shuffle(SplitMix.of(1, 1));
    assertArrayEquals(first(a), first(b));
    b.shuffle(SplitMix.of(1, 2));
    assertFalse(Arrays.equals(first(a), first(b)));
  }

  private static float[] first(Windows windows) {
    Minibatch batch = new Minibatch();
    float[] firsts = new float[windows.minibatches() * 2];
    for (int i = 0; i < windows.minibatches(); i++) {
      windows.fill(i, batch);
      firsts[2 * i] = batch.x[0];
      firsts[2 * i + 1] = batch.x[1];
    }
    return firsts;
  }
}
