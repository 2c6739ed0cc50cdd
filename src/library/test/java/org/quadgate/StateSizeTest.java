// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Cells.Rare;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.Activation;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** A state is its h and c, whatever the network: scratch belongs to threads and not to streams. */
class StateSizeTest {
  private static final int STATES = 100;

  /** Three objects: the state, its memory and the array of its floats. */
  private static final long OBJECTS = 64;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static Stream<Arguments> networks() {
    List<Kind> kinds = new ArrayList<>();
    for (int units : new int[] {32, 64, 100, 512}) {
      Activation hard = Activation.of(Activation.Function.HARD_SIGMOID);
      Rare gates = Rare.NONE.with(hard, Activation.TANH, Activation.TANH);
      kinds.add(plain("LSTM " + units, Architecture.builder(8).lstm(units).linear(1)));
      kinds.add(plain("two layers of " + units, Architecture.builder(8).lstm(units).lstm(units)));
      kinds.add(plain("RNN " + 2 * units, Architecture.builder(8).rnn(2 * units)));
      kinds.add(kind("peepholes " + units, units, Rare.NONE.withPeepholes()));
      kinds.add(kind("hard_sigmoid " + units, units, gates));
      kinds.add(kind("coupled " + units, units, Rare.NONE.withCoupledGates().clipped(1)));
      kinds.add(kind("projected " + 2 * units, 2 * units, Rare.NONE.projectedTo(units / 2)));
      Network.Builder plain = Network.builder().layer(Cells.lstm(8, units, Rare.NONE, 1));
      kinds.add(new Kind("masked " + units, plain.masking(-1).build()));
      float[] weight = new float[units * 100];
      kinds.add(
          new Kind(
              "ReLU head " + units,
              plain
                  .linear(new LinearLayer(units, 100, weight, new float[100], Activation.RELU))
                  .build()));
    }
    return kinds.stream()
        .flatMap(kind -> Stream.of(Precision.values()).map(p -> Arguments.of(kind, p)));
  }

  private static Kind plain(String name, Architecture.Builder architecture) {
    return new Kind(name, RandomWeights.of(architecture.build(), 1).toNetwork());
  }

  private static Kind kind(String name, int units, Rare rare) {
    return new Kind(name, Network.builder().layer(Cells.lstm(8, units, rare, 1)).build());
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("networks")
  void aStateTakesItsFloatsAndLittleMore(Kind kind, Precision precision) {
    Model model = Model.of(kind.network(), ModelOptions.DEFAULT.withPrecision(precision));
    long floats = 0;
    long sums = 0;
    for (RecurrentLayer layer : kind.network().layers()) {
      floats += layer.directionSize() + (layer.cell().hasCellState() ? layer.hiddenSize() : 0);
      int panel = layer.cell() == CellType.LSTM ? 16 : 64;
      sums += 64L * ((layer.hiddenSize() + panel - 1) / panel);
    }
    StreamState[] states = new StreamState[STATES];
    float[] x = new float[model.inputSize()];
    float[] y = new float[model.outputSize()];
    model.step(model.newState(), x, y);
    long before = 0;
    long each = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 3; attempt++) { // the first may pay for something else
      before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < STATES; i++) {
        states[i] = model.newState();
      }
      each = Math.min(each, (THREADS.getCurrentThreadAllocatedBytes() - before) / STATES);
    }
    assertTrue(each >= 4 * floats, "the measurement sees less than there must be: " + each);
    assertTrue(each <= 4 * floats + OBJECTS, each + " bytes for " + floats + " floats");
    // below 64 floats the objects themselves are more than a quarter
    assertTrue(floats < 64 || each <= 1.25 * 4 * floats, each + " bytes for " + floats);

    // what a stream is given beside it, by those who prepare its next step: the sums of that
    StreamState prepared = states[0];
    int layers = kind.network().layers().size();
    model.prepareNext(states[1]);
    before = THREADS.getCurrentThreadAllocatedBytes();
    model.prepareNext(prepared);
    long first = THREADS.getCurrentThreadAllocatedBytes() - before;
    long most = 4 * sums + 16L * layers + 16 + 4L * layers + 8;
    if (!model.kernel().name().equals("vector")) { // interpreted vectors are objects, too
      assertTrue(first >= 4 * sums && first <= most, first + " bytes for " + sums + " sums");
      before = THREADS.getCurrentThreadAllocatedBytes();
      model.step(prepared, x, y);
      model.prepareNext(prepared);
      assertEquals(before, THREADS.getCurrentThreadAllocatedBytes(), "nothing later");
    }
  }
}
