// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.io.SafetensorsFile.Tensor;

/**
 * The tensors of a file sorted into modules by PyTorch's names for parameters. A tensor that no
 * module claims is refused: a model that is read without one of its parts computes something else.
 */
final class TorchStateDict {
  private static final int NAMES_LISTED = 200;
  // the index nn.LSTMCell's parameters stand under, for their names have none
  private static final int CELL = -1;

  private static final Pattern RECURRENT =
      Pattern.compile("((?:weight|bias)_(?:ih|hh))(?:_l(0|[1-9][0-9]{0,4}))?");
  private static final Pattern REVERSE =
      Pattern.compile("(?:weight|bias)_(?:ih|hh|hr)_l[0-9]+_reverse");
  private static final Pattern PROJECTION = Pattern.compile("weight_hr(?:_l[0-9]+)?");
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

  /** Sorts the tensors of a file and checks each: its name, its type and that it is finite. */
  static TorchStateDict of(SafetensorsFile file) throws ModelFormatException {
    TorchStateDict dict = new TorchStateDict(file);
    for (Tensor tensor : file.tensors().values()) {
      dict.sort(tensor);
      dict.checkNumbers(tensor);
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
    if (REVERSE.matcher(leaf).matches()) {
      throw broken(tensor, "is of a bidirectional layer; these are not supported yet");
    } else if (PROJECTION.matcher(leaf).matches()) {
      throw broken(tensor, "is a projection (proj_size); these are not supported yet");
    } else if (dot == 0) {
      throw notUnderstood(tensor);
    } else if (match.matches()) {
      int index = match.group(2) == null ? CELL : Integer.parseInt(match.group(2));
      recurrent
          .computeIfAbsent(path, key -> new TreeMap<>())
          .computeIfAbsent(index, key -> new TreeMap<>())
          .put(match.group(1), tensor);
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
    List<TorchModule.RecurrentLayer> layers = new ArrayList<>();
    CellType cell = null;
    int inputSize = 0;
    int hiddenSize = 0;
    int expected = parts.containsKey(CELL) ? CELL : 0;
    for (Map.Entry<Integer, Map<String, Tensor>> part : parts.entrySet()) {
      Tensor any = part.getValue().values().iterator().next();
      if (part.getKey() != expected || (expected >= 0 && parts.containsKey(CELL))) {
        throw broken(any, "expected the layers of a module to be _l0, _l1 and so on, or one cell");
      }
      Tensor input = partner(part.getValue(), "weight_ih", any);
      Tensor recurrent = partner(part.getValue(), "weight_hh", any);
      CellType layerCell = cell(recurrent);
      int layerHidden = size(recurrent, 1);
      checkShape(input, (long) layerCell.gates() * layerHidden, size(input, 1));
      if (layers.isEmpty()) {
        cell = layerCell;
        inputSize = size(input, 1);
        hiddenSize = layerHidden;
      } else {
        checkShape(recurrent, (long) cell.gates() * hiddenSize, hiddenSize);
        checkShape(input, (long) cell.gates() * hiddenSize, hiddenSize);
      }
      boolean biased =
          part.getValue().containsKey("bias_ih") || part.getValue().containsKey("bias_hh");
      Optional<Tensor> inputBias = Optional.empty();
      Optional<Tensor> recurrentBias = Optional.empty();
      if (biased) {
        inputBias = Optional.of(partner(part.getValue(), "bias_ih", any));
        recurrentBias = Optional.of(partner(part.getValue(), "bias_hh", any));
        checkShape(inputBias.get(), (long) cell.gates() * hiddenSize);
        checkShape(recurrentBias.get(), (long) cell.gates() * hiddenSize);
      }
      layers.add(new TorchModule.RecurrentLayer(input, recurrent, inputBias, recurrentBias));
      expected++;
    }
    return new TorchModule.Recurrent(path, cell, inputSize, hiddenSize, List.copyOf(layers));
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
    if (size < 1 || size > LstmConfig.MAX_SIZE) {
      throw broken(
          matrix,
          "has shape " + matrix.shape() + ", expected sizes of 1 to " + LstmConfig.MAX_SIZE);
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
