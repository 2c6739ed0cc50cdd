// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.safetensors.SafetensorsFile.Tensor;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;

/**
 * The tensors of a file sorted into modules by PyTorch's names for parameters. A tensor that no
 * module claims is refused: a model that is read without one of its parts computes something else.
 */
final class TorchStateDict {
  private static final int NAMES_LISTED = 200;
  // for the parameters of nn.LSTMCell, whose names have no index
  private static final int CELL = -1;

  private static final String FORWARD = "";
  private static final String REVERSE = "_reverse";

  private static final Pattern RECURRENT =
      Pattern.compile(
          "((?:weight|bias)_(?:ih|hh)|weight_hr(?=_l))(?:_l(0|[1-9][0-9]{0,4})(_reverse)?)?");
  private static final Pattern LINEAR = Pattern.compile("weight|bias");
  private static final Pattern QUADGATE =
      Pattern.compile(
          "(?:(.+)\\.)?((?:in|out)put_(?:mean|std)|initial_[hc]\\.(?:0|[1-9][0-9]{0,4}))");

  private final SafetensorsFile file;
  private final Map<String, Map<Integer, Map<String, Tensor>>> recurrent = new TreeMap<>();
  private final Map<String, Map<String, Tensor>> linear = new TreeMap<>();
  private final Map<String, Tensor> own = new TreeMap<>();
  private final List<TorchModule> modules = new ArrayList<>();
  private String ownPrefix;

  private TorchStateDict(SafetensorsFile file) {
    this.file = file;
  }

  /**
   * Sorts the tensors of a file and checks each: its name, its type and that it is finite.
   *
   * @param others names of tensors that are no part of the network
   */
  static TorchStateDict of(SafetensorsFile file, Set<String> others) throws ModelFormatException {
    TorchStateDict dict = new TorchStateDict(file);
    for (Tensor tensor : file.tensors().values()) {
      if (!others.contains(tensor.name())) {
        dict.sort(tensor);
        dict.checkNumbers(tensor);
      }
    }
    for (Map.Entry<String, Map<Integer, Map<String, Tensor>>> module : dict.recurrent.entrySet()) {
      dict.modules.add(dict.recurrent(module.getKey(), module.getValue()));
    }
    for (Map.Entry<String, Map<String, Tensor>> module : dict.linear.entrySet()) {
      dict.modules.add(dict.linear(module.getKey(), module.getValue()));
    }
    return dict;
  }

  /** The modules, in no particular order. */
  List<TorchModule> modules() {
    return List.copyOf(modules);
  }

  /** Quadgate's own tensors by name without their prefix, such as {@code input_mean}. */
  Map<String, Tensor> own() {
    return Map.copyOf(own);
  }

  /** All names and shapes, for messages that a person has to find the fault with. */
  static String list(SafetensorsFile file) {
    StringBuilder text = new StringBuilder("the file has");
    int listed = 0;
    for (Tensor tensor : file.tensors().values()) {
      if (listed == NAMES_LISTED) {
        return text + " and " + (file.tensors().size() - listed) + " more";
      }
      text.append(listed == 0 ? " " : ", ");
      text.append(ModelFormatException.quote(tensor.name())).append(' ').append(tensor.shape());
      listed++;
    }
    return listed == 0 ? "the file has no tensors" : text.toString();
  }

  private void sort(Tensor tensor) throws ModelFormatException {
    String name = tensor.name();
    Matcher quadgate = QUADGATE.matcher(name);
    if (quadgate.matches()) {
      sortOwn(tensor, quadgate.group(1) == null ? "" : quadgate.group(1), quadgate.group(2));
      return;
    }
    int dot = name.lastIndexOf('.');
    String path = dot < 0 ? "" : name.substring(0, dot);
    String leaf = name.substring(dot + 1);
    Matcher match = RECURRENT.matcher(leaf);
    if (dot == 0) {
      throw notUnderstood(tensor);
    } else if (match.matches()) {
      int index = match.group(2) == null ? CELL : Integer.parseInt(match.group(2));
      recurrent
          .computeIfAbsent(path, key -> new TreeMap<>())
          .computeIfAbsent(index, key -> new TreeMap<>())
          .put(match.group(1) + (match.group(3) == null ? FORWARD : REVERSE), tensor);
    } else if (LINEAR.matcher(leaf).matches()) {
      linear.computeIfAbsent(path, key -> new TreeMap<>()).put(leaf, tensor);
    } else {
      throw notUnderstood(tensor);
    }
  }

