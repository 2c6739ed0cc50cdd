// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.refusal.BadInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** Trains a model on the rows of a CSV file, or a language model on a text. */
@Command(
    name = "train",
    description = {
      "Train a model on a CSV file (--data, --target) or a language model on a text (--text); the"
          + " last part of it is held out to measure with."
    })
public final class TrainCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec spec;
  @Mixin private final CsvTraining csv = new CsvTraining();
  @Mixin private final TextTraining text = new TextTraining();
  @Mixin private final TrainingSettings settings = new TrainingSettings();
  @Mixin private final TrainingRun run = new TrainingRun();

  /** Talks on these streams. */
  public TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (csv.isAsked() == text.isAsked()) {
      throw new BadInputException(
          "train: expected either --data CSV or --text FILE, found "
              + (csv.isAsked() ? "both" : "neither"));
    }
    refuse(csv.isAsked() ? optionsOf(new TextTraining()) : optionsOf(new CsvTraining()));
    settings.check();
    CommandFiles files = new CommandFiles();
    csv.name(files);
    text.name(files);
    run.name(files);
    files.check();
    if (csv.isAsked()) {
      csv.train(settings, run, console);
    } else {
      text.train(settings, run, console);
    }
    return 0;
  }

  /** Refuses options of the other kind of training rather than to ignore them. */
  private void refuse(Set<String> others) {
    var given = spec.commandLine().getParseResult();
    for (OptionSpec option : given.matchedOptions()) {
      if (others.contains(option.longestName())) {
        throw new BadInputException(
            option.longestName() + ": does not go with " + (csv.isAsked() ? "--data" : "--text"));
      }
    }
  }

  private static Set<String> optionsOf(Object mixin) {
    return CommandSpec.forAnnotatedObject(mixin).options().stream()
        .map(OptionSpec::longestName)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
