// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.nio.file.Path;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.cli.refusal.Limits;
import org.quadgate.io.LanguageModelFiles;
import org.quadgate.network.Architecture;
import org.quadgate.text.LanguageModel;
import org.quadgate.text.Tokens;
import org.quadgate.text.Vocabulary;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainingResult;
import picocli.CommandLine.Option;

/** Training of a language model: each row is a token, its target the token after it. */
final class TextTraining {
  private static final int DEFAULT_HIDDEN = 128;
  private static final int DEFAULT_EPOCHS = 20;
  private static final int DEFAULT_WINDOW = 32;
  private static final int DEFAULT_VOCABULARY = 10_000;
  private static final double DEFAULT_VALIDATION = 0.1;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "A text, to train a language model on.")
  private Path file;

  @Option(
      names = "--tokens",
      paramLabel = "WHAT",
      defaultValue = "chars",
      description = "What it forecasts: chars (default), or words, as whitespace separates them.")
  private Kind kind;

  @Option(
      names = "--valid",
      paramLabel = "FILE",
      description = "A text to hold out, in the place of the last part of the first.")
  private Path valid;

  @Option(
      names = "--test",
      paramLabel = "FILE",
      description = "Another text, measured once at the end.")
  private Path test;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description = "Different tokens, at most: the most frequent (default 10000).")
  private Integer most;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      description = "The size of a token's vector. Default: as --hidden.")
  private Integer embedding;

  /** What {@code --tokens} takes. */
  enum Kind {
    chars,
    words
  }

  /** Whether there is a text to train on. */
  boolean isAsked() {
    return file != null;
  }

  /** Names the files. */
  void name(CommandFiles files) {
    files.reads("--text", file).reads("--valid", valid).reads("--test", test);
  }

  void train(TrainingSettings settings, TrainingRun run, Console console) {
    if (embedding != null) {
      Limits.atLeast("--embedding", embedding, 1);
    }
    if (most != null) {
      Limits.atLeast("--vocabulary", most, 2);
    }
    double fraction = settings.validation(valid == null ? DEFAULT_VALIDATION : 0);
    if (valid != null && fraction > 0) {
      throw new BadInputException("--valid: expected without --validation, found both");
    }
    Tokens tokens = kind == Kind.chars ? Tokens.CHARS : Tokens.WORDS;
    try {
      Text.Source source =
          Text.source(file, tokens, most == null ? DEFAULT_VOCABULARY : most, fraction);
      Vocabulary vocabulary = source.vocabulary();
      Text heldOut = valid == null ? source.heldOut() : Text.of(valid, tokens, vocabulary);
      Text tested = test == null ? null : Text.of(test, tokens, vocabulary);
      Architecture architecture = architecture(settings, vocabulary);
      Trainer trainer = trainer(settings, run, console, architecture, source, heldOut);
      TextReport report = new TextReport(console, tokens, vocabulary, source.training());
      report.data(source.different(), heldOut, tested);
      report.network(architecture);
      TrainingResult result =
          run.run(
              trainer,
              file,
              (network, vectors, out) ->
                  LanguageModelFiles.write(
                      new LanguageModel(tokens, vocabulary, vectors, network), out),
              console);
      if (result != null) {
        TrainingReport.result(
            console.out(), result, settings.epochs(DEFAULT_EPOCHS), run.seconds());
        report.perplexities(result, heldOut, tested);
        report.next(run.out());
        run.finish();
      }
    } catch (IllegalArgumentException e) {
      throw new BadInputException(file + ": " + e.getMessage(), e);
    }
  }

  private Architecture architecture(TrainingSettings settings, Vocabulary vocabulary) {
    int size = embedding == null ? settings.hidden(DEFAULT_HIDDEN) : embedding;
    Architecture.Builder architecture = Architecture.builder(size);
    settings.addLayers(architecture, DEFAULT_HIDDEN);
    return architecture.linear(vocabulary.size()).build();
  }

  private static Trainer trainer(
      TrainingSettings settings,
      TrainingRun run,
      Console console,
      Architecture architecture,
      Text.Source source,
      Text heldOut) {
    Dataset training = source.training().dataset();
    int window = settings.window(DEFAULT_WINDOW);
    int epochs = settings.epochs(DEFAULT_EPOCHS);
    Trainer.Builder options =
        Trainer.builder(architecture)
            .embedding(source.vocabulary().size())
            .training(training)
            .loss(new LossFunction.SoftmaxCrossEntropy())
            .epochs(epochs)
            .batch(settings.batch(training, window))
            .window(window)
            .listener(TrainingProgress.ofPerplexity(new Progress(console.err()), epochs));
    settings.applyTo(options, heldOut != null);
    run.applyTo(options);
    if (heldOut != null) {
      options.validation(heldOut.dataset());
    }
    return options.build();
  }
}
