// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.quadgate.GateTrace;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.bench.GenderSentences.Sentence;
import org.quadgate.chart.LineChart;
import org.quadgate.chart.Page;
import org.quadgate.chart.Scale;
import org.quadgate.network.Architecture;
import org.quadgate.text.Vocabulary;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;
import org.quadgate.train.Optimizer;
import org.quadgate.train.Schedule;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainingResult;

/**
 * Learns to say the next word of {@link GenderSentences}, and looks where the network keeps the
 * gender: how often the pronoun is right against its distance from the subject, which unit's cell
 * state tells the genders apart best on the way, and what is left of the accuracy once that unit is
 * held at zero.
 */
public final class LanguageExample {
  private static final int TRAINING = 4000;
  private static final int HELD_OUT = 2000;
  private static final int MOST_PHRASES = 4; // in training
  private static final int MOST_PHRASES_ASKED = 12;
  private static final int UNITS = 24;
  private static final int VECTOR = 16;
  private static final int[] BINS = {1, 6, 11, 16, 21, 31, 41, Integer.MAX_VALUE};

  private final Vocabulary vocabulary;
  private final Model model;
  private final float[] vectors; // [vocabulary][VECTOR]
  private final int his;
  private final int her;
  private int carrier; // the unit found by report

  private LanguageExample(Vocabulary vocabulary, TrainingResult result) {
    this.vocabulary = vocabulary;
    model = Model.of(result.network());
    vectors = result.embedding();
    his = vocabulary.number(GenderSentences.HIS);
    her = vocabulary.number(GenderSentences.HER);
  }

  /**
   * Trains, asks and prints.
   *
   * @param args the command that is to be shown
   */
  public static void main(String[] args) throws IOException {
    System.out.print(ReportHeader.of(String.join(" ", args)));
    List<Sentence> training = sentences(1, TRAINING, MOST_PHRASES, Set.of());
    Set<String> seen = new HashSet<>();
    training.forEach(sentence -> seen.add(sentence.text()));
    List<Sentence> heldOut = sentences(2, HELD_OUT, MOST_PHRASES_ASKED, seen);
    LanguageExample example = train(training);
    example.report(heldOut);
    Path page = Path.of("target", "bench", "language.html");
    Files.createDirectories(page.getParent());
    Files.writeString(page, example.page());
    System.out.println("\nThe unit over two sentences: " + page);
  }

  /** Sentences that are not among {@code seen}. */
  private static List<Sentence> sentences(long seed, int count, int phrases, Set<String> seen) {
    GenderSentences source = new GenderSentences(seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<Sentence> sentences = new ArrayList<>();
    while (sentences.size() < count) {
      Sentence sentence = source.next(random.nextInt(phrases + 1));
      if (!seen.contains(sentence.text())) {
        sentences.add(sentence);
      }
    }
    return sentences;
  }

  private static LanguageExample train(List<Sentence> training) throws IOException {
    Vocabulary.Counter counter = new Vocabulary.Counter();
    training.forEach(sentence -> sentence.words().forEach(counter::add));
    Vocabulary vocabulary = counter.vocabulary(Vocabulary.MAX_SIZE);
    Dataset.Builder data = Dataset.builder(1, 1).horizon(1);
    for (int i = 0; i < training.size(); i++) {
      float[] tokens = numbers(vocabulary, training.get(i));
      data.series("sentence " + i, tokens, tokens);
    }
    TrainingResult result =
        Trainer.builder(Architecture.builder(VECTOR).lstm(UNITS).linear(vocabulary.size()).build())
            .embedding(vocabulary.size())
            .training(data.build())
            .loss(new LossFunction.SoftmaxCrossEntropy())
            .optimizer(Optimizer.adam())
            .learningRate(0.01)
            .schedule(new Schedule.Cosine(0))
            .batch(32)
            .epochs(20)
            .build()
            .run();
    return new LanguageExample(vocabulary, result);
  }

  private static float[] numbers(Vocabulary vocabulary, Sentence sentence) {
    float[] tokens = new float[sentence.words().size()];
    for (int t = 0; t < tokens.length; t++) {
      tokens[t] = vocabulary.number(sentence.words().get(t));
    }
    return tokens;
  }

  /** What the network makes of a sentence up to the word before the pronoun. */
  @SuppressWarnings("ArrayRecordComponent") // readings are not compared
  private record Reading(boolean right, float[][] cells) {}

  /**
   * Reads a sentence.
   *
   * @param held a unit whose cell state is put back to 0 after each word, or -1
   */
  private Reading read(Sentence sentence, int held) {
    StreamState state = model.newState();
    float[] saved = new float[state.size()]; // ends with c
    float[] logits = new float[vocabulary.size()];
    float[][] cells = new float[sentence.pronoun()][]; // [word][unit]
    for (int t = 0; t < sentence.pronoun(); t++) {
      int token = vocabulary.number(sentence.words().get(t));
      model.step(state, vectors, token * VECTOR, logits, 0);
      cells[t] = state.cell(0);
      if (held >= 0) {
        state.save(saved, 0);
        saved[saved.length - UNITS + held] = 0;
        state.restore(saved, 0);
      }
    }
    return new Reading(logits[her] > logits[his] == sentence.female(), cells);
  }

  private void report(List<Sentence> heldOut) {
    int unit = carrier(heldOut);
    carrier = unit;
    int[] asked = new int[BINS.length - 1];
    int[] right = new int[BINS.length - 1];
    int[] rightWithout = new int[BINS.length - 1];
    for (Sentence sentence : heldOut) {
      int bin = bin(sentence.distance());
      asked[bin]++;
      right[bin] += read(sentence, -1).right() ? 1 : 0;
      rightWithout[bin] += read(sentence, unit).right() ? 1 : 0;
    }
    System.out.println(
        "| words from subject to pronoun | sentences | pronoun right | with unit "
            + unit
            + " held at 0 |");
    System.out.println("|---|---|---|---|");
    for (int bin = 0; bin < asked.length; bin++) {
      String range =
          BINS[bin + 1] == Integer.MAX_VALUE
              ? BINS[bin] + " and more"
              : BINS[bin] + " to " + (BINS[bin + 1] - 1);
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %.1f %% | %.1f %% |%n",
          range,
          asked[bin],
          100.0 * right[bin] / asked[bin],
          100.0 * rightWithout[bin] / asked[bin]);
    }
  }

