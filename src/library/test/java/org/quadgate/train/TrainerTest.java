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
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.safetensors.SafetensorsFile.Tensor;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.network.Scaling;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.SplitMix;

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

  private static final Architecture ARCHITECTURE =
      Architecture.builder(1).lstm(5).linear(1).build();

  private static Trainer.Builder options(Dataset.Split data) {
    return Trainer.builder(ARCHITECTURE)
        .training(data.training())
        .validation(data.validation())
        .learningRate(0.02)
        .batch(4)
        .window(8)
        .epochs(3)
        .threads(1);
  }

  /** All arrays in one, to compare bits. */
  static float[] all(Network network) {
    WeightArrays weights = network.weightArrays();
    List<float[]> arrays = new ArrayList<>();
    for (WeightArrays.Recurrent layer : weights.layers()) {
      arrays.addAll(
          List.of(
              layer.input, layer.recurrent, layer.bias, layer.initialHidden, layer.initialCell));
    }
    for (WeightArrays.Linear layer : weights.head()) {
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
    float[] one = all(options(data).build().run().network());
    assertArrayEquals(one, all(options(data).build().run().network()));
    assertFalse(java.util.Arrays.equals(one, all(options(data).seed(2).build().run().network())));
  }

  /** The suite runs on every width and on the scalar kernels: each has to come to these bits. */
  @Test
  void theBitsAreTheseOnEveryWidth() throws IOException {
    Dataset.Split data = echo(3, 60);
    Trainer.Builder options =
        Trainer.builder(Architecture.builder(1).lstm(21).lstm(5).linear(1).build())
            .training(data.training())
            .validation(data.validation())
            .batch(4)
            .window(8)
            .epochs(3)
            .dropout(0.1)
            .recurrentDropout(0.1)
            .learnInitialState();
    var bits = new CRC32C();
    for (float value : all(options.build().run().network())) {
      bits.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, value));
    }
    assertEquals("1b74f0ba", Long.toHexString(bits.getValue()));
  }

  @Test
  void threadsChangeNoBit() throws IOException {
    Dataset.Split data = echo(3, 60);
    float[] one = all(options(data).build().run().network());
    assertArrayEquals(one, all(options(data).threads(3).build().run().network()));
  }

  /** Stops after step {@code at}, then goes on in a trainer of its own. */
  private TrainingResult stoppedAt(long at, Trainer.Builder first, Trainer.Builder second)
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
      assertArrayEquals(all(whole.network()), all(resumed.network()), "stopped at step " + at);
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
    assertFalse(java.util.Arrays.equals(all(whole.network()), all(resumed.network())));
  }

  @Test
  void aFinishedRunGoesOnWithMoreEpochs() throws IOException {
    Dataset.Split data = echo(2, 60);
    Path file = dir.resolve("done.safetensors");
    options(data).epochs(2).checkpoint(file).build().run();
    TrainingResult more = options(data).epochs(4).resume(file).build().run();
    TrainingResult whole = options(data).epochs(4).build().run();
    assertArrayEquals(all(whole.network()), all(more.network()));
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
    SafetensorsFile.write(model, Map.of(), List.of(Tensor.of("parameters", new float[1])));
    ModelFormatException none =
        assertThrows(ModelFormatException.class, () -> options(data).resume(model).build().run());
    assertTrue(none.getMessage().contains("expected a checkpoint"), none.getMessage());
  }

  /** A checkpoint whose numbers do not go together, and one with a state of another network. */
  @Test
  void aCheckpointThatContradictsItselfIsRefused() throws IOException {
    Dataset.Split data = echo(2, 60);
    Path file = dir.resolve("one.safetensors");
    options(data).epochs(2).checkpoint(file).build().run();
    Path bent = dir.resolve("bent.safetensors");
    Checkpoint best = Checkpoint.read(file);
    best.bestEpoch = 7;
    best.write(bent);
    String refused = damaged(data, bent);
    assertTrue(refused.contains("contradicts the losses"), refused);
    Checkpoint epoch = Checkpoint.read(file);
    epoch.epoch = -3;
    epoch.write(bent);
    refused = damaged(data, bent);
    assertTrue(refused.contains("is -3, expected 0 to"), refused);
    Checkpoint states = Checkpoint.read(file);
    states.carriedState = new float[7];
    states.write(bent);
    refused = damaged(data, bent);
    assertTrue(refused.contains("do not have the sizes"), refused);
  }

  private static String damaged(Dataset.Split data, Path file) {
    return assertThrows(
            ModelFormatException.class, () -> options(data).epochs(3).resume(file).build().run())
        .getMessage();
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
    Trainer.Builder wild =
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
    assertArrayEquals(all(upTo.network()), all(result.network()));
  }

  @Test
  void aLossThatIsNoNumberSaysWhereAndKeepsTheLastGoodModel() throws IOException {
    Dataset.Split data = echo(2, 100);
    Optimizer.Sgd plain = new Optimizer.Sgd(0, 0);
    Trainer.Builder wild =
        options(data).optimizer(plain).learningRate(1e30).clipping(new Clipping.None());
    DivergedException gone =
        assertThrows(DivergedException.class, () -> wild.epochs(50).build().run());
    assertTrue(gone.step() > 0);
    assertTrue(gone.getMessage().contains("at step " + gone.step()), gone.getMessage());
    assertTrue(gone.getMessage().contains("norm"), gone.getMessage());
    assertEquals(0, gone.bestEpoch(), "gone before an epoch was finished");
    WeightArrays start = Initializer.glorotOrthogonal().weights(ARCHITECTURE, 1);
    assertArrayEquals(
        start.layers().getFirst().input, gone.lastGood().weightArrays().layers().getFirst().input);
  }

  @Test
  void dataThatDoNotFitAreRefused() {
    Dataset.Split data = echo(2, 100);
    String window = refusal(() -> options(data).window(200).build());
    assertTrue(window.contains("fewer than the window of 200"), window);
    String inputs =
        refusal(
            () ->
                Trainer.builder(Architecture.builder(2).lstm(3).linear(1).build())
                    .training(data.training())
                    .build());
    assertTrue(inputs.contains("1 inputs") && inputs.contains("has 2"), inputs);
    String classes =
        refusal(
            () ->
                Trainer.builder(Architecture.builder(1).lstm(3).linear(4).build())
                    .training(data.training())
                    .loss(new LossFunction.SoftmaxCrossEntropy())
                    .build());
    assertTrue(classes.contains("expected a class from 0 to 3"), classes);
    assertTrue(refusal(() -> options(data).epochs(0)).contains("epochs is 0"));
  }

  @Test
  void goesOnWithGivenWeightsAndTheirScaling() throws IOException {
    Dataset.Split data = echo(2, 100);
    Network first = options(data).epochs(4).build().run().network();
    TrainingResult more =
        Trainer.builder(first)
            .training(data.training())
            .validation(data.validation())
            .learningRate(1e-9)
            .epochs(1)
            .build()
            .run();
    assertArrayEquals(first.inputScaling().mean(), more.network().inputScaling().mean());
    assertArrayEquals(all(first), all(more.network()), 1e-6f);
  }

  @Test
  void whatANetworkSaysBesideItsNumbersIsKept() throws IOException {
    Dataset.Split data = echo(2, 60);
    Network first =
        Initializer.glorotOrthogonal().network(ARCHITECTURE, 1).toBuilder()
            .rows(Rows.LAST)
            .window(24)
            .names(List.of("in"), List.of("out"))
            .build();
    Network more =
        Trainer.builder(first).training(data.training()).epochs(1).build().run().network();
    assertEquals(Rows.LAST, more.rows());
    assertEquals(24, more.window().orElseThrow());
    assertEquals(List.of("in"), more.inputNames());
    assertEquals(List.of("out"), more.outputNames());
  }

  @Test
  void aNetworkThatIsNotPlainIsRefused() {
    DirectionWeights weights =
        DirectionWeights.builder(new float[8], new float[16], new float[8])
            .peephole(new float[6])
            .build();
    RecurrentLayer layer = RecurrentLayer.builder(CellType.LSTM, 1, 2).weights(weights).build();
    Network network = Network.builder().layer(layer).build();
    String refused = refusal(() -> Trainer.builder(network));
    assertEquals("this network cannot be trained: recurrent layer 0 has peepholes", refused);
  }

  /** The trainer would take outputs as logits that the network scales when it is used. */
  @Test
  void logitsOfANetworkThatScalesItsOutputsAreRefused() {
    Network scaled =
        Initializer.glorotOrthogonal().network(ARCHITECTURE, 1).toBuilder()
            .outputScaling(new Scaling(new float[] {1}, new float[] {2}))
            .build();
    Dataset data = Dataset.builder(1, 1).series("a", new float[9], new float[9]).build();
    Trainer.Builder builder = Trainer.builder(scaled).training(data);
    assertTrue(
        refusal(() -> builder.loss(new LossFunction.BinaryCrossEntropy()).build())
            .contains("scales its outputs"));
    builder.loss(new LossFunction.Mse()).build();
  }

  /** Every setting that changes bits is changed once the trainer is there. */
  @Test
  void aBuilderChangesNoTrainerThatItHasBuilt() throws IOException {
    Dataset.Split data = echo(3, 60);
    float[] expected = all(options(data).build().run().network());
    Trainer.Builder builder = options(data);
    Trainer built = builder.build();
    Dataset.Split other = echo(2, 90);
    List<TrainingListener.Step> heard = new ArrayList<>();
    builder
        .training(other.training())
        .validation(other.validation())
        .loss(new LossFunction.Mae())
        .sumLossOverTime()
        .optimizer(Optimizer.sgd())
        .clipping(new Clipping.None())
        .learningRate(0.1)
        .schedule(new Schedule.Cosine(0))
        .initializer(Initializer.uniform(0.3))
        .epochs(1)
        .batch(2)
        .window(5)
        .patience(1)
        .seed(9)
        .threads(2)
        .dropout(0.4)
        .recurrentDropout(0.4)
        .learnInitialState()
        .listener(
            new TrainingListener() {
              @Override
              public void onStep(Step step) {
                heard.add(step);
              }
            })
        .checkpoint(dir.resolve("none.safetensors"))
        .resume(dir.resolve("none.safetensors"));
    assertArrayEquals(expected, all(built.run().network()));
    assertEquals(List.of(), heard);
    assertFalse(Files.exists(dir.resolve("none.safetensors")));
  }

  @Test
  void aTrainerRunsTwiceToTheSameBits() throws IOException {
    Trainer trainer = options(echo(3, 60)).build();
    assertArrayEquals(all(trainer.run().network()), all(trainer.run().network()));
  }

  /** A setting that is refused stays what it was. */
  @Test
  void settingsOutOfRangeAreRefusedAndChangeNothing() throws IOException {
    Dataset.Split data = echo(2, 60);
    Trainer.Builder builder = options(data);
    for (int threads : new int[] {-1, 0, 1025}) {
      assertTrue(refusal(() -> builder.threads(threads)).contains("threads is " + threads));
    }
    for (double p : new double[] {-0.1, 1, Double.NaN}) {
      assertTrue(refusal(() -> builder.dropout(p)).contains("dropout is " + p));
      assertTrue(refusal(() -> builder.recurrentDropout(p)).contains("dropout is " + p));
    }
    for (double rate : new double[] {-1, 0, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertTrue(refusal(() -> builder.learningRate(rate)).contains("learning rate is " + rate));
    }
    refusal(() -> builder.batch(0));
    refusal(() -> builder.window(-1));
    refusal(() -> builder.patience(-1));
    refusal(() -> builder.checkpointEvery(Double.NaN));
    refusal(() -> builder.embedding(0));
    refusal(() -> builder.embedding((1 << 24) + 1));
    assertArrayEquals(
        all(options(data).build().run().network()), all(builder.build().run().network()));
  }

  @Test
  void anEmbeddingTooLargeForAnArrayIsRefused() {
    Dataset tokens = Dataset.builder(1, 1).series("a", new float[9], new float[9]).build();
    Trainer.Builder builder =
        Trainer.builder(Architecture.builder(256).lstm(1).linear(1).build())
            .training(tokens)
            .embedding(1 << 24);
    assertTrue(refusal(builder::build).contains("16777216 vectors of 256 numbers"));
  }

  @Test
  void tokensThatAreNoneAreRefused() {
    for (float token : new float[] {-1, 3, 0.5f}) {
      float[] x = new float[6];
      x[4] = token;
      Dataset data = Dataset.builder(1, 1).series("a", x, new float[6]).build();
      Trainer.Builder builder =
          Trainer.builder(Architecture.builder(4).lstm(2).linear(3).build())
              .loss(new LossFunction.SoftmaxCrossEntropy())
              .training(data)
              .embedding(3);
      assertEquals(
          "series a, row 4 has a token " + token + ", expected an integer from 0 to 2",
          refusal(builder::build));
    }
  }

  @Test
  void vectorsOfAResultAreCopies() throws IOException {
    Dataset data = Dataset.builder(1, 1).series("a", new float[9], new float[9]).build();
    TrainingResult result =
        Trainer.builder(Architecture.builder(4).lstm(2).linear(3).build())
            .loss(new LossFunction.SoftmaxCrossEntropy())
            .training(data)
            .embedding(3)
            .epochs(1)
            .build()
            .run();
    float[] given = result.embedding();
    assertEquals(12, given.length);
    float first = given[0]++;
    assertEquals(first, result.embedding()[0]);
  }

  @Test
  void targetsThatTheLossDoesNotKnowAreRefused() {
    for (float target : new float[] {-1, 2, 0.5f}) {
      float[] targets = new float[6];
      targets[3] = target;
      Dataset data = Dataset.builder(1, 1).series("a", new float[6], targets).build();
      Trainer.Builder builder =
          Trainer.builder(Architecture.builder(1).lstm(2).linear(2).build())
              .loss(new LossFunction.SoftmaxCrossEntropy())
              .training(data);
      assertEquals(
          "series a, row 3 has a target " + target + ", expected a class from 0 to 1",
          refusal(builder::build));
    }
    Dataset data = Dataset.builder(1, 1).series("a", new float[2], new float[] {0, 2}).build();
    Trainer.Builder builder =
        Trainer.builder(ARCHITECTURE).loss(new LossFunction.BinaryCrossEntropy()).training(data);
    assertEquals(
        "series a, row 1 has a target 2.0, expected a probability", refusal(builder::build));
  }

  @Test
  void aBatchOfAnySizeIsABatchOfAllSeries() throws IOException {
    Dataset.Split data = echo(3, 60);
    float[] all = all(options(data).window(0).batch(3).build().run().network());
    assertArrayEquals(
        all, all(options(data).window(0).batch(Integer.MAX_VALUE).build().run().network()));
  }

  /** An update may spoil a parameter of which no loss has told yet. */
  @Test
  void aStoppedRunDoesNotGiveParametersThatAreNoNumbers() {
    Trainer[] trainer = new Trainer[1];
    trainer[0] =
        options(echo(2, 60))
            .optimizer(Optimizer.sgd())
            .learningRate(1e300)
            .checkpoint(dir.resolve("spoilt.safetensors"))
            .listener(
                new TrainingListener() {
                  @Override
                  public void onStep(Step step) {
                    trainer[0].stop();
                  }
                })
            .build();
    DivergedException gone = assertThrows(DivergedException.class, trainer[0]::run);
    assertEquals(1, gone.step());
    assertFalse(Files.exists(dir.resolve("spoilt.safetensors")));
  }
}
