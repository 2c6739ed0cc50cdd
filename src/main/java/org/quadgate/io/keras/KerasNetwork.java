// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.ModelFormatException;

/**
 * Makes weights of a Keras model. Keras stores a kernel as [input][gates·H] with the gates i, f, c,
 * o, which are our i, f, g, o, and one bias; so a kernel is transposed and the rest stays.
 */
final class KerasNetwork {
  // what Keras puts under a variance of zero (keras.backend.epsilon)
  private static final double EPSILON = 1e-7;

  // said by every layer, or said for training alone
  private static final Set<String> NO_EFFECT =
      Set.of(
          "name",
          "trainable",
          "dtype",
          "batch_input_shape",
          "batch_shape",
          "units",
          "kernel_initializer",
          "recurrent_initializer",
          "bias_initializer",
          "unit_forget_bias",
          "kernel_regularizer",
          "recurrent_regularizer",
          "bias_regularizer",
          "activity_regularizer",
          "kernel_constraint",
          "recurrent_constraint",
          "bias_constraint",
          "dropout",
          "recurrent_dropout",
          "implementation",
          "stateful",
          "unroll",
          "seed",
          "rate",
          "noise_shape",
          "use_bias",
          "return_sequences",
          "input_shape",
          "input_dim",
          "input_length",
          "sparse",
          "ragged",
          "optional");

  private final Path file;
  private final KerasModel model;
  private final KerasVariables variables;
  private final List<KerasModel.Layer> recurrent = new ArrayList<>();
  private final List<KerasModel.Layer> head = new ArrayList<>();
  private KerasModel.Layer scaling;

  KerasNetwork(Path file, KerasModel model, KerasVariables variables) {
    this.file = file;
    this.model = model;
    this.variables = variables;
  }

