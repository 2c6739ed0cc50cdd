// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.io.safetensors.SafetensorsFile;

/**
 * Finds the order in which data passes through a file's modules, which PyTorch does not store. The
 * recurrent modules come first, then the linear ones, and each takes as many values as the one
 * before gives. Where that leaves a choice, modules whose names differ in their numbers alone
 * ({@code lstm}, {@code lstm2}, {@code lstm10}) follow these. Other names say nothing: an alphabet
 * would put a decoder before its encoder.
 */
final class ModuleOrder {
  // A hostile file could make the search take long. No real network comes near these limits, and
  // one that did could give its order in its metadata.
  private static final int MAX_MODULES = 256;
  private static final int MAX_STEPS = 200_000;

  private static final Pattern NUMBER = Pattern.compile("[_-]?([0-9]+)");

  private final SafetensorsFile file;
  private final List<TorchModule> modules;
  private final boolean[][] numberedBefore; // [module][other]: other's number is smaller
  private final boolean[] used;
  private final List<TorchModule> chain = new ArrayList<>();
  private List<TorchModule> found;
  private int recurrentLeft;
  private int solutions;
  private int steps;

  private ModuleOrder(SafetensorsFile file, List<TorchModule> modules) {
    this.file = file;
    this.modules = modules;
    numberedBefore = new boolean[modules.size()][modules.size()];
    used = new boolean[modules.size()];
    List<NumberedName> names = modules.stream().map(NumberedName::of).toList();
    for (int i = 0; i < modules.size(); i++) {
      for (int j = 0; j < modules.size(); j++) {
        numberedBefore[i][j] = names.get(j).isBefore(names.get(i));
      }
    }
  }

  /**
   * The order, found by shapes and numbers.
   *
   * @throws ModelFormatException listing all tensors, if no order fits or more than one
   */
  static List<TorchModule> find(SafetensorsFile file, List<TorchModule> modules)
      throws ModelFormatException {
    checkHasRecurrent(file, modules);
    if (modules.size() > MAX_MODULES) {
      throw unclear(file, "has " + modules.size() + " modules, too many to find their order");
    }
    ModuleOrder order = new ModuleOrder(file, modules);
    order.search(true);
    if (order.solutions == 0) {
      order.search(false);
    }
    if (order.solutions == 0) {
      throw unclear(file, "no order of the modules fits their sizes");
    }
    if (order.solutions > 1) {
      throw unclear(file, "several orders of the modules fit their sizes");
    }
    return order.found;
  }

  /**
   * The order that the metadata gives, checked.
   *
   * @param paths every module's path, first to last
   */
  static List<TorchModule> follow(
      SafetensorsFile file, List<TorchModule> modules, List<String> paths)
      throws ModelFormatException {
    checkHasRecurrent(file, modules);
    String place = ModelFormatException.metadata(ModelMetadata.LAYERS);
    Map<String, TorchModule> byPath = new HashMap<>();
    for (TorchModule module : modules) {
      byPath.put(module.path(), module);
    }
    Set<String> distinct = new HashSet<>(paths);
    if (distinct.size() != paths.size() || !distinct.equals(byPath.keySet())) {
      throw new ModelFormatException(
          file.path(), place, "expected every module once; " + TorchStateDict.list(file));
    }
    List<TorchModule> order = new ArrayList<>();
    for (String path : paths) {
      TorchModule module = byPath.get(path);
      if (!order.isEmpty() && !fits(order.getLast(), module)) {
        throw new ModelFormatException(
            file.path(),
            place,
            "%s cannot follow %s; %s"
                .formatted(
                    ModelFormatException.quote(path),
                    ModelFormatException.quote(order.getLast().path()),
                    TorchStateDict.list(file)));
      }
      order.add(module);
    }
    return List.copyOf(order);
  }

  private static boolean fits(TorchModule before, TorchModule after) {
    return before.outputSize() == after.inputSize()
        && (before instanceof TorchModule.Recurrent || after instanceof TorchModule.Linear);
  }

  private void search(boolean byNumber) throws ModelFormatException {
    recurrentLeft = 0;
    for (TorchModule module : modules) {
      recurrentLeft += module instanceof TorchModule.Recurrent ? 1 : 0;
    }
    extend(byNumber);
  }

  /** Tries every module that may come next; stops at the second solution. */
  private void extend(boolean byNumber) throws ModelFormatException {
    if (chain.size() == modules.size()) {
      found = List.copyOf(chain);
      solutions++;
      return;
    }
    for (int i = 0; i < modules.size() && solutions < 2; i++) {
      if (++steps > MAX_STEPS) {
        throw unclear(file, "too many orders of the modules might fit their sizes");
      }
      TorchModule module = modules.get(i);
      boolean recurrent = module instanceof TorchModule.Recurrent;
      if (used[i]
          || recurrent != (recurrentLeft > 0)
          || (!chain.isEmpty() && !fits(chain.getLast(), module))
          || (byNumber && hasUnusedBefore(i))) {
        continue;
      }
      used[i] = true;
      chain.add(module);
      recurrentLeft -= recurrent ? 1 : 0;
      extend(byNumber);
      recurrentLeft += recurrent ? 1 : 0;
      chain.removeLast();
      used[i] = false;
    }
  }

  private boolean hasUnusedBefore(int module) {
    for (int other = 0; other < used.length; other++) {
      if (!used[other] && numberedBefore[module][other]) {
        return true;
      }
    }
    return false;
  }

  /** A path taken apart into its numbers and the rest, in which the kind of module counts too. */
  private record NumberedName(String stem, List<BigInteger> numbers) {
    static NumberedName of(TorchModule module) {
      List<BigInteger> numbers = new ArrayList<>();
      Matcher matcher = NUMBER.matcher(module.path());
      while (matcher.find()) {
        numbers.add(new BigInteger(matcher.group(1)));
      }
      String kind = module instanceof TorchModule.Recurrent ? "recurrent " : "linear ";
      return new NumberedName(kind + matcher.replaceAll(""), numbers);
    }

    boolean isBefore(NumberedName other) {
      if (!stem.equals(other.stem)) {
        return false;
      }
      for (int i = 0; i < numbers.size() && i < other.numbers.size(); i++) {
        int comparison = numbers.get(i).compareTo(other.numbers.get(i));
        if (comparison != 0) {
          return comparison < 0;
        }
      }
      return numbers.size() < other.numbers.size();
    }
  }

  private static void checkHasRecurrent(SafetensorsFile file, List<TorchModule> modules)
      throws ModelFormatException {
    if (modules.stream().noneMatch(TorchModule.Recurrent.class::isInstance)) {
      throw new ModelFormatException(
          file.path(), "tensors", "no recurrent layer found; " + TorchStateDict.list(file));
    }
  }

  private static ModelFormatException unclear(SafetensorsFile file, String problem) {
    return new ModelFormatException(
        file.path(),
        "tensors",
        problem
            + ", and there is no metadata "
            + ModelMetadata.LAYERS
            + " to say it; "
            + TorchStateDict.list(file));
  }
}
