// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.sample;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.cli.refusal.Limits;
import org.quadgate.io.LanguageModelFiles;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.text.LanguageModel;
import org.quadgate.text.TokenPredictor;
import org.quadgate.text.Tokens;
import org.quadgate.text.Vocabulary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lets a language model go on with a text. */
@Command(name = "sample", description = "Let a language model go on with a text.")
public final class SampleCommand implements Callable<Integer> {
  private static final String SHOWN_FOR_CONTROLS = "\uFFFD";

  private final Console console;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A model that train --text made.")
  private Path file;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "How the text begins. Default: at the beginning of a line.")
  private String prompt;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "300",
      description = "Tokens to write (default 300).")
  private int length;

  @Option(
      names = "--temperature",
      paramLabel = "F",
      defaultValue = "0.8",
      description =
          "Below 1 the likely tokens are likelier still, 0 takes the likeliest (default 0.8).")
  private double temperature;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "0",
      description = "Draw from the K likeliest tokens only; 0: from all (default).")
  private int most;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed gives the same text (default 1).")
  private long seed;

  /** Talks on these streams. */
  public SampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Limits.atLeast("--length", length, 0);
    Limits.atLeast("--top", most, 0);
    if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new BadInputException("--temperature: expected 0 or above, found " + temperature);
    }
    LanguageModel model = read();
    try (TokenPredictor predictor = new TokenPredictor(model)) {
      write(model, predictor);
    }
    return 0;
  }

  private void write(LanguageModel model, TokenPredictor predictor) {
    // a text begins as a line does
    predictor.read(model.vocabulary().number(endOfLine(model)));
    PrintStream out = new PrintStream(console.dataOut(), false, StandardCharsets.UTF_8);
    boolean lineBegins = true;
    for (int token : model.prompt(prompt)) {
      predictor.read(token);
      lineBegins = write(model, token, lineBegins, out);
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < length; i++) {
      int token = predictor.draw(random, temperature, most);
      lineBegins = write(model, token, lineBegins, out);
      out.flush();
      predictor.read(token);
    }
    if (!lineBegins) {
      out.println();
    }
    out.flush();
  }

  private LanguageModel read() {
    try {
      return LanguageModelFiles.read(file);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.reading(file.toString(), e);
    }
  }

  private static String endOfLine(LanguageModel model) {
    return model.tokens() == Tokens.CHARS ? "\n" : Vocabulary.END_OF_LINE;
  }

  /** Writes a token, and says whether a line begins after it. */
  private static boolean write(
      LanguageModel model, int number, boolean lineBegins, PrintStream out) {
    String token = model.vocabulary().token(number);
    if (token.equals(endOfLine(model))) {
      out.print('\n');
      return true;
    }
    if (model.tokens() == Tokens.WORDS && !lineBegins) {
      out.print(' ');
    }
    // a model file is not trusted to steer a terminal
    out.print(token.replaceAll("[\\p{Cntrl}&&[^\t]]", SHOWN_FOR_CONTROLS));
    return false;
  }
}