  LstmWeights read() throws ModelFormatException {
    for (KerasModel.Layer layer : model.chain()) {
      sort(layer);
    }
    if (recurrent.isEmpty()) {
      throw new ModelFormatException(file, "layers", "no LSTM or SimpleRNN layer found");
    }
    LstmConfig config = config();
    LstmWeights weights = new LstmWeights(config);
    for (int i = 0; i < recurrent.size(); i++) {
      int gates = config.layers().get(i).cell().gates();
      int hidden = config.layers().get(i).hiddenSize();
      LstmWeights.Recurrent to = weights.layers().get(i);
      KerasModel.Layer layer = recurrent.get(i);
      transpose(layer, "kernel", config.layerInputSize(i), gates * hidden, to.input);
      transpose(layer, "recurrent_kernel", hidden, gates * hidden, to.recurrent);
      bias(layer, to.bias);
    }
    for (int i = 0; i < head.size(); i++) {
      LstmWeights.Linear to = weights.head().get(i);
      transpose(head.get(i), "kernel", config.headInputSize(i), config.head().get(i), to.weight);
      bias(head.get(i), to.bias);
    }
    if (scaling != null) {
      scale(weights);
    }
    try {
      weights.validate();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, "weights", e.getMessage(), e);
    }
    return weights;
  }

  private LstmConfig config() throws ModelFormatException {
    int inputSize = shape(recurrent.getFirst(), "kernel", 2).get(0);
    try {
      LstmConfig.Builder builder = LstmConfig.builder(inputSize);
      int below = inputSize;
      for (KerasModel.Layer layer : recurrent) {
        CellType cell = layer.kind().equals("LSTM") ? CellType.LSTM : CellType.RNN_TANH;
        int units = units(layer);
        builder.layer(cell, units);
        // sizes of arrays that the file does not have would be allocated without this
        expect(layer, "kernel", below, Math.multiplyExact(cell.gates(), units));
        expect(layer, "recurrent_kernel", units, cell.gates() * units);
        below = units;
      }
      for (KerasModel.Layer layer : head) {
        builder.linear(units(layer));
        expect(layer, "kernel", below, units(layer));
        below = units(layer);
      }
      return builder.build();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ModelFormatException(file, "layers", e.getMessage(), e);
    }
  }

  /** Puts a layer where it belongs, or refuses it. */
  private void sort(KerasModel.Layer layer) throws ModelFormatException {
    checkDtype(layer);
    switch (layer.kind()) {
      case "InputLayer" -> {
        allow(layer, Set.of());
        checkVariables(layer, Set.of());
      }
      case "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout" -> {
        allow(layer, Set.of("stddev"));
        checkVariables(layer, Set.of());
      }
      case "Normalization", "Rescaling" -> {
        if (scaling != null || !recurrent.isEmpty() || !head.isEmpty()) {
          throw broken(layer, "comes after another layer; only the inputs can be scaled, and once");
        }
        if (layer.kind().equals("Normalization")) {
          allow(layer, Set.of("axis", "mean", "variance", "invert"));
          checkIs(layer, "invert", false, null);
          checkIs(layer, "mean", null, null);
          checkIs(layer, "variance", null, null);
          checkVariables(layer, Set.of("mean", "variance", "count"));
        } else {
          allow(layer, Set.of("scale", "offset"));
          checkVariables(layer, Set.of());
        }
        scaling = layer;
      }
      case "LSTM", "SimpleRNN" -> sortRecurrent(layer);
      case "Dense" -> sortDense(layer);
      case "Bidirectional" ->
          throw broken(
              layer,
              "reads the sequence from its end too, which cannot be stepped; see docs/keras.md");
      case "Masking" ->
          throw broken(
              layer,
              "skips timesteps whose values are all mask_value, which a stepped model does not do;"
                  + " leave the layer out and do not step such rows");
      case "Softmax", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU" ->
          throw broken(
              layer,
              "is a function after a layer; the head is linear: save a model that ends before it and"
                  + " apply it to the outputs");
      default ->
          throw broken(
              layer,
              "is a kind of layer that is not supported; known are InputLayer, Normalization,"
                  + " Rescaling, LSTM, SimpleRNN, Dense, Dropout and its kin");
    }
  }

  private void sortRecurrent(KerasModel.Layer layer) throws ModelFormatException {
    boolean lstm = layer.kind().equals("LSTM");
    allow(
        layer,
        lstm
            ? Set.of(
                "activation",
                "recurrent_activation",
                "go_backwards",
                "return_state",
                "time_major",
                "zero_output_for_mask",
                "use_cudnn")
            : Set.of(
                "activation",
                "go_backwards",
                "return_state",
                "time_major",
                "zero_output_for_mask"));
    checkActivation(layer, "activation", "tanh");
    if (lstm) {
      checkActivation(layer, "recurrent_activation", "sigmoid");
    }
    if (Boolean.TRUE.equals(layer.config().get("go_backwards"))) {
      throw broken(
          layer, "has go_backwards=True: it reads the sequence from its end and cannot be stepped");
    }
    checkIs(layer, "go_backwards", false, null);
    checkIs(layer, "return_state", false, null);
    if (!head.isEmpty()) {
      throw broken(layer, "follows a Dense layer; dense layers must come last");
    }
    if (!recurrent.isEmpty()
        && !Boolean.TRUE.equals(recurrent.getLast().config().get("return_sequences"))) {
      throw broken(
          recurrent.getLast(), "has return_sequences=False, but a recurrent layer follows it");
    }
    checkVariables(layer, weightNames(layer, "kernel", "recurrent_kernel"));
    recurrent.add(layer);
  }

  private void sortDense(KerasModel.Layer layer) throws ModelFormatException {
    allow(layer, Set.of("activation", "lora_rank", "quantization_config"));
    checkIs(layer, "lora_rank", null, null);
    checkIs(layer, "quantization_config", null, null);
    checkActivation(layer, "activation", "linear");
    if (recurrent.isEmpty()) {
      throw broken(layer, "comes before the recurrent layers; dense layers must come last");
    }
    checkVariables(layer, weightNames(layer, "kernel"));
    head.add(layer);
  }

  private Set<String> weightNames(KerasModel.Layer layer, String... kernels)
      throws ModelFormatException {
    Set<String> names = new TreeSet<>(List.of(kernels));
    switch (layer.config().get("use_bias")) {
      case Boolean use when !use -> {}
      case Boolean use -> names.add("bias");
      case null, default -> throw broken(layer, "expected true or false for use_bias");
    }
    return names;
  }

  /** Everything a layer says has to be known: what is not could change what it computes. */
  private void allow(KerasModel.Layer layer, Set<String> further) throws ModelFormatException {
    for (Map.Entry<?, ?> entry : layer.config().entrySet()) {
      String key = (String) entry.getKey();
      if (!NO_EFFECT.contains(key) && !further.contains(key)) {
        throw broken(layer, "has " + Names.quote(key) + ", which is not understood");
      }
    }
  }

  private void checkIs(KerasModel.Layer layer, String key, Object wanted, Object or)
      throws ModelFormatException {
    Object value = layer.config().get(key);
    if (value != null && !value.equals(wanted) && !value.equals(or)) {
      throw broken(layer, "has " + key + " " + shown(value) + ", which is not supported");
    }
  }

  private void checkActivation(KerasModel.Layer layer, String key, String wanted)
      throws ModelFormatException {
    Object value = layer.config().get(key);
    if (!wanted.equals(value)) {
      throw broken(
          layer,
          "has %s %s; only %s is supported%s"
              .formatted(
                  key,
                  value == null ? "none" : shown(value),
                  wanted,
                  wanted.equals("linear")
                      ? ": save the model with activation=None in this layer and apply the function"
                          + " to the outputs"
                      : ""));
    }
  }

  private void checkDtype(KerasModel.Layer layer) throws ModelFormatException {
    Object value = layer.config().get("dtype");
    Object dtype =
        value instanceof Map<?, ?> policy && policy.get("config") instanceof Map<?, ?> config
            ? config.get("name")
            : value;
    if (dtype != null && !dtype.equals("float32") && !dtype.equals("float64")) {
      throw broken(layer, "computes in " + shown(dtype) + ", expected float32");
    }
  }

  private static String shown(Object value) {
    return Names.quote(value.toString());
  }

  private void checkVariables(KerasModel.Layer layer, Set<String> expected)
      throws ModelFormatException {
    Set<String> found = variables.byLayer().get(layer.name()).keySet();
    if (!found.equals(expected)) {
      throw broken(layer, "has the weights " + found + ", expected " + expected);
    }
  }

  private int units(KerasModel.Layer layer) throws ModelFormatException {
    if (layer.config().get("units") instanceof Double units
        && units >= 1
        && units <= LstmConfig.MAX_SIZE
        && units == Math.rint(units)) {
      return units.intValue();
    }
    throw broken(layer, "expected units of 1 to " + LstmConfig.MAX_SIZE);
  }

  private Hdf5Node variable(KerasModel.Layer layer, String name) {
    return variables.byLayer().get(layer.name()).get(name);
  }

  private List<Integer> shape(KerasModel.Layer layer, String name, int dimensions)
      throws ModelFormatException {
    List<Integer> shape = variable(layer, name).tensor().shape();
    if (shape.size() != dimensions) {
      throw broken(
          layer, name + " has shape " + shape + ", expected " + dimensions + " dimensions");
    }
    return shape;
  }

  private void expect(KerasModel.Layer layer, String name, int... sizes)
      throws ModelFormatException {
    List<Integer> expected = Arrays.stream(sizes).boxed().toList();
    List<Integer> shape = variable(layer, name).tensor().shape();
    if (!shape.equals(expected)) {
      throw broken(layer, name + " has shape " + shape + ", expected " + expected);
    }
  }

  /** From [rows][columns] to [columns][rows]. */
  private void transpose(KerasModel.Layer layer, String name, int rows, int columns, float[] to)
      throws ModelFormatException {
    expect(layer, name, rows, columns);
    float[] from = variable(layer, name).tensor().values();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        to[column * rows + row] = from[row * columns + column];
      }
    }
  }

  private void bias(KerasModel.Layer layer, float[] to) throws ModelFormatException {
    if (variable(layer, "bias") != null) {
      expect(layer, "bias", to.length);
      System.arraycopy(variable(layer, "bias").tensor().values(), 0, to, 0, to.length);
    }
  }

  /**
   * The layer before the first recurrent one, as (x − mean) / std.
   *
   * <p>Normalization is (x − m) / max(√v, ε); Rescaling is x·s + o, so mean = −o/s and std = 1/s.
   */
  private void scale(LstmWeights weights) throws ModelFormatException {
    int inputs = weights.inputMean.length;
    if (scaling.kind().equals("Normalization")) {
      expect(scaling, "mean", inputs);
      expect(scaling, "variance", inputs);
      float[] mean = variable(scaling, "mean").tensor().values();
      float[] variance = variable(scaling, "variance").tensor().values();
      for (int i = 0; i < inputs; i++) {
        if (!(variance[i] >= 0)) {
          throw broken(scaling, "variance[" + i + "] is " + variance[i] + ", expected 0 or more");
        }
        weights.inputMean[i] = mean[i];
        weights.inputStd[i] = (float) Math.max(Math.sqrt(variance[i]), EPSILON);
      }
      return;
    }
    if (!(scaling.config().get("scale") instanceof Double scale)
        || !(scaling.config().get("offset") instanceof Double offset)
        || !(scale > 0)) {
      throw broken(scaling, "expected one number above 0 for scale and one number for offset");
    }
    Arrays.fill(weights.inputMean, (float) (-offset / scale));
    Arrays.fill(weights.inputStd, (float) (1 / scale));
  }

  private ModelFormatException broken(KerasModel.Layer layer, String problem) {
    return new ModelFormatException(file, layer.place(), problem);
  }
}
