// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.console.Shell;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Network;
import org.quadgate.train.DivergedException;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainingResult;
import picocli.CommandLine.Option;

/**
 * One run of a trainer and the files it leaves: Ctrl-C ends it with a checkpoint, and a run that
 * diverged leaves the last good model.
 */
final class TrainingRun {
  private static final long SAVING_SECONDS = 60;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "Where the state of the run is kept. Default: beside the model, until the run is done.")
  private Path checkpoint;

  @Option(
      names = "--resume",
      paramLabel = "CHECKPOINT",
      description = "Go on from there, to the same bits; the other options as before.")
  private Path resume;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL",
      description = "The model file, in .safetensors.")
  private Path out;

  private long begun;

  /** Writes what was learned. */
  @FunctionalInterface
  interface Saver {
    void save(Network network, float[] embedding, Path out) throws IOException;
  }

  /** Names the files. A run goes on in the checkpoint that it is resumed from. */
  void name(CommandFiles files) {
    if (!out.toString().endsWith(".safetensors")) {
      throw new BadInputException(out + ": expected a file name in .safetensors");
    }
    files
        .reads("--resume", resume)
        .writes("--out", out)
        .replaces(
            "--resume", checkpoint == null ? "the checkpoint" : "--checkpoint", checkpointFile());
  }

  /** The model file. */
  Path out() {
    return out;
  }

  /** Hands over the places of checkpoints. */
  void applyTo(Trainer.Builder options) {
    options.checkpoint(checkpointFile());
    if (resume != null) {
      options.resume(resume);
    }
  }

  private Path checkpointFile() {
    String name = out.getFileName().toString().replaceFirst("(?i)\\.safetensors$", "");
    return checkpoint != null ? checkpoint : out.resolveSibling(name + ".checkpoint.safetensors");
  }

  /** Seconds since the run began. */
  double seconds() {
    return (System.nanoTime() - begun) / 1e9;
  }

  /**
   * Trains and saves.
   *
   * @param data what errors name
   * @return the result, or null if the run was stopped before its end
   */
  TrainingResult run(Trainer trainer, Path data, Saver saver, Console console) {
    begun = System.nanoTime();
    TrainingResult result = runToTheEnd(trainer, data, saver, console);
    new Progress(console.err()).done();
    if (result.ending() == TrainingResult.Ending.STOPPED) {
      return null;
    }
    save(saver, result.network(), result.embedding());
    return result;
  }

  /** Runs with a hook in place, so that Ctrl-C ends it after the present step. */
  private TrainingResult runToTheEnd(Trainer trainer, Path data, Saver saver, Console console) {
    CountDownLatch saved = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              trainer.stop();
              try {
                if (!saved.await(SAVING_SECONDS, TimeUnit.SECONDS)) {
                  console.err().println(checkpointFile() + ": not finished in time");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "quadgate-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      TrainingResult result = trainer.run();
      if (result.ending() == TrainingResult.Ending.STOPPED) {
        PrintStream err = console.err();
        new Progress(err).done();
        err.printf(
            Locale.ROOT,
            "stopped after step %d; the same command with --resume %s goes on%n",
            result.steps(),
            Shell.word(checkpointFile()));
        err.flush();
      }
      return result;
    } catch (DivergedException e) {
      throw diverged(e, data, saver);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.writing(checkpointFile(), e);
    } finally {
      saved.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the JVM is on its way down, which is what the hook was for
      }
    }
  }

  private BadInputException diverged(DivergedException e, Path data, Saver saver) {
    if (e.bestEpoch() == 0) {
      return new BadInputException(data + ": " + e.getMessage(), e);
    }
    save(saver, e.lastGood(), e.lastGoodEmbedding());
    return new BadInputException(
        data + ": " + e.getMessage() + "; the model of epoch " + e.bestEpoch() + " is in " + out,
        e);
  }

  private void save(Saver saver, Network network, float[] embedding) {
    try {
      saver.save(network, embedding, out);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.writing(out, e);
    }
  }

  /** Deletes a checkpoint that nobody asked for, once all is said and done. */
  void finish() {
    if (checkpoint != null) {
      return;
    }
    try {
      Files.deleteIfExists(checkpointFile());
    } catch (IOException e) {
      throw BadInputException.writing(checkpointFile(), e);
    }
  }
}