  private void sortOwn(Tensor tensor, String prefix, String name) throws ModelFormatException {
    if (ownPrefix != null && !ownPrefix.equals(prefix)) {
      throw broken(
          tensor,
          "expected the prefix of the other scaling and initial state tensors, "
              + ModelFormatException.quote(ownPrefix));
    }
    ownPrefix = prefix;
    own.put(name, tensor);
  }

  private void checkNumbers(Tensor tensor) throws ModelFormatException {
    if (!tensor.isFloat()) {
      throw broken(tensor, "has dtype " + tensor.dtype() + ", expected F32, F64, F16 or BF16");
    }
    float[] data = tensor.data();
    for (int i = 0; i < data.length; i++) {
      if (!Float.isFinite(data[i])) {
        throw broken(tensor, "element " + i + " is " + data[i] + ", expected a finite number");
      }
    }
  }

  private TorchModule.Recurrent recurrent(String path, Map<Integer, Map<String, Tensor>> parts)
      throws ModelFormatException {
    TorchModule.Recurrent module = null;
    List<List<TorchModule.Pass>> layers = new ArrayList<>();
    int expected = parts.containsKey(CELL) ? CELL : 0;
    for (Map.Entry<Integer, Map<String, Tensor>> part : parts.entrySet()) {
      Tensor any = part.getValue().values().iterator().next();
      if (part.getKey() != expected || (expected >= 0 && parts.containsKey(CELL))) {
        throw broken(any, "expected the layers of a module to be _l0, _l1 and so on, or one cell");
      }
      boolean both = part.getValue().keySet().stream().anyMatch(name -> name.endsWith(REVERSE));
      TorchModule.Recurrent layer = layer(path, part.getValue(), both, any);
      if (module == null) {
        module = layer;
      } else {
        checkAlike(module, layer, any);
      }
      layers.addAll(layer.layers());
      expected++;
    }
    return new TorchModule.Recurrent(
        path,
        module.cell(),
        module.inputSize(),
        module.hiddenSize(),
        module.passSize(),
        List.copyOf(layers));
  }

  /** Checks a further layer of a module, which reads what the one before it gives. */
  private void checkAlike(TorchModule.Recurrent first, TorchModule.Recurrent layer, Tensor any)
      throws ModelFormatException {
    if (layer.directions() != first.directions()) {
      throw broken(any, "is of a layer with another number of directions than layer 0");
    }
    TorchModule.Pass pass = layer.layers().getFirst().getFirst();
    long rows = (long) first.cell().gates() * first.hiddenSize();
    checkShape(pass.recurrent(), rows, first.passSize());
    checkShape(pass.input(), rows, first.outputSize());
    boolean projects = pass.projection().isPresent();
    if (projects != first.layers().getFirst().getFirst().projection().isPresent()) {
      throw broken(any, "is of a layer that projects, or does not, unlike layer 0");
    }
  }

  /** One layer of a module, as a module of one layer. */
  private TorchModule.Recurrent layer(
      String path, Map<String, Tensor> parts, boolean both, Tensor any)
      throws ModelFormatException {
    Tensor recurrent = partner(parts, "weight_hh", any);
    Tensor projection = parts.get("weight_hr");
    CellType cell = projection == null ? cell(recurrent) : CellType.LSTM;
    int hidden = size(projection == null ? recurrent : projection, 1);
    int passSize = projection == null ? hidden : size(projection, 0);
    int inputs = size(partner(parts, "weight_ih", any), 1);
    List<TorchModule.Pass> passes = new ArrayList<>();
    boolean biased = parts.containsKey("bias_ih") || parts.containsKey("bias_hh");
    for (String direction : both ? List.of(FORWARD, REVERSE) : List.of(FORWARD)) {
      passes.add(
          new TorchModule.Pass(
              shaped(parts, "weight_ih" + direction, any, (long) cell.gates() * hidden, inputs),
              shaped(parts, "weight_hh" + direction, any, (long) cell.gates() * hidden, passSize),
              optional(biased, parts, "bias_ih" + direction, any, (long) cell.gates() * hidden),
              optional(biased, parts, "bias_hh" + direction, any, (long) cell.gates() * hidden),
              optional(projection != null, parts, "weight_hr" + direction, any, passSize, hidden)));
    }
    return new TorchModule.Recurrent(path, cell, inputs, hidden, passSize, List.of(passes));
  }

