// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.cli.console.Progress;
import org.quadgate.inspect.Activity;
import org.quadgate.inspect.GateInspection;
import org.quadgate.inspect.InputInfluence;
import org.quadgate.inspect.ModelVariants;
import org.quadgate.inspect.Spectrum;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.Precision;

/**
 * What an inspection found, and what follows from it.
 *
 * @param network what was inspected
 * @param rows what it was run over
 * @param layers one a layer
 * @param influence of the inputs
 * @param precisions what bf16 and int8 change
 * @param advice in plain words, each with its figure
 */
record InspectFindings(
    Network network,
    InspectedRows rows,
    List<Layer> layers,
    InputInfluence influence,
    Map<Precision, Change> precisions,
    List<String> advice) {
  /** Without units the outputs may change by so many standard deviations. */
  private static final double MOST_CHANGE = 0.01;

  /** An input that moves the gates so much less than the strongest does not count. */
  private static final double UNUSED = 0.01;

  /** Mean forget gates above this hardly forget. */
  private static final double NEVER_FORGETS = 0.999;

  /** Larger matrices take too long for their spectrum. */
  private static final int MOST_SPECTRUM = 256;

  /** Units that are tried out one by one, at most. */
  private static final int MOST_TRIED = 128;

  /**
   * One layer.
   *
   * @param index its place, from 0
   * @param hasGates whether it is an LSTM's
   * @param dead outputs that stayed near zero, a unit each unless they are projected
   * @param stuck outputs that did not move, away from zero
   * @param keepers units whose forget gate is all but always open
   * @param changes of the outputs without each unit, in their standard deviations; empty if there
   *     are too many units
   * @param expendable units that can go together
   * @param without what that changes
   * @param spectra singular values of R for each gate; empty if it is too large
   */
  @SuppressWarnings("ArrayRecordComponent") // findings are not compared
  record Layer(
      int index,
      RecurrentLayer layer,
      boolean hasGates,
      List<Integer> dead,
      List<Integer> stuck,
      List<Integer> keepers,
      double[] changes,
      int[] expendable,
      ModelVariants.Change without,
      List<double[]> spectra) {
    int units() {
      return layer.hiddenSize();
    }
  }

  /** What a precision changes, and the memory of its weights. */
  record Change(ModelVariants.Change change, long bytes) {
    double outputs() {
      return change.outputs();
    }
  }

  static InspectFindings of(Model model, InspectedRows rows, Progress progress) {
    Network network = model.network();
    GateInspection seen = rows.inspection();
    progress.now("trying the model without its units");
    ModelVariants variants = rows.variants(network);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < network.layers().size(); i++) {
      layers.add(layer(i, network.layers().get(i), seen, variants, progress));
    }
    Map<Precision, Change> precisions = precisions(model, variants);
    InputInfluence influence = new InputInfluence(network, rows.deviations());
    List<String> advice = advice(rows, layers, influence, precisions, seen);
    return new InspectFindings(network, rows, layers, influence, precisions, advice);
  }

  private static Layer layer(
      int i, RecurrentLayer layer, GateInspection seen, ModelVariants variants, Progress progress) {
    int units = layer.hiddenSize();
    List<Integer> dead = new ArrayList<>();
    List<Integer> stuck = new ArrayList<>();
    List<Integer> keepers = new ArrayList<>();
    for (int output = 0; output < layer.directionSize(); output++) {
      if (seen.isDead(i, output)) {
        dead.add(output);
      } else if (seen.isStuck(i, output)) {
        stuck.add(output);
      }
    }
    for (int unit = 0; unit < units; unit++) {
      if (seen.hasGates(i) && seen.of(i, Quantity.FORGET_GATE).mean(unit) > NEVER_FORGETS) {
        keepers.add(unit);
      }
    }
    boolean tries = units <= MOST_TRIED && variants.canLeaveOut(i);
    double[] changes = new double[tries ? units : 0];
    for (int unit = 0; unit < changes.length; unit++) {
      changes[unit] = variants.without(i, unit).outputs();
    }
    int[] expendable = new int[0];
    if (tries) {
      expendable =
          variants.expendable(
              i, changes, MOST_CHANGE, n -> progress.now("leaving out units, try " + n));
    }
    ModelVariants.Change without =
        expendable.length == 0 ? variants.unchanged() : variants.without(i, expendable);
    List<double[]> spectra = new ArrayList<>();
    int width = layer.directionSize();
    float[] r = layer.directions().getFirst().recurrent(); // [gate][unit][width]
    for (int gate = 0; gate < layer.cell().gates() && units <= MOST_SPECTRUM; gate++) {
      spectra.add(Spectrum.singularValues(r, gate * units * width, units, width));
    }
    return new Layer(
        i, layer, seen.hasGates(i), dead, stuck, keepers, changes, expendable, without, spectra);
  }

  private static Map<Precision, Change> precisions(Model model, ModelVariants variants) {
    Map<Precision, Change> changes = new EnumMap<>(Precision.class);
    changes.put(Precision.FP32, new Change(variants.unchanged(), model.packedBytes()));
    for (Precision precision : new Precision[] {Precision.BF16, Precision.INT8}) {
      try (Model other = Model.of(model.network(), model.options().withPrecision(precision))) {
        changes.put(precision, new Change(variants.packed(precision), other.packedBytes()));
      }
    }
    return changes;
  }

  private static List<String> advice(
      InspectedRows rows,
      List<Layer> layers,
      InputInfluence influence,
      Map<Precision, Change> precisions,
      GateInspection seen) {
    List<String> advice = new ArrayList<>();
    for (Layer layer : layers) {
      double error = precisions.get(Precision.FP32).change().error();
      ofLayer(layer, seen, rows.triedRows(), error, advice);
    }
    unusedInputs(rows, influence, advice);
    double bf16 = precisions.get(Precision.BF16).outputs();
    double int8 = precisions.get(Precision.INT8).outputs();
    advice.add(
        String.format(
            Locale.ROOT,
            "Over the first %,d rows the outputs change by %s of their standard deviation at bf16"
                + " and by %s at int8: %s.",
            rows.triedRows(),
            percent(bf16),
            percent(int8),
            bf16 < 0.01 && int8 < 0.01
                ? "either is fine for this model on these rows"
                : bf16 < 0.01 ? "bf16 is fine, int8 is not free" : "fp32 is worth its memory"));
    return advice;
  }

  private static void ofLayer(
      Layer layer, GateInspection seen, int rows, double error, List<String> advice) {
    int units = layer.units();
    int outputs = layer.layer.directionSize();
    String name = "Layer " + layer.index;
    if (!layer.keepers.isEmpty()) {
      advice.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d units never forget, with forget gates above %s on average: unit %s."
                  + " What they add up stays for good; a longer stream than in training may carry"
                  + " them where they have never been.",
              name,
              layer.keepers.size(),
              units,
              NEVER_FORGETS,
              list(layer.keepers)));
    }
    if (!layer.dead.isEmpty()) {
      advice.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d units are dead, their output below %s over all rows: unit %s.",
              name,
              layer.dead.size(),
              outputs,
              GateInspection.STILL,
              list(layer.dead)));
    }
    if (!layer.stuck.isEmpty()) {
      advice.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d units are stuck, their output moving by less than %s over all rows:"
                  + " unit %s.",
              name,
              layer.stuck.size(),
              outputs,
              GateInspection.STILL,
              list(layer.stuck)));
    }
    if (layer.expendable.length > 0) {
      String errors =
          Double.isNaN(layer.without.error())
              ? ""
              : String.format(
                  Locale.ROOT,
                  ", and the error against the target is %.4g instead of %.4g",
                  layer.without.error(),
                  error);
      advice.add(
          String.format(
              Locale.ROOT,
              "%s: without %d of its %d units the outputs change by %s of their standard deviation,"
                  + " measured by leaving them out over %,d rows%s: %d units might do.",
              name,
              layer.expendable.length,
              units,
              percent(layer.without.outputs()),
              rows,
              errors,
              units - layer.expendable.length));
    }
    if (seen.hasGates(layer.index)) {
      Activity forget = seen.of(layer.index, Quantity.FORGET_GATE);
      double decided = forget.open() + forget.closed();
      if (decided > 0.8) {
        advice.add(
            String.format(
                Locale.ROOT,
                "%s: the forget gates are saturated %s of the time (%s above 0.9, %s below 0.1):"
                    + " they keep all or nothing, and learn slowly there.",
                name,
                percent(decided),
                percent(forget.open()),
                percent(forget.closed())));
      }
    }
  }

  private static void unusedInputs(
      InspectedRows rows, InputInfluence influence, List<String> advice) {
    double most = 0;
    for (int k = 0; k < rows.inputNames().size(); k++) {
      most = Math.max(most, influence.of(k));
    }
    double[] deviations = rows.deviations();
    List<String> unused = new ArrayList<>();
    List<String> constant = new ArrayList<>();
    for (int k = 0; k < rows.inputNames().size(); k++) {
      if (deviations[k] == 0) {
        constant.add(rows.inputNames().get(k));
      } else if (influence.of(k) < UNUSED * most) {
        unused.add(rows.inputNames().get(k));
      }
    }
    if (!constant.isEmpty()) {
      advice.add(
          "These inputs are the same in all rows, so the network learns nothing from them here: "
              + names(constant)
              + ".");
    }
    if (!unused.isEmpty()) {
      advice.add(
          String.format(
              Locale.ROOT,
              "%d of %d inputs move the gates less than %s as much as the strongest: %s.",
              unused.size(),
              rows.inputNames().size(),
              percent(UNUSED),
              names(unused)));
    }
  }

  private static String names(List<String> all) {
    int named = Math.min(all.size(), 10);
    String text = String.join(", ", all.subList(0, named));
    return named < all.size() ? text + " and " + (all.size() - named) + " others" : text;
  }

  private static String list(List<Integer> units) {
    int named = Math.min(units.size(), 12);
    String all = String.join(", ", units.subList(0, named).stream().map(String::valueOf).toList());
    return named < units.size() ? all + " and others" : all;
  }

  static String percent(double share) {
    double percent = 100 * share;
    return String.format(
        Locale.ROOT, percent >= 10 || percent == 0 ? "%.0f %%" : "%.2g %%", percent);
  }
}
