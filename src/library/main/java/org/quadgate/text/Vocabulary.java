// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.network.Architecture;

/** The tokens that a model knows, numbered from 0. Number 0 is every other token. */
public final class Vocabulary {
  /** The token that stands for those that are not in the vocabulary; its number is 0. */
  public static final String UNKNOWN = "<unk>";

  /** A line's end where tokens are words. */
  public static final String END_OF_LINE = "<eos>";

  /** Tokens at most, {@link #UNKNOWN} included: each is an output of the network. */
  public static final int MAX_SIZE = Architecture.MAX_SIZE;

  private final List<String> tokens;
  private final Map<String, Integer> numbers = new HashMap<>();

  /**
   * A vocabulary of tokens in the order of their numbers.
   *
   * @throws IllegalArgumentException if the first is not {@link #UNKNOWN}, one is empty or there
   *     twice, or there are none beside it or over {@link #MAX_SIZE}
   */
  public Vocabulary(List<String> tokens) {
    this.tokens = List.copyOf(tokens);
    if (tokens.size() < 2 || tokens.size() > MAX_SIZE) {
      throw new IllegalArgumentException(
          "a vocabulary of " + tokens.size() + " tokens, expected 2 to " + MAX_SIZE);
    }
    if (!tokens.getFirst().equals(UNKNOWN)) {
      throw new IllegalArgumentException(
          "the first token is \"" + tokens.getFirst() + "\", expected " + UNKNOWN);
    }
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).isEmpty()) {
        throw new IllegalArgumentException("token " + i + " is empty");
      }
      Integer before = numbers.put(tokens.get(i), i);
      if (before != null) {
        throw new IllegalArgumentException(
            "tokens " + before + " and " + i + " are both \"" + tokens.get(i) + "\"");
      }
    }
  }

  /** Counts tokens, to number the most frequent. */
  public static final class Counter {
    private final Map<String, long[]> counts = new HashMap<>();

    /** An empty one. */
    public Counter() {}

    /** Counts one token. */
    public void add(String token) {
      counts.computeIfAbsent(token, _ -> new long[1])[0]++;
    }

    /** Different tokens so far, {@link #UNKNOWN} not among them. */
    public int size() {
      return counts.size() - (counts.containsKey(UNKNOWN) ? 1 : 0);
    }

    /**
     * The most frequent first, those that are equally frequent in the order of their code units.
     *
     * @param most how many at most, {@link #UNKNOWN} included
     * @throws IllegalArgumentException if {@code most} is not in 2 to {@link #MAX_SIZE}, or no
     *     token was counted
     */
    public Vocabulary vocabulary(int most) {
      if (most < 2 || most > MAX_SIZE) {
        throw new IllegalArgumentException(
            "a vocabulary of " + most + " tokens, expected 2 to " + MAX_SIZE);
      }
      List<Map.Entry<String, long[]>> ordered = new ArrayList<>(counts.entrySet());
      ordered.removeIf(entry -> entry.getKey().equals(UNKNOWN));
      ordered.sort(
          Comparator.comparingLong((Map.Entry<String, long[]> entry) -> -entry.getValue()[0])
              .thenComparing(Map.Entry::getKey));
      List<String> tokens = new ArrayList<>(List.of(UNKNOWN));
      ordered.stream().limit(most - 1L).forEach(entry -> tokens.add(entry.getKey()));
      return new Vocabulary(tokens);
    }
  }

  /** How many tokens, {@link #UNKNOWN} included. */
  public int size() {
    return tokens.size();
  }

  /** All tokens in the order of their numbers. */
  public List<String> tokens() {
    return tokens;
  }

  /** The token of a number. */
  public String token(int number) {
    return tokens.get(number);
  }

  /** The number of a token; 0 if it is not in the vocabulary. */
  public int number(String token) {
    return numbers.getOrDefault(token, 0);
  }
}
