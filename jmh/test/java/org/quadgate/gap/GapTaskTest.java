// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.gap.GapTask.Sequence;
import org.quadgate.gap.GapTask.Verdict;
import org.quadgate.network.CellType;

/**
 * The problems are what they claim to be, their criteria tell right from wrong, LSTM solves them.
 */
@Tag("once")
class GapTaskTest {
  private final SplittableRandom random = new SplittableRandom(3);

  @Test
  void theAddingProblemAddsTheMarkedNumbers() {
    AddingProblem task = new AddingProblem(100);
    Set<Integer> lengths = new HashSet<>();
    for (int i = 0; i < 3000; i++) {
      Sequence sequence = task.next(random);
      int steps = sequence.target().length;
      lengths.add(steps);
      double sum = 0;
      int marked = 0;
      for (int t = 0; t < steps; t++) {
        float number = sequence.x()[2 * t];
        float marker = sequence.x()[2 * t + 1];
        assertTrue(number >= -1 && number < 1);
        if (t == 0 || t == steps - 1) {
          assertEquals(-1, marker);
        } else if (marker != 0) {
          assertEquals(1, marker);
          assertTrue(t < 49, "marked at " + t);
          marked++;
          sum += number;
        }
      }
      assertTrue(marked == 2 || marked == 1, marked + " marked");
      assertEquals(0.5 + sum / 4, sequence.target()[steps - 1], 1e-6);
    }
    assertEquals(11, lengths.size());
  }

  @Test
  void theOrderOfTwoSymbolsIsTheClass() {
    TemporalOrder task = new TemporalOrder(100);
    int[] classes = new int[4];
    for (int i = 0; i < 2000; i++) {
      Sequence sequence = task.next(random);
      int steps = sequence.target().length;
      StringBuilder text = new StringBuilder();
      for (int t = 0; t < steps; t++) {
        int symbol = Symbols.likeliest(sequence.x(), t * 8, 8);
        text.append("EBabcdXY".charAt(symbol));
      }
      assertTrue(text.toString().matches("B[abcd]{9,18}[XY][abcd]{30,49}[XY][abcd]+E"), text + "");
      String two = text.toString().replaceAll("[^XY]", "");
      int label = List.of("XX", "XY", "YX", "YY").indexOf(two);
      assertEquals(label, (int) sequence.target()[steps - 1]);
      classes[label]++;
    }
    for (int count : classes) {
      assertEquals(500, count, 100);
    }
  }

  @Test
  void copiesComeAfterTheMarker() {
    CopyTask task = new CopyTask(3, 8, 20);
    for (int i = 0; i < 100; i++) {
      Sequence sequence = task.next(random);
      assertEquals(26, sequence.target().length);
      for (int t = 0; t < 26; t++) {
        int in = Symbols.likeliest(sequence.x(), t * 10, 10);
        int out = (int) sequence.target()[t];
        assertEquals(t < 3, in < 8);
        assertEquals(t == 22, in == 9, "the marker");
        assertEquals(t < 23 ? 8 : Symbols.likeliest(sequence.x(), (t - 23) * 10, 10), out);
      }
    }
  }

  /** The grammar once more, as an expression worked out by hand from its drawing. */
  private static final Pattern REBER;

  static {
    String fromThird = "(XT*VP)*(S|XT*VV)";
    String inner = "B(TS*X" + fromThird + "|PT*V(V|P" + fromThird + "))E";
    REBER = Pattern.compile("B(T" + inner + "T|P" + inner + "P)E");
  }