  private Tensor shaped(Map<String, Tensor> parts, String name, Tensor any, long... shape)
      throws ModelFormatException {
    Tensor tensor = partner(parts, name, any);
    checkShape(tensor, shape);
    return tensor;
  }

  /** A tensor that all directions of a layer have or none. */
  private Optional<Tensor> optional(
      boolean expected, Map<String, Tensor> parts, String name, Tensor any, long... shape)
      throws ModelFormatException {
    if (expected) {
      return Optional.of(shaped(parts, name, any, shape));
    }
    if (parts.containsKey(name)) {
      throw broken(parts.get(name), "has no partner in the forward direction; " + list(file));
    }
    return Optional.empty();
  }

  private TorchModule.Linear linear(String path, Map<String, Tensor> parts)
      throws ModelFormatException {
    if (recurrent.containsKey(path)) {
      throw broken(
          parts.values().iterator().next(), "expected a module of its own, not a recurrent one");
    }
    Tensor weight = partner(parts, "weight", parts.values().iterator().next());
    int outputSize = size(weight, 0);
    int inputSize = size(weight, 1);
    Optional<Tensor> bias = Optional.ofNullable(parts.get("bias"));
    if (bias.isPresent()) {
      checkShape(bias.get(), outputSize);
    }
    return new TorchModule.Linear(path, inputSize, outputSize, weight, bias);
  }

  private CellType cell(Tensor recurrent) throws ModelFormatException {
    long hidden = size(recurrent, 1);
    long rows = recurrent.shape().get(0);
    if (rows == 3 * hidden) {
      throw broken(recurrent, "has 3 rows per unit, a GRU's; only LSTM and RNN are supported");
    }
    for (CellType cell : CellType.values()) {
      if (rows == cell.gates() * hidden) {
        return cell;
      }
    }
    throw broken(
        recurrent,
        "has shape %s, expected [4*H, H] (LSTM) or [H, H] (RNN)".formatted(recurrent.shape()));
  }

  /** The size of a matrix's dimension, 0 for its rows. */
  private int size(Tensor matrix, int dimension) throws ModelFormatException {
    if (matrix.shape().size() != 2) {
      throw broken(matrix, "has shape " + matrix.shape() + ", expected a matrix");
    }
    long size = matrix.shape().get(dimension);
    if (size < 1 || size > Architecture.MAX_SIZE) {
      throw broken(
          matrix,
          "has shape " + matrix.shape() + ", expected sizes of 1 to " + Architecture.MAX_SIZE);
    }
    return (int) size;
  }

  private void checkShape(Tensor tensor, long... expected) throws ModelFormatException {
    checkShape(file, tensor, expected);
  }

  /** Checks a shape. */
  static void checkShape(SafetensorsFile file, Tensor tensor, long... expected)
      throws ModelFormatException {
    List<Long> shape = new ArrayList<>();
    for (long size : expected) {
      shape.add(size);
    }
    if (!tensor.shape().equals(shape)) {
      throw new ModelFormatException(
          file.path(),
          ModelFormatException.tensor(tensor.name()),
          "has shape " + tensor.shape() + ", expected " + shape);
    }
  }

  private Tensor partner(Map<String, Tensor> parts, String wanted, Tensor any)
      throws ModelFormatException {
    Tensor tensor = parts.get(wanted);
    if (tensor == null) {
      throw broken(any, "has no partner " + wanted + "; " + list(file));
    }
    return tensor;
  }

  private ModelFormatException notUnderstood(Tensor tensor) {
    return broken(tensor, "is not understood; " + list(file));
  }

  private ModelFormatException broken(Tensor tensor, String problem) {
    return new ModelFormatException(
        file.path(), ModelFormatException.tensor(tensor.name()), problem);
  }
}
