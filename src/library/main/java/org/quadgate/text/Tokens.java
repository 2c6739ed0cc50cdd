// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.function.Consumer;

/** What a text is cut into. */
public enum Tokens {
  /** Unicode code points, line ends among them; {@code \r\n} is one {@code \n}. */
  CHARS,

  /**
   * What whitespace separates; the end of a line is the token {@value Vocabulary#END_OF_LINE}, as
   * in the Penn Treebank files that are used to compare language models.
   */
  WORDS;

  /**
   * Gives every token of a text in order.
   *
   * @throws IOException if reading fails
   */
  public void each(Reader text, Consumer<String> to) throws IOException {
    // BufferedReader knows every kind of line end
    var lines = new BufferedReader(text);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      line(line, to);
    }
  }

  /** A line's end as a token. */
  public String endOfLine() {
    return this == CHARS ? "\n" : Vocabulary.END_OF_LINE;
  }

  private void line(String line, Consumer<String> to) {
    if (this == CHARS) {
      line.codePoints().forEach(c -> to.accept(Character.toString(c)));
    } else {
      for (String word : line.split("\\s+", -1)) {
        if (!word.isEmpty()) {
          to.accept(word);
        }
      }
    }
    to.accept(endOfLine());
  }
}
