// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a text is cut up and numbered. */
@Tag("once")
class VocabularyTest {
  private static List<String> cut(Tokens tokens, String text) throws IOException {
    List<String> found = new ArrayList<>();
    tokens.each(new StringReader(text), found::add);
    return found;
  }

  @Test
  void charactersAreCodePointsAndLineEnds() throws IOException {
    assertEquals(
        List.of("a", " ", "\uD83D\uDE00", "\n", "\n", "b", "\n"),
        cut(Tokens.CHARS, "a \uD83D\uDE00\r\n\nb"));
    assertEquals(List.of(), cut(Tokens.CHARS, ""));
  }

  @Test
  void wordsAreWhatWhitespaceSeparates() throws IOException {
    assertEquals(
        List.of("no", "it", "was", "<eos>", "<eos>", "n't", "<eos>"),
        cut(Tokens.WORDS, " no  it\twas \n\n n't"));
  }

  @Test
  void theMostFrequentAreNumberedFirst() {
    var counter = new Vocabulary.Counter();
    for (String token : "b a c b <unk> <unk> <unk> a d b".split(" ", -1)) {
      counter.add(token);
    }
    assertEquals(4, counter.size());
    Vocabulary vocabulary = counter.vocabulary(4);
    assertEquals(List.of("<unk>", "b", "a", "c"), vocabulary.tokens());
    assertEquals(2, vocabulary.number("a"));
    assertEquals(0, vocabulary.number("d"), "too rare");
    assertEquals(5, counter.vocabulary(100).size());
  }

  @Test
  void refusesWhatIsNoVocabulary() {
    refused("expected 2 to", List.of("<unk>"));
    refused("expected <unk>", List.of("a", "b"));
    refused("token 1 is empty", List.of("<unk>", ""));
    refused("tokens 1 and 2 are both \"a\"", List.of("<unk>", "a", "a"));
    var counter = new Vocabulary.Counter();
    assertThrows(IllegalArgumentException.class, () -> counter.vocabulary(10));
    counter.add("a");
    assertThrows(IllegalArgumentException.class, () -> counter.vocabulary(1));
  }

  private static void refused(String message, List<String> tokens) {
    var e = assertThrows(IllegalArgumentException.class, () -> new Vocabulary(tokens));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void numbersGrowAndCountTheUnknown() {
    Vocabulary vocabulary = new Vocabulary(List.of("<unk>", "a", "b"));
    var numbers = new LanguageModel.Numbers(vocabulary);
    for (int i = 0; i < 3000; i++) {
      numbers.add(i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c");
    }
    int[] all = numbers.toArray();
    assertEquals(3000, all.length);
    assertArrayEquals(new int[] {1, 2, 0, 1}, java.util.Arrays.copyOf(all, 4));
  }
}