  /** Two sentences that differ in their subject alone. */
  private static List<String> sentence(String subject) {
    return List.of(
        ("the " + subject + " who lived near the old river with a small dog from the market kept")
            .split(" ", -1));
  }

  /** The carrier's forget gate and cell state, word by word. */
  private String page() {
    Page page = new Page("Where a network keeps the gender of a sentence's subject");
    page.words(
        "The network says the next word. It was never told what gender is; yet after the last word"
            + " shown here it has to say \"his\" or \"her\", which only the second word decides.");
    String[] ticks = sentence("(noun)").toArray(String[]::new);
    double[] places = new double[ticks.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = i;
    }
    LineChart cells = new LineChart("word", "cell state of unit " + carrier);
    LineChart gates = new LineChart("word", "forget gate of unit " + carrier);
    for (String subject : List.of("king", "queen")) {
      GateTrace trace = model.newTrace(places.length);
      StreamState state = model.newState();
      float[] x = new float[VECTOR];
      float[] logits = new float[vocabulary.size()];
      for (String word : sentence(subject)) {
        System.arraycopy(vectors, vocabulary.number(word) * VECTOR, x, 0, VECTOR);
        model.step(state, x, logits, trace);
      }
      double[] c = new double[places.length];
      double[] f = new double[places.length];
      for (int t = 0; t < c.length; t++) {
        c[t] = trace.value(t, 0, Quantity.CELL, carrier);
        f[t] = trace.value(t, 0, Quantity.FORGET_GATE, carrier);
      }
      cells.line(subject, places, c);
      gates.line(subject, places, f);
      page.note(
          String.format(
              Locale.ROOT,
              "After \"%s\": \"his\" has the logit %.2f, \"her\" %.2f.",
              String.join(" ", sentence(subject)),
              logits[his],
              logits[her]));
    }
    Scale across = Scale.whole(0, places.length - 1L);
    page.chart(cells.x(across).ticks(places, ticks).svg());
    page.chart(gates.x(across).y(Scale.linear(0, 1)).ticks(places, ticks).svg());
    page.command("./scripts/bench language");
    return page.html();
  }

  private static int bin(int distance) {
    int bin = 0;
    while (distance >= BINS[bin + 1]) {
      bin++;
    }
    return bin;
  }

  /**
   * The unit whose cell state tells the genders apart best between subject and pronoun: the largest
   * distance of the two means in standard deviations.
   */
  private int carrier(List<Sentence> sentences) {
    double[][] sum = new double[2][UNITS];
    double[][] squares = new double[2][UNITS];
    long[] count = new long[2];
    for (Sentence sentence : sentences) {
      int gender = sentence.female() ? 1 : 0;
      float[][] cells = read(sentence, -1).cells();
      for (int t = sentence.subject() + 1; t < cells.length; t++) {
        count[gender]++;
        for (int u = 0; u < UNITS; u++) {
          sum[gender][u] += cells[t][u];
          squares[gender][u] += (double) cells[t][u] * cells[t][u];
        }
      }
    }
    double[] apart = new double[UNITS];
    int best = 0;
    for (int u = 0; u < UNITS; u++) {
      double m0 = sum[0][u] / count[0];
      double m1 = sum[1][u] / count[1];
      double v0 = squares[0][u] / count[0] - m0 * m0;
      double v1 = squares[1][u] / count[1] - m1 * m1;
      apart[u] = Math.abs(m1 - m0) / Math.sqrt((v0 + v1) / 2);
      best = apart[u] > apart[best] ? u : best;
    }
    return best;
  }
}
