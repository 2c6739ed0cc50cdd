// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.ModelFormatException;

/** Whole runs: they learn, they repeat to the bit, and stopping them changes nothing. */
class TrainerTest {
  @TempDir private Path dir;

  /** Noise whose running sum, decaying, is the target: no forecast without a memory. */
  private static Dataset.Split echo(int series, int rows) {
    Dataset.Builder data = Dataset.builder(1, 1);
    SplitMix random = SplitMix.of(5, 5);
    for (int s = 0; s < series; s++) {
      float[] x = new float[rows + 7 * s];
      float[] y = new float[x.length];
      float sum = 0;
      for (int t = 0; t < x.length; t++) {
        x[t] = (float) (10 + 3 * random.nextGaussian());
        sum = 0.7f * sum + x[t];
        y[t] = sum;
      }
      data.series("s" + s, x, y);
    }
    return data.build().split(0.25, 8);
  }

  private static TrainerOptions options(Dataset.Split data) {
    return Trainer.builder(LstmConfig.builder(1).lstm(5).linear(1).build())
        .training(data.training())
        .validation(data.validation())
        .learningRate(0.02)
        .batch(4)
        .window(8)
        .epochs(3)
        .threads(1);
  }

  /** All arrays in one, to compare bits. */
  static float[] all(LstmWeights weights) {
    List<float[]> arrays = new ArrayList<>();
    for (LstmWeights.Recurrent layer : weights.layers()) {
      arrays.addAll(
          List.of(
              layer.input, layer.recurrent, layer.bias, layer.initialHidden, layer.initialCell));
    }
    for (LstmWeights.Linear layer : weights.head()) {
      arrays.addAll(List.of(layer.weight, layer.bias));
    }
    arrays.addAll(
        List.of(weights.inputMean, weights.inputStd, weights.outputMean, weights.outputStd));
    float[] all = new float[arrays.stream().mapToInt(a -> a.length).sum()];
    int at = 0;
    for (float[] array : arrays) {
      System.arraycopy(array, 0, all, at, array.length);
      at += array.length;
    }
    return all;
  }

  @Test
  void learnsWhatNeedsAMemory() throws IOException {
    Dataset.Split data = echo(2, 400);
    TrainingResult result = options(data).epochs(25).build().run();
    double first = result.epochs().getFirst().validationLoss();
    double best = result.epochs().get(result.bestEpoch() - 1).validationLoss();
    assertEquals(TrainingResult.Ending.EPOCHS_DONE, result.ending());
    assertTrue(best < 0.1, "validation loss " + first + " → " + best + ", the mean has about 1");
    assertTrue(best < first / 3, first + " → " + best);
  }

  @Test
  void theSameSeedGivesTheSameBitsAndAnotherSeedOthers() throws IOException {
    Dataset.Split data = echo(3, 60);
    float[] one = all(options(data).build().run().weights());
    assertArrayEquals(one, all(options(data).build().run().weights()));
    assertFalse(java.util.Arrays.equals(one, all(options(data).seed(2).build().run().weights())));
  }

