// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.quadgate.network.Activation;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Scaling;

/** Networks that differ from one in a single number or attribute. */
final class ChangedNetworks {
  private final Network from;
  private final RecurrentLayer first;
  private final DirectionWeights weights;
  private final Map<String, Network> changed = new LinkedHashMap<>();

  private ChangedNetworks(Network from) {
    this.from = from;
    first = from.layers().getFirst();
    weights = first.directions().getFirst();
  }

  /** All of them, by what was changed: in the scalings, the first layer and the head. */
  static Map<String, Network> of(Network network) {
    ChangedNetworks networks = new ChangedNetworks(network);
    networks.changeScalings();
    networks.changeWeights();
    networks.changeAttributes();
    networks.changeHead();
    return networks.changed;
  }

  /** The first, the middle and the last number of an array changed in turn. */
  private void changeArray(String what, float[] array, Function<float[], Network> with) {
    for (int at : new int[] {0, array.length / 2, array.length - 1}) {
      float[] other = array.clone();
      other[at] += 0.3f;
      changed.put(what + " at " + at, with.apply(other));
    }
  }

  private void changeScalings() {
    Scaling in = from.inputScaling();
    Scaling out = from.outputScaling();
    changeArray("input mean", in.mean(), a -> withInput(new Scaling(a, in.std())));
    changeArray("input std", in.std(), a -> withInput(new Scaling(in.mean(), a)));
    changeArray("output mean", out.mean(), a -> withOutput(new Scaling(a, out.std())));
    changeArray("output std", out.std(), a -> withOutput(new Scaling(out.mean(), a)));
  }

  private Network withInput(Scaling scaling) {
    return from.toBuilder().inputScaling(scaling).build();
  }

  private Network withOutput(Scaling scaling) {
    return from.toBuilder().outputScaling(scaling).build();
  }

  private void changeWeights() {
    float[] w = weights.input();
    float[] r = weights.recurrent();
    float[] b = weights.bias();
    changeArray("input weights", w, a -> withWeights(like(a, r, b)));
    changeArray("recurrent weights", r, a -> withWeights(like(w, a, b)));
    changeArray("bias", b, a -> withWeights(like(w, r, a)));
    changeArray("peephole", weights.peephole(), a -> withWeights(like(w, r, b).peephole(a)));
    changeArray("h", weights.initialHidden(), a -> withWeights(like(w, r, b).initialHidden(a)));
    changeArray("c", weights.initialCell(), a -> withWeights(like(w, r, b).initialCell(a)));
  }

  private DirectionWeights.Builder like(float[] input, float[] recurrent, float[] bias) {
    return DirectionWeights.builder(input, recurrent, bias)
        .peephole(weights.peephole())
        .initialHidden(weights.initialHidden())
        .initialCell(weights.initialCell())
        .activations(weights.activations());
  }

  private Network withWeights(DirectionWeights.Builder other) {
    return withFirst(first.withWeights(List.of(other.build())));
  }

  private Network withFirst(RecurrentLayer layer) {
    List<RecurrentLayer> layers = new ArrayList<>(from.layers());
    layers.set(0, layer);
    return from.withLayers(layers);
  }

  private void changeAttributes() {
    changed.put("direction", withFirst(like().direction(Direction.REVERSE).build()));
    changed.put("clip", withFirst(like().clip(first.clip() + 0.1f).build()));
    changed.put("coupled", withFirst(like().coupled(!first.coupled()).build()));
    for (int i = 0; i < weights.activations().size(); i++) {
      Activation f = weights.activations().get(i);
      List<Activation> others =
          List.of(
              new Activation(f.function(), f.alpha() + 0.1f, f.beta()),
              new Activation(f.function(), f.alpha(), f.beta() + 0.1f));
      for (int n = 0; n < f.function().numbers(); n++) {
        List<Activation> functions = new ArrayList<>(weights.activations());
        functions.set(i, others.get(n));
        changed.put(
            "number " + n + " of function " + i,
            withWeights(
                like(weights.input(), weights.recurrent(), weights.bias()).activations(functions)));
      }
    }
  }

  private RecurrentLayer.Builder like() {
    return RecurrentLayer.builder(first.cell(), first.inputSize(), first.hiddenSize())
        .clip(first.clip())
        .coupled(first.coupled())
        .weights(first.directions());
  }

  private void changeHead() {
    for (int i = 0; i < from.head().size(); i++) {
      int at = i;
      LinearLayer l = from.head().get(i);
      Activation f = l.activation();
      changeArray("weight " + i, l.weight(), a -> withLinear(at, linear(l, a, l.bias(), f)));
      changeArray("bias " + i, l.bias(), a -> withLinear(at, linear(l, l.weight(), a, f)));
      Activation other = new Activation(f.function(), f.alpha() + 0.1f, f.beta());
      changed.put(
          "function of linear layer " + i, withLinear(i, linear(l, l.weight(), l.bias(), other)));
    }
  }

  private static LinearLayer linear(
      LinearLayer like, float[] weight, float[] bias, Activation function) {
    return new LinearLayer(like.inputs(), like.outputs(), weight, bias, function);
  }

  private Network withLinear(int index, LinearLayer layer) {
    Network.Builder builder =
        Network.builder()
            .rows(from.rows())
            .inputScaling(from.inputScaling())
            .outputScaling(from.outputScaling());
    from.layers().forEach(builder::layer);
    for (int i = 0; i < from.head().size(); i++) {
      builder.linear(i == index ? layer : from.head().get(i));
    }
    return builder.build();
  }
}
