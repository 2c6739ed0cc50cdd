// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.console.Shell;
import org.quadgate.network.Architecture;
import org.quadgate.text.LanguageModel;
import org.quadgate.text.TokenFrequencies;
import org.quadgate.text.TokenPredictor;
import org.quadgate.text.Tokens;
import org.quadgate.text.Vocabulary;
import org.quadgate.train.TrainingResult;

/** What {@code train --text} says on standard output, before and after. */
final class TextReport {
  private final PrintStream out;
  private final PrintStream err;
  private final Tokens tokens;
  private final Vocabulary vocabulary;
  private final Text training;

  TextReport(Console console, Tokens tokens, Vocabulary vocabulary, Text training) {
    out = console.out();
    err = console.err();
    this.tokens = tokens;
    this.vocabulary = vocabulary;
    this.training = training;
  }

  void data(int different, Text heldOut, Text tested) {
    text("training", training);
    out.printf(
        Locale.ROOT,
        "vocabulary  %,d of the %,d different %s of the training part, and %s%n",
        vocabulary.size() - 1,
        different,
        unit(),
        Vocabulary.UNKNOWN);
    if (heldOut == null) {
      out.println("held out    nothing");
    } else {
      text("held out", heldOut);
    }
    if (tested != null) {
      text("test", tested);
    }
  }

  private void text(String what, Text text) {
    out.printf(
        Locale.ROOT,
        "%-12s%,d %s of %s, %.2f %% not in the vocabulary%n",
        what,
        text.numbers().length,
        unit(),
        text.file(),
        100 * text.unknown());
  }

  private String unit() {
    return tokens == Tokens.CHARS ? "characters" : "words";
  }

  void network(Architecture architecture) {
    long vectors = (long) vocabulary.size() * architecture.inputSize();
    out.printf(
        Locale.ROOT,
        "network     a vector of %d for each token, %s; %,d parameters%n",
        architecture.inputSize(),
        architecture.describe(),
        architecture.parameterCount() + vectors);
    out.flush();
  }

  /**
   * Perplexities of texts read in one go, as the model will be used; beside them what the training
   * text's frequencies alone would get.
   */
  void perplexities(TrainingResult result, Text heldOut, Text tested) {
    if (heldOut == null && tested == null) {
      return;
    }
    var frequencies = new TokenFrequencies(training.numbers(), vocabulary.size());
    var learned = new LanguageModel(tokens, vocabulary, result.embedding(), result.network());
    try (TokenPredictor model = new TokenPredictor(learned)) {
      out.printf("%nperplexity  model          frequencies alone%n");
      if (heldOut != null) {
        perplexity("held out", model, frequencies, heldOut);
      }
      if (tested != null) {
        perplexity("test", model, frequencies, tested);
      }
    }
  }

  private void perplexity(
      String what, TokenPredictor model, TokenFrequencies frequencies, Text text) {
    var progress = new ReadingProgress(new Progress(err), what, text.numbers().length - 1L);
    double perplexity = model.perplexity(text.numbers(), progress);
    progress.done();
    out.printf(
        Locale.ROOT,
        "%-12s%-15.2f%.2f%n",
        what,
        perplexity,
        frequencies.perplexity(text.numbers()));
    out.flush();
  }

  void next(Path model) {
    out.printf("%nThe model is in %s; it goes on with a text by%n", model);
    out.printf("  scripts/quadgate sample --model %s%n", Shell.word(model));
    out.flush();
  }
}
