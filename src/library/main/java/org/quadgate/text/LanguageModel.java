// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.quadgate.network.Network;

/**
 * Everything that a trained language model is. With V tokens in the vocabulary and vectors of size
 * E, the network has E inputs and V outputs. Immutable.
 *
 * @param tokens what a text is cut into
 * @param vocabulary their numbers
 * @param embedding a vector for each token; shape [V][E]; copied, and given as a copy
 * @param network a plain one, {@link Network#whyNotPlain}
 */
@SuppressWarnings("ArrayRecordComponent") // models are not compared
public record LanguageModel(
    Tokens tokens, Vocabulary vocabulary, float[] embedding, Network network) {
  /**
   * Checks the sizes against each other and copies the embedding.
   *
   * @throws IllegalArgumentException if they do not fit, a number is not finite, or the network is
   *     not a plain one
   */
  public LanguageModel {
    Objects.requireNonNull(tokens, "tokens");
    Optional<String> reason = network.whyNotPlain();
    if (reason.isPresent()) {
      throw new IllegalArgumentException("not a plain network: " + reason.get());
    }
    int inputs = network.inputSize();
    int outputs = network.outputSize();
    if (outputs != vocabulary.size()) {
      throw new IllegalArgumentException(
          "the network has "
              + outputs
              + " outputs, expected one for each of "
              + vocabulary.size()
              + " tokens");
    }
    if (embedding.length != (long) vocabulary.size() * inputs) {
      throw new IllegalArgumentException(
          "the embedding has %d numbers, expected %d tokens × %d inputs"
              .formatted(embedding.length, vocabulary.size(), inputs));
    }
    for (int i = 0; i < embedding.length; i++) {
      if (!Float.isFinite(embedding[i])) {
        throw new IllegalArgumentException(
            "embedding[" + i + "] is " + embedding[i] + ", expected a finite number");
      }
    }
    embedding = embedding.clone();
  }

  /** A copy; shape [V][E]. */
  @Override
  public float[] embedding() {
    return embedding.clone();
  }

  /** The token numbers of a whole text. */
  public int[] numbers(Reader text) throws IOException {
    var numbers = new Numbers(vocabulary);
    tokens.each(text, numbers::add);
    return numbers.toArray();
  }

  /** The token numbers of a text that may end within a line: its last line has no end. */
  public int[] prompt(String text) {
    var numbers = new Numbers(vocabulary);
    try {
      tokens.each(new StringReader(text), numbers::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int[] all = numbers.toArray();
    boolean ended = text.isEmpty() || text.endsWith("\n");
    return ended ? all : Arrays.copyOf(all, all.length - 1);
  }

  /** Token numbers, growing. */
  public static final class Numbers {
    private final Vocabulary vocabulary;
    private int[] numbers = new int[1024];
    private int count;
    private long unknown;

    /** An empty text. */
    public Numbers(Vocabulary vocabulary) {
      this.vocabulary = vocabulary;
    }

    /** Adds a token. */
    public void add(String token) {
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, Math.multiplyExact(2, count));
      }
      int number = vocabulary.number(token);
      unknown += number == 0 ? 1 : 0;
      numbers[count++] = number;
    }

    /** Tokens so far that are number 0. */
    public long unknown() {
      return unknown;
    }

    /** The tokens so far. */
    public int[] toArray() {
      return Arrays.copyOf(numbers, count);
    }
  }
}
