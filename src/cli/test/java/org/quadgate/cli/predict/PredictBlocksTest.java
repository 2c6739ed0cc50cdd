// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.network.WeightArrays;

/**
 * A file, read in blocks, is answered as a pipe is, row by row: the same bytes, the same errors.
 */
class PredictBlocksTest {
  private static final int ROWS = 1000;

  @TempDir private Path dir;
  private Path model;

  @BeforeEach
  void makeModel() throws IOException {
    WeightArrays weights = Networks.named();
    Arrays.fill(weights.layers().getFirst().input, 2f); // so that 3e38 is too large
    model = Networks.save(weights.toNetwork(), dir.resolve("model.safetensors"));
  }

  /** Rows of so many groups in random order, with one line, if any, replaced. */
  private static String csv(int groups, int badLine, String bad) {
    Random random = new Random(groups);
    StringBuilder text = new StringBuilder("key,a,b,c\n");
    for (int line = 2; line < ROWS + 2; line++) {
      text.append('g').append(random.nextInt(groups)).append(',');
      if (line == badLine) {
        text.append(bad).append('\n');
      } else {
        text.append(random.nextGaussian()).append(',').append(random.nextGaussian());
        text.append(',').append(random.nextGaussian()).append('\n');
      }
    }
    return text.toString();
  }

  private Cli[] bothWays(String text, Object... more) throws IOException {
    Path data = Files.writeString(dir.resolve("data.csv"), text);
    Object[] piped = new Object[more.length + 3];
    piped[0] = "predict";
    piped[1] = "--model";
    piped[2] = model;
    System.arraycopy(more, 0, piped, 3, more.length);
    Object[] filed = new Object[piped.length + 2];
    System.arraycopy(piped, 0, filed, 0, piped.length);
    filed[piped.length] = "--data";
    filed[piped.length + 1] = data;
    return new Cli[] {Cli.runOn(text, piped), Cli.run(filed)};
  }

  @Test
  void aFileIsAnsweredAsAPipeIs() throws IOException {
    for (int groups : new int[] {1, 3, 65, 700}) {
      Cli[] both = bothWays(csv(groups, 0, ""), "--group", "key");
      assertEquals(ROWS + 1, both[0].assertDone().lines().size());
      assertEquals(both[0].out(), both[1].assertDone().out(), groups + " groups");
    }
    Cli[] both = bothWays(csv(2, 0, ""), "--features", "a,b,c");
    assertEquals(both[0].assertDone().out(), both[1].assertDone().out(), "without groups");
  }

  @Test
  void theRowsBeforeABadOneAreAnswered() throws IOException {
    for (String bad : List.of("1,2", "1,two,3", "1,3e38,-3e38", "1,,3")) {
      for (int line : new int[] {2, 3, 100, 193, 194, 195, ROWS + 1}) {
        String text = csv(90, line, bad);
        for (Object[] options : new Object[][] {{"--group", "key"}, {"--features", "a,b,c"}}) {
          Cli[] both = bothWays(text, options);
          assertEquals(2, both[0].status());
          assertEquals(2, both[1].status());
          assertEquals(line - 1, both[1].lines().size(), both[1].err());
          assertEquals(both[0].out(), both[1].out());
          String place = "line " + line;
          assertTrue(both[1].err().contains(place), both[1].err());
          assertEquals(
              both[0].err().substring(both[0].err().indexOf(place)),
              both[1].err().substring(both[1].err().indexOf(place)));
        }
      }
    }
  }

  @Test
  void theFirstOfTwoBadRowsIsNamed() throws IOException {
    String[] lines = csv(90, 50, "1,3e38,-3e38").split("\n", -1);
    lines[60] = "g1,nonsense,0,0";
    for (Cli cli : bothWays(String.join("\n", lines), "--group", "key")) {
      cli.assertRefusedWith("line 50", "column \"b\"", "3e38");
      assertEquals(49, cli.lines().size());
    }
  }
}
