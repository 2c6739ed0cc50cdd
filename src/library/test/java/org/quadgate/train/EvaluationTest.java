// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.Evaluation.Forecast;

class EvaluationTest {
  private static final LossFunction MSE = new LossFunction.Mse();
  private static final LossFunction CLASSES = new LossFunction.SoftmaxCrossEntropy();

  /** A network of one input whose outputs are these, whatever it reads. */
  private static Network saying(float... outputs) {
    WeightArrays weights =
        new WeightArrays(Architecture.builder(1).lstm(2).linear(outputs.length).build());
    System.arraycopy(outputs, 0, weights.head().getFirst().bias, 0, outputs.length);
    return weights.toNetwork();
  }

  private static Dataset targets(float... targets) {
    return Dataset.builder(1, 1).series("s", new float[targets.length], targets).build();
  }

  @Test
  void errorsAreThoseOfTheNetworkAndOfTwoForecastsWithoutLearning() {
    Evaluation found = Evaluation.of(saying(3), MSE, targets(0, 4), targets(1, 7));
    assertEquals(2, found.rows());
    assertEquals(3, found.meanAbsolute(Forecast.MODEL, 0)); // |3 − 1|, |3 − 7|
    assertEquals(Math.sqrt(10), found.rootMeanSquare(Forecast.MODEL, 0));
    assertEquals(3, found.meanAbsolute(Forecast.MEAN, 0)); // 2 from the training part
    assertEquals(3.5, found.meanAbsolute(Forecast.LAST_VALUE, 0)); // 2 at first, then 1
  }

  @Test
  void ofClassesTheErrorIsTheShareOfWrongOnes() {
    Evaluation found =
        Evaluation.of(saying(0, 2, 1), CLASSES, targets(2, 2, 0), targets(1, 1, 2, 1));
    assertEquals(0.25, found.meanAbsolute(Forecast.MODEL, 0));
    assertEquals(0.75, found.meanAbsolute(Forecast.MEAN, 0), "the most frequent class is 2");
  }

  private static String refusal(
      Network network, LossFunction loss, Dataset training, Dataset heldOut) {
    return assertThrows(
            IllegalArgumentException.class, () -> Evaluation.of(network, loss, training, heldOut))
        .getMessage();
  }

  @Test
  void aClassThatThereIsNotIsRefused() {
    Network two = saying(1, 0);
    for (float none : new float[] {7, 2, -1, 0.5f}) {
      String expected = "series s, row 1 has a target " + none + ", expected a class from 0 to 1";
      assertEquals(expected, refusal(two, CLASSES, targets(0, none), targets(0, 1)));
      assertEquals(expected, refusal(two, CLASSES, targets(0, 1), targets(0, none)));
    }
  }

  @Test
  void dataThatDoNotFitAreRefused() {
    Dataset wide = Dataset.builder(2, 1).series("w", new float[4], new float[2]).build();
    assertEquals(
        "held-out data have 2 inputs and 1 targets, the network with this loss has 1 and 1",
        refusal(saying(0), MSE, targets(1, 2), wide));
    assertEquals(
        "training data have 1 inputs and 1 targets, the network with this loss has 1 and 2",
        refusal(saying(0, 0), MSE, targets(1, 2), targets(1, 2)));
    assertEquals(
        "series s, row 0 has a target -2.0, expected a probability",
        refusal(saying(0), new LossFunction.BinaryCrossEntropy(), targets(-2, 0), targets(0, 1)));
  }

  @Test
  void aNetworkThatCannotBeSteppedIsRefused() {
    DirectionWeights weights =
        DirectionWeights.builder(new float[4], new float[4], new float[4]).build();
    RecurrentLayer layer =
        RecurrentLayer.builder(CellType.LSTM, 1, 1)
            .direction(Direction.REVERSE)
            .weights(weights)
            .build();
    Network network = Network.builder().layer(layer).build();
    assertEquals(
        "this network cannot be measured row by row: recurrent layer 0 reads from the last"
            + " timestep to the first, so it needs the whole sequence",
        refusal(network, MSE, targets(1, 2), targets(1, 2)));
  }

  @Test
  void aTargetThatThereIsNotIsRefused() {
    Evaluation found = Evaluation.of(saying(3), MSE, targets(0, 4), targets(1, 7));
    assertThrows(IndexOutOfBoundsException.class, () -> found.rootMeanSquare(Forecast.MODEL, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> found.meanAbsolute(Forecast.MEAN, -1));
  }
}
