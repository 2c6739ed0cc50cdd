// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.safetensors.SafetensorsFile.Tensor;

/**
 * Everything a run continues from, to the bit. The file is safetensors, with a checksum, and
 * replaces an older one in one step.
 *
 * <table>
 *   <caption>Tensors, all F32 and flat</caption>
 *   <tr><th>Name</th><th>Meaning</th></tr>
 *   <tr><td>{@code parameters}</td><td>all parameters, in the engine's packed layout</td></tr>
 *   <tr><td>{@code moment.N}</td><td>the optimizer's moments, in the same layout</td></tr>
 *   <tr><td>{@code best_parameters}</td><td>those of the best epoch, if one is finished</td></tr>
 *   <tr><td>{@code carried_state}</td><td>the states that the last minibatch ended in</td></tr>
 * </table>
 *
 * <p>The metadata, each key after {@code quadgate.train.}: {@code version}; {@code settings}, a
 * line for each setting that the bits depend on; {@code epoch} (from 1) and {@code minibatch} (the
 * next one, from 0); {@code step}, {@code updates}; {@code loss_sum}, {@code weight_sum}; {@code
 * best_epoch}; {@code losses}, {@code validation_losses} of the finished epochs. Fractions are
 * hexadecimal, as {@link Double#toHexString} writes them. Random numbers need no state: those of an
 * epoch follow from the seed and its number.
 */
@SuppressWarnings("NullAway.Init") // whoever makes one sets its fields
final class Checkpoint {
  private static final String PREFIX = "quadgate.train.";
  private static final String VERSION = "1";

  String settings;
  int epoch;
  int minibatch;
  long step;
  long updates;
  double lossSum;
  double weightSum;
  int bestEpoch;
  List<Double> losses = new ArrayList<>();
  List<Double> validationLosses = new ArrayList<>();
  float[] parameters;
  float[][] moments;
  float @Nullable [] bestParameters; // null if no epoch is finished
  float[] carriedState;

  void write(Path file) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(PREFIX + "version", VERSION);
    metadata.put(PREFIX + "settings", settings);
    metadata.put(PREFIX + "epoch", String.valueOf(epoch));
    metadata.put(PREFIX + "minibatch", String.valueOf(minibatch));
    metadata.put(PREFIX + "step", String.valueOf(step));
    metadata.put(PREFIX + "updates", String.valueOf(updates));
    metadata.put(PREFIX + "loss_sum", Double.toHexString(lossSum));
    metadata.put(PREFIX + "weight_sum", Double.toHexString(weightSum));
    metadata.put(PREFIX + "best_epoch", String.valueOf(bestEpoch));
    metadata.put(PREFIX + "losses", join(losses));
    metadata.put(PREFIX + "validation_losses", join(validationLosses));
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(Tensor.of("parameters", parameters));
    for (int i = 0; i < moments.length; i++) {
      tensors.add(Tensor.of("moment." + i, moments[i]));
    }
    if (bestParameters != null) {
      tensors.add(Tensor.of("best_parameters", bestParameters));
    }
    if (carriedState.length > 0) {
      tensors.add(Tensor.of("carried_state", carriedState));
    }
    SafetensorsFile.write(file, metadata, tensors);
  }

  /**
   * Reads a file.
   *
   * @throws ModelFormatException if it is no checkpoint, or damaged
   */
  static Checkpoint read(Path file) throws IOException {
    Fields from = new Fields(SafetensorsFile.read(file));
    if (!from.text("version").equals(VERSION)) {
      throw from.broken("version", "is not " + VERSION, null);
    }
    Checkpoint read = new Checkpoint();
    read.settings = from.text("settings");
    read.epoch = from.count("epoch");
    read.minibatch = from.count("minibatch");
    read.step = from.number("step");
    read.updates = from.number("updates");
    read.lossSum = from.fraction("loss_sum");
    read.weightSum = from.fraction("weight_sum");
    read.bestEpoch = from.count("best_epoch");
    read.losses = from.fractions("losses");
    read.validationLosses = from.fractions("validation_losses");
    read.parameters = from.file.tensor("parameters").data();
    List<float[]> moments = new ArrayList<>();
    while (from.file.tensors().containsKey("moment." + moments.size())) {
      moments.add(from.file.tensor("moment." + moments.size()).data());
    }
    read.moments = moments.toArray(float[][]::new);
    read.bestParameters = from.optional("best_parameters");
    float @Nullable [] carried = from.optional("carried_state");
    read.carriedState = carried == null ? new float[0] : carried;
    from.check(read);
    return read;
  }

  private static String join(List<Double> numbers) {
    return String.join(" ", numbers.stream().map(Double::toHexString).toList());
  }

  private record Fields(SafetensorsFile file) {
    String text(String key) throws ModelFormatException {
      String value = file.metadata().get(PREFIX + key);
      if (value == null) {
        throw broken(key, "is not there; expected a checkpoint of a training run", null);
      }
      return value;
    }

    long number(String key) throws ModelFormatException {
      try {
        return Long.parseLong(text(key));
      } catch (NumberFormatException e) {
        throw broken(key, "is no whole number", e);
      }
    }

    int count(String key) throws ModelFormatException {
      long value = number(key);
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw broken(key, "is " + value + ", expected 0 to " + Integer.MAX_VALUE, null);
      }
      return (int) value;
    }

    double fraction(String key) throws ModelFormatException {
      try {
        return Double.parseDouble(text(key));
      } catch (NumberFormatException e) {
        throw broken(key, "is no number", e);
      }
    }

    List<Double> fractions(String key) throws ModelFormatException {
      List<Double> numbers = new ArrayList<>();
      try {
        for (String word : text(key).split(" ", -1)) {
          if (!word.isEmpty()) {
            numbers.add(Double.parseDouble(word));
          }
        }
      } catch (NumberFormatException e) {
        throw broken(key, "is no list of numbers", e);
      }
      return numbers;
    }

    float @Nullable [] optional(String tensor) throws ModelFormatException {
      return file.tensors().containsKey(tensor) ? file.tensor(tensor).data() : null;
    }

    /** Whether the counts go together: what follows indexes by them. */
    void check(Checkpoint read) throws ModelFormatException {
      int finished = read.losses.size();
      if (read.epoch != finished + 1L
          || read.validationLosses.size() != finished
          || read.bestEpoch > finished
          || (read.bestEpoch == 0) != (read.bestParameters == null)) {
        throw broken("epoch", "contradicts the losses or the best epoch", null);
      }
    }

    ModelFormatException broken(String key, String problem, @Nullable Exception cause) {
      String place = "metadata \"" + PREFIX + key + "\"";
      return cause == null
          ? new ModelFormatException(file.path(), place, problem)
          : new ModelFormatException(file.path(), place, problem, cause);
    }
  }
}
