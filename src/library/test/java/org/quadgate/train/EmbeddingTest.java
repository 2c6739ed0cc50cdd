// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/** The embedding beside the same network fed with the vectors themselves. */
class EmbeddingTest {
  private static final int VOCABULARY = 11;
  private static final int SIZE = 6;

  private final LossFunction loss = new LossFunction.SoftmaxCrossEntropy();
  private final LossFormula formula = new LossFormula(loss);
  private final Architecture architecture =
      Architecture.builder(SIZE).lstm(9).linear(VOCABULARY).build();
  private final WeightArrays weights = RandomTraining.weights(architecture, 1);
  private final float[] vectors = RandomWeights.inputs(VOCABULARY * SIZE, 2);
  private final Minibatch vectorBatch = RandomTraining.batch(architecture, loss, 5, 7, 3);
  private final Minibatch tokenBatch = tokens();

  /** Tokens at random, some of them often and one never; the vectors go to the other batch. */
  private Minibatch tokens() {
    Minibatch batch = new Minibatch();
    batch.reshape(5, 7, 1, 1);
    Random random = new Random(4);
    for (int row = 0; row < 35; row++) {
      int token = (int) (random.nextDouble() * random.nextDouble() * (VOCABULARY - 1));
      batch.x[row] = token;
      batch.target[row] = vectorBatch.target[row];
      batch.weight[row] = vectorBatch.weight[row];
      System.arraycopy(vectors, token * SIZE, vectorBatch.x, row * SIZE, SIZE);
    }
    return batch;
  }

  @Test
  void tokensGiveTheBitsOfTheirVectors() {
    try (TrainingNetwork fed = new TrainingNetwork(weights, PassOptions.PLAIN);
        TrainingNetwork embedded = new TrainingNetwork(weights, vectors, PassOptions.PLAIN)) {
      assertEquals(
          fed.lossAndGradient(vectorBatch, formula, 35, 0),
          embedded.lossAndGradient(tokenBatch, formula, 35, 0));
      assertEquals(fed.loss(vectorBatch, formula, 35), embedded.loss(tokenBatch, formula, 35));
      float[] expected = fed.gradient();
      float[] found = embedded.gradient();
      int from = found.length - expected.length;
      assertArrayEquals(expected, Arrays.copyOfRange(found, from, found.length));
      assertArrayEquals(vectors, embedded.embedding(embedded.parameters()));
      int[] decayed = embedded.decayed();
      assertEquals(VOCABULARY * SIZE, decayed[0], "the embedding does not decay");
    }
  }

  @Test
  void gradientOfTheVectors() {
    double[] inputs = new DoubleNetwork(weights).inputGradient(vectorBatch, loss, 35);
    double[] expected = new double[VOCABULARY * SIZE];
    for (int row = 0; row < 35; row++) {
      for (int k = 0; k < SIZE; k++) {
        expected[((int) tokenBatch.x[row]) * SIZE + k] += inputs[row * SIZE + k];
      }
    }
    for (int threads = 1; threads <= 3; threads++) {
      PassOptions options = new PassOptions(0, 0, false, 0, threads);
      try (TrainingNetwork network = new TrainingNetwork(weights, vectors, options)) {
        for (int i = 0; i < 2; i++) {
          network.lossAndGradient(tokenBatch, formula, 35, i);
          double difference = 0;
          double length = 0;
          for (int j = 0; j < expected.length; j++) {
            double d = network.gradient()[j] - expected[j];
            difference += d * d;
            length += expected[j] * expected[j];
          }
          double error = Math.sqrt(difference / length);
          assertTrue(error <= 1e-6, "off by " + error);
        }
        for (int k = 0; k < SIZE; k++) {
          assertEquals(0, network.gradient()[(VOCABULARY - 1) * SIZE + k], "never seen");
        }
      }
    }
  }

  @Test
  void unknownTokensAreRefused() {
    try (TrainingNetwork network = new TrainingNetwork(weights, vectors, PassOptions.PLAIN)) {
      for (float token : new float[] {-1, VOCABULARY, 0.5f, Float.NaN}) {
        tokenBatch.x[34] = token;
        assertThrows(
            IllegalArgumentException.class, () -> network.loss(tokenBatch, formula, 1), "" + token);
      }
      assertThrows(IllegalArgumentException.class, () -> network.loadEmbedding(new float[3]));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new TrainingNetwork(weights, new float[SIZE + 1], PassOptions.PLAIN));
  }
}
