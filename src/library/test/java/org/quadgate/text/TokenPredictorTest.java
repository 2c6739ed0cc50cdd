// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;

/** Probabilities and draws of a model with random weights. */
@Tag("once")
class TokenPredictorTest {
  private static final int SIZE = 5;
  private final LanguageModel model = model();
  private final TokenPredictor predictor = new TokenPredictor(model);

  static LanguageModel model() {
    Vocabulary vocabulary = new Vocabulary(List.of("<unk>", "<eos>", "a", "b", "c", "d"));
    Network network =
        RandomWeights.of(Architecture.builder(SIZE).lstm(7).linear(6).build(), 3).toNetwork();
    return new LanguageModel(Tokens.WORDS, vocabulary, RandomWeights.inputs(6 * SIZE, 4), network);
  }

  /** The logits after a token, by the network itself. */
  private float[] logits(int... tokens) {
    Model network = Model.of(model.network());
    StreamState state = network.newState();
    float[] y = new float[6];
    for (int token : tokens) {
      float[] x = Arrays.copyOfRange(model.embedding(), token * SIZE, (token + 1) * SIZE);
      network.step(state, x, y);
    }
    return y;
  }

  @Test
  void probabilitiesAreTheSoftmaxOfTheLogits() {
    predictor.read(1);
    predictor.read(4);
    float[] logits = logits(1, 4);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double total = 0;
    for (int v = 0; v < 6; v++) {
      double p = Math.exp(predictor.logProbability(v));
      assertEquals(Math.exp(logits[v]) / sum, p, 1e-12);
      total += p;
    }
    assertEquals(1, total, 1e-12);
  }

  @Test
  void perplexityIsOfAllTokensButTheFirst() {
    int[] text = {1, 3, 2, 5, 1};
    double sum = 0;
    for (int t = 0; t + 1 < text.length; t++) {
      predictor.read(text[t]);
      sum += predictor.logProbability(text[t + 1]);
    }
    predictor.read(2); // another text is begun from the start all the same
    int[] calls = {0};
    assertEquals(Math.exp(-sum / 4), predictor.perplexity(text, () -> calls[0]++), 1e-12);
    assertEquals(4, calls[0]);
    assertThrows(
        IllegalArgumentException.class, () -> predictor.perplexity(new int[] {1}, () -> {}));
  }

  @Test
  void drawsAsOftenAsLikelyAndNeverTheUnknown() {
    predictor.read(2);
    double known = 1 - Math.exp(predictor.logProbability(0));
    int[] drawn = new int[6];
    var random = new SplittableRandom(5);
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      drawn[predictor.draw(random, 1, 0)]++;
    }
    assertEquals(0, drawn[0]);
    for (int v = 1; v < 6; v++) {
      double p = Math.exp(predictor.logProbability(v)) / known;
      assertEquals(p, (double) drawn[v] / draws, 4 * Math.sqrt(p * (1 - p) / draws), "token " + v);
    }
  }

  @Test
  void temperatureZeroTakesTheLikeliestAndTopLeavesTheOthersOut() {
    predictor.read(2);
    float[] logits = logits(2);
    int best = 1;
    int second = 0;
    for (int v = 2; v < 6; v++) {
      best = logits[v] > logits[best] ? v : best;
    }
    for (int v = 1; v < 6; v++) {
      second = v != best && (second == 0 || logits[v] > logits[second]) ? v : second;
    }
    var random = new SplittableRandom(6);
    boolean[] seen = new boolean[6];
    for (int i = 0; i < 500; i++) {
      assertEquals(best, predictor.draw(random, 0, 0));
      assertEquals(best, predictor.draw(random, 1, 1));
      int drawn = predictor.draw(random, 5, 2);
      assertTrue(drawn == best || drawn == second, "token " + drawn);
      seen[drawn] = true;
    }
    assertTrue(seen[best] && seen[second]);
    assertThrows(IllegalArgumentException.class, () -> predictor.draw(random, -1, 0));
    assertThrows(IllegalArgumentException.class, () -> predictor.draw(random, Double.NaN, 0));
    assertThrows(IllegalArgumentException.class, () -> predictor.draw(random, 1, -1));
  }

  @Test
  void frequenciesAreCountedWithOneAdded() {
    var frequencies = new TokenFrequencies(new int[] {1, 2, 2, 2}, 4);
    double expected = Math.exp(-(Math.log(4.0 / 8) + Math.log(1.0 / 8)) / 2);
    assertEquals(expected, frequencies.perplexity(new int[] {0, 2, 3}), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> frequencies.perplexity(new int[] {0}));
  }
}
