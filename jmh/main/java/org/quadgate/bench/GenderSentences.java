// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sentences in which the subject's gender decides a pronoun many words later, and nothing between
 * the two says it again:
 *
 * <pre>
 *   the queen who lived near the old river with a small dog lost her key .
 * </pre>
 */
final class GenderSentences {
  /** A sentence and what is asked about it. */
  record Sentence(List<String> words, boolean female, int subject, int pronoun) {
    /** How many words the gender has to be kept for. */
    int distance() {
      return pronoun - subject;
    }

    String text() {
      return String.join(" ", words);
    }
  }

  static final String HIS = "his";
  static final String HER = "her";

  private static final String[] MALE = {"king", "boy", "father", "waiter", "prince", "uncle"};
  private static final String[] FEMALE = {
    "queen", "girl", "mother", "waitress", "princess", "aunt"
  };
  private static final String[] PLACES = {"river", "market", "station", "mountain", "harbour"};
  private static final String[] THINGS = {"hat", "dog", "book", "coat", "letter", "lamp"};
  private static final String[] QUALITIES = {"old", "small", "quiet", "red", "famous"};
  private static final String[] VERBS = {"lost", "found", "sold", "kept", "painted"};

  private final SplittableRandom random;

  GenderSentences(long seed) {
    random = new SplittableRandom(seed);
  }

  private String one(String[] of) {
    return of[random.nextInt(of.length)];
  }

  /** A sentence with so many phrases of three to six words between its subject and its verb. */
  Sentence next(int phrases) {
    boolean female = random.nextBoolean();
    List<String> words = new ArrayList<>();
    words.add("the");
    int subject = words.size();
    words.add(one(female ? FEMALE : MALE));
    for (int i = 0; i < phrases; i++) {
      phrase(words);
    }
    words.add(one(VERBS));
    int pronoun = words.size();
    words.add(female ? HER : HIS);
    words.add(one(THINGS));
    words.add(".");
    return new Sentence(List.copyOf(words), female, subject, pronoun);
  }

  /** Of which none says a gender: the same phrases follow every subject. */
  private void phrase(List<String> words) {
    switch (random.nextInt(4)) {
      case 0 -> words.addAll(List.of("who", "lived", "near", "the", one(QUALITIES), one(PLACES)));
      case 1 -> words.addAll(List.of("with", "a", one(QUALITIES), one(THINGS)));
      case 2 -> words.addAll(List.of("from", "the", one(PLACES)));
      default -> words.addAll(List.of("who", "carried", "the", one(QUALITIES), one(THINGS)));
    }
  }
}