  /** The suite runs on every width and on the scalar kernels: each has to come to these bits. */
  @Test
  void theBitsAreTheseOnEveryWidth() throws IOException {
    Dataset.Split data = echo(3, 60);
    TrainerOptions options =
        Trainer.builder(LstmConfig.builder(1).lstm(21).lstm(5).linear(1).build())
            .training(data.training())
            .validation(data.validation())
            .batch(4)
            .window(8)
            .epochs(3)
            .dropout(0.1)
            .recurrentDropout(0.1)
            .learnInitialState();
    var bits = new CRC32C();
    for (float value : all(options.build().run().weights())) {
      bits.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, value));
    }
    assertEquals("1b74f0ba", Long.toHexString(bits.getValue()));
  }

  @Test
  void threadsChangeNoBit() throws IOException {
    Dataset.Split data = echo(3, 60);
    float[] one = all(options(data).build().run().weights());
    assertArrayEquals(one, all(options(data).threads(3).build().run().weights()));
  }

  /** Stops after step {@code at}, then goes on in a trainer of its own. */
  private TrainingResult stoppedAt(long at, TrainerOptions first, TrainerOptions second)
      throws IOException {
    Path file = dir.resolve("at" + at + ".safetensors");
    Trainer[] trainer = new Trainer[1];
    trainer[0] =
        first
            .checkpoint(file)
            .listener(
                new TrainingListener() {
                  @Override
                  public void onStep(Step step) {
                    if (step.step() == at) {
                      trainer[0].stop();
                    }
                  }
                })
            .build();
    TrainingResult part = trainer[0].run();
    assertEquals(TrainingResult.Ending.STOPPED, part.ending());
    assertEquals(at, part.steps());
    return second.resume(file).build().run();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "adam", "rmsprop"})
  void resumingGivesTheBitsOfARunThatWasNeverStopped(String optimizer) throws IOException {
    Dataset.Split data = echo(3, 60);
    Optimizer steps =
        switch (optimizer) {
          case "sgd" -> Optimizer.sgd(0.9);
          case "adam" -> Optimizer.adamW();
          default -> Optimizer.rmsProp();
        };
    TrainingResult whole = options(data).optimizer(steps).build().run();
    int perEpoch = (int) (whole.steps() / 3);
    assertTrue(perEpoch > 5, "windows in an epoch: " + perEpoch);
    // the first step, within a group whose state is carried on, at an epoch's end, and late
    for (long at : new long[] {1, 3, perEpoch, perEpoch + 4, whole.steps() - 1}) {
      TrainingResult resumed =
          stoppedAt(at, options(data).optimizer(steps), options(data).optimizer(steps));
      assertArrayEquals(all(whole.weights()), all(resumed.weights()), "stopped at step " + at);
      assertEquals(whole.epochs(), resumed.epochs());
      assertEquals(whole.steps(), resumed.steps());
      assertEquals(whole.bestEpoch(), resumed.bestEpoch());
    }
  }

  @Test
  void droppingTheCarriedStateWouldBeNoticed() throws IOException {
    Dataset.Split data = echo(3, 60);
    TrainingResult whole = options(data).build().run();
    Path file = dir.resolve("cut.safetensors");
    Trainer[] trainer = new Trainer[1];
    trainer[0] =
        options(data)
            .checkpoint(file)
            .listener(
                new TrainingListener() {
                  @Override
                  public void onStep(Step step) {
                    if (step.step() == 1) {
                      trainer[0].stop();
                    }
                  }
                })
            .build();
    trainer[0].run();
    Checkpoint checkpoint = Checkpoint.read(file);
    assertTrue(checkpoint.carriedState.length > 0);
    java.util.Arrays.fill(checkpoint.carriedState, 0);
    checkpoint.write(file);
    TrainingResult resumed = options(data).resume(file).build().run();
    assertFalse(java.util.Arrays.equals(all(whole.weights()), all(resumed.weights())));
  }

  @Test
  void aFinishedRunGoesOnWithMoreEpochs() throws IOException {
    Dataset.Split data = echo(2, 60);
    Path file = dir.resolve("done.safetensors");
    options(data).epochs(2).checkpoint(file).build().run();
    TrainingResult more = options(data).epochs(4).resume(file).build().run();
    TrainingResult whole = options(data).epochs(4).build().run();
    assertArrayEquals(all(whole.weights()), all(more.weights()));
    assertEquals(4, more.epochs().size());
  }

  @Test
  void aCheckpointOfAnotherRunIsRefused() throws IOException {
    Dataset.Split data = echo(2, 60);
    Path file = dir.resolve("one.safetensors");
    options(data).epochs(1).checkpoint(file).build().run();
    String batch = refusal(() -> options(data).batch(5).resume(file).build().run());
    assertTrue(batch.contains("batch: 4") && batch.contains("batch: 5"), batch);
    String other = refusal(() -> options(echo(2, 61)).resume(file).build().run());
    assertTrue(other.contains("its training data are not these"), other);
    Path model = dir.resolve("model.safetensors");
    org.quadgate.io.ModelFiles.write(options(data).epochs(1).build().run().weights(), model);
    ModelFormatException none =
        assertThrows(ModelFormatException.class, () -> options(data).resume(model).build().run());
    assertTrue(none.getMessage().contains("expected a checkpoint"), none.getMessage());
  }

  private interface Run {
    void run() throws IOException;
  }

  private static String refusal(Run run) {
    return assertThrows(IllegalArgumentException.class, run::run).getMessage();
  }

  @Test
  void aDamagedCheckpointIsRefusedAndAFailedOneLeavesTheOldFile() throws IOException {
    Dataset.Split data = echo(2, 60);
    Path file = dir.resolve("one.safetensors");
    options(data).epochs(1).checkpoint(file).build().run();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 3] ^= 1;
    Path bent = Files.write(dir.resolve("bent.safetensors"), bytes);
    assertThrows(ModelFormatException.class, () -> options(data).resume(bent).build().run());
    Path nowhere = dir.resolve("away").resolve("c.safetensors");
    assertThrows(IOException.class, () -> options(data).checkpoint(nowhere).build().run());
    try (var files = Files.list(dir)) {
      assertEquals(2, files.count(), "nothing half-written stays behind");
    }
  }

  @Test
  void theBestEpochIsKeptAndPatienceEndsTheRun() throws IOException {
    Dataset.Split data = echo(2, 100);
    // a rate so high that learning breaks down after a while
    TrainerOptions wild =
        options(data).learningRate(0.6).clipping(new Clipping.None()).epochs(60).patience(4);
    TrainingResult result = wild.build().run();
    assertEquals(TrainingResult.Ending.OUT_OF_PATIENCE, result.ending());
    assertEquals(result.bestEpoch() + 4, result.epochs().size());
    double best = result.epochs().get(result.bestEpoch() - 1).validationLoss();
    for (TrainingListener.Epoch epoch : result.epochs()) {
      assertTrue(best <= epoch.validationLoss());
    }
    TrainingResult upTo =
        options(data)
            .learningRate(0.6)
            .clipping(new Clipping.None())
            .epochs(result.bestEpoch())
            .build()
            .run();
    assertArrayEquals(all(upTo.weights()), all(result.weights()));
  }

  @Test
  void aLossThatIsNoNumberSaysWhereAndKeepsTheLastGoodModel() throws IOException {
    Dataset.Split data = echo(2, 100);
    Optimizer.Sgd plain = new Optimizer.Sgd(0, 0);
    TrainerOptions wild =
        options(data).optimizer(plain).learningRate(1e30).clipping(new Clipping.None());
    DivergedException gone =
        assertThrows(DivergedException.class, () -> wild.epochs(50).build().run());
    assertTrue(gone.step() > 0);
    assertTrue(gone.getMessage().contains("at step " + gone.step()), gone.getMessage());
    assertTrue(gone.getMessage().contains("norm"), gone.getMessage());
    gone.lastGood().validate();
  }

  @Test
  void dataThatDoNotFitAreRefused() {
    Dataset.Split data = echo(2, 100);
    String window = refusal(() -> options(data).window(200).build());
    assertTrue(window.contains("fewer than the window of 200"), window);
    String inputs =
        refusal(
            () ->
                Trainer.builder(LstmConfig.builder(2).lstm(3).linear(1).build())
                    .training(data.training())
                    .build());
    assertTrue(inputs.contains("1 inputs") && inputs.contains("has 2"), inputs);
    String classes =
        refusal(
            () ->
                Trainer.builder(LstmConfig.builder(1).lstm(3).linear(4).build())
                    .training(data.training())
                    .loss(new LossFunction.SoftmaxCrossEntropy())
                    .build());
    assertTrue(classes.contains("expected a class from 0 to 3"), classes);
    assertTrue(refusal(() -> options(data).epochs(0)).contains("epochs is 0"));
  }

  @Test
  void goesOnWithGivenWeightsAndTheirScaling() throws IOException {
    Dataset.Split data = echo(2, 100);
    LstmWeights first = options(data).epochs(4).build().run().weights();
    TrainingResult more =
        Trainer.builder(first)
            .training(data.training())
            .validation(data.validation())
            .learningRate(1e-9)
            .epochs(1)
            .build()
            .run();
    assertArrayEquals(first.inputMean, more.weights().inputMean);
    assertArrayEquals(all(first), all(more.weights()), 1e-6f);
  }
}
