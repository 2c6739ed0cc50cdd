// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.text.LanguageModel;
import org.quadgate.text.Tokens;
import org.quadgate.text.Vocabulary;
import org.quadgate.train.Dataset;

/**
 * A text, or a part of one, as token numbers.
 *
 * @param file where it came from
 * @param numbers one a token
 */
@SuppressWarnings("ArrayRecordComponent") // texts are not compared
record Text(Path file, int[] numbers) {
  /**
   * The text that a vocabulary was made from.
   *
   * @param vocabulary the most frequent tokens of the training part
   * @param different tokens of the training part
   * @param training the first part
   * @param heldOut the last part, which begins with the training part's last token; or null
   */
  record Source(Vocabulary vocabulary, int different, Text training, Text heldOut) {}

  /** Reads the text to learn from; its last part, of so much of all tokens, is held out. */
  static Source source(Path file, Tokens tokens, int mostTokens, double fraction) {
    long[] total = {0};
    read(file, tokens, _ -> total[0]++);
    long cut = total[0] - Math.round(total[0] * fraction);
    long[] at = {0};
    var counter = new Vocabulary.Counter();
    read(
        file,
        tokens,
        token -> {
          if (at[0]++ < cut) {
            counter.add(token);
          }
        });
    if (cut < 2 || counter.size() == 0) {
      throw new BadInputException(
          file + ": expected two tokens or more to learn from, found " + cut);
    }
    Vocabulary vocabulary = counter.vocabulary(mostTokens);
    Text all = of(file, tokens, vocabulary);
    return cut == total[0]
        ? new Source(vocabulary, counter.size(), all, null)
        : new Source(
            vocabulary,
            counter.size(),
            all.part(0, (int) cut),
            all.part((int) cut - 1, all.numbers.length));
  }

  private Text part(int from, int to) {
    return new Text(file, Arrays.copyOfRange(numbers, from, to));
  }

  /** Reads a text with a vocabulary that is there. */
  static Text of(Path file, Tokens tokens, Vocabulary vocabulary) {
    var numbers = new LanguageModel.Numbers(vocabulary);
    read(file, tokens, numbers::add);
    int[] all = numbers.toArray();
    if (all.length < 2) {
      throw new BadInputException(
          file + ": expected a text of two tokens or more, found " + all.length);
    }
    return new Text(file, all);
  }

  private static void read(Path file, Tokens tokens, Consumer<String> to) {
    if (Files.isDirectory(file)) {
      throw new BadInputException(file + ": is a folder, expected a text");
    }
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      tokens.each(reader, to);
    } catch (IOException e) {
      throw BadInputException.reading(file.toString(), e);
    } catch (UncheckedIOException e) {
      throw BadInputException.reading(file.toString(), e.getCause());
    }
  }

  /** How much of it is not in the vocabulary, from 0 to 1. */
  double unknown() {
    return (double) Arrays.stream(numbers).filter(number -> number == 0).count() / numbers.length;
  }

  /** Each token with the one after it as its target. */
  Dataset dataset() {
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers[i]; // below 2^24, so exact
    }
    return Dataset.builder(1, 1).horizon(1).series(file.toString(), values, values).build();
  }
}