  @Test
  void stringsAreOfTheGrammarAndLegalSymbolsAreThoseThatCanFollow() {
    Set<String> strings = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      String string = EmbeddedReber.string(random);
      assertTrue(REBER.matcher(string).matches(), string);
      strings.add(string);
    }
    // what was seen to follow a prefix has to be what may
    for (String string : List.copyOf(strings).subList(0, 200)) {
      int[] legal = EmbeddedReber.legal(string);
      for (int t = 0; t < Math.min(6, legal.length); t++) {
        String prefix = string.substring(0, t + 1);
        int seen = 0;
        for (String other : strings) {
          if (other.startsWith(prefix)) {
            seen |= 1 << EmbeddedReber.SYMBOLS.indexOf(other.charAt(t + 1));
          }
        }
        assertEquals(seen, legal[t], prefix);
      }
      int last = legal.length - 2;
      assertEquals(1 << EmbeddedReber.SYMBOLS.indexOf(string.charAt(1)), legal[last], string);
    }
    assertThrows(IllegalArgumentException.class, () -> EmbeddedReber.legal("BTBTXXE"));
  }

  /** Logits that say the targets, but for a last answer that is wrong in one sequence. */
  private static List<float[]> answers(GapTask task, List<Sequence> sequences, boolean wrong) {
    List<float[]> answers = new ArrayList<>();
    for (Sequence sequence : sequences) {
      int steps = sequence.target().length;
      float[] y = new float[steps * task.outputs()];
      for (int t = 0; t < steps; t++) {
        if (task.outputs() == 1) {
          y[t] = sequence.target()[t];
        } else {
          y[t * task.outputs() + (int) sequence.target()[t]] = 9;
        }
      }
      answers.add(y);
    }
    if (wrong) {
      float[] y = answers.get(5);
      int last = y.length - task.outputs();
      float[] target = sequences.get(5).target();
      int other = ((int) target[target.length - 1] + 1) % task.outputs();
      y[last + other] += task.outputs() == 1 ? 0.05f : 18;
    }
    return answers;
  }

  static Stream<GapTask> judged() {
    return Stream.of(new AddingProblem(50), new TemporalOrder(50), new CopyTask(3, 5, 10));
  }

  @ParameterizedTest
  @MethodSource("judged")
  void oneWrongAnswerIsNotSolved(GapTask task) {
    List<Sequence> sequences = Stream.generate(() -> task.next(random)).limit(200).toList();
    assertEquals(new Verdict(true, 0), task.judge(sequences, answers(task, sequences, false)));
    assertEquals(
        new Verdict(false, 1 / 200.0), task.judge(sequences, answers(task, sequences, true)));
  }

  @Test
  void theGrammarsCriterionWantsEveryLegalSymbolAboveEveryOther() {
    EmbeddedReber task = new EmbeddedReber();
    List<Sequence> sequences = Stream.generate(() -> task.next(random)).limit(50).toList();
    List<float[]> answers = new ArrayList<>();
    for (Sequence sequence : sequences) {
      StringBuilder text = new StringBuilder("B");
      for (float symbol : sequence.target()) {
        text.append(EmbeddedReber.SYMBOLS.charAt((int) symbol));
      }
      int[] legal = EmbeddedReber.legal(text.toString());
      float[] y = new float[legal.length * 7];
      for (int i = 0; i < y.length; i++) {
        y[i] = legal[i / 7] >> i % 7 & 1;
      }
      answers.add(y);
    }
    assertEquals(new Verdict(true, 0), task.judge(sequences, answers));
    float[] y = answers.get(7);
    int first = (y.length / 7 - 2) * 7; // the T or P at the end
    float t = y[first + 1];
    y[first + 1] = y[first + 2];
    y[first + 2] = t;
    assertFalse(task.judge(sequences, answers).solved());
  }

  static Stream<GapRun> shortForms() {
    return Stream.of(
        new GapRun(new AddingProblem(40), 16, 2000, 60, 0.00003, 40),
        new GapRun(new TemporalOrder(60), 16, 2000, 20, 0.002, 60),
        new GapRun(new CopyTask(2, 4, 20), 32, 2000, 30, 0.0005, 20),
        new GapRun(new EmbeddedReber(), 16, 2000, 60, 0, 20));
  }

  @ParameterizedTest
  @MethodSource("shortForms")
  void lstmSolvesTheShortForm(GapRun run) {
    GapRun.Outcome outcome = run.run(CellType.LSTM, 0.01, 1, 500);
    assertTrue(outcome.verdict().solved(), run.task().name() + ": " + outcome);
  }

  @Test
  void theVanillaRnnDoesNotAddOverTheSameGap() {
    GapRun run = new GapRun(new AddingProblem(40), 16, 2000, 15, 0.00003, 40);
    GapRun.Outcome outcome = run.run(CellType.RNN, 0.01, 1, 500);
    assertTrue(outcome.verdict().wrong() > 0.3, outcome.toString());
  }
}
