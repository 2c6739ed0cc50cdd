// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.LstmCores;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;

/** How a model is stepped: on the calling thread alone, or on several cores. */
interface StacSteps extends AutoCloseable {
  void step(LstmState state, float[] x, float[] y);

  void prepareNext(LstmState state);

  void warmUp();

  /** How many cores. */
  int cores();

  @Override
  void close();

  /** On so many cores; on one by the model itself. */
  static StacSteps of(LstmModel model, int cores) {
    return cores == 1 ? new Alone(model) : new Together(new LstmCores(model, cores));
  }

  /** On one core. */
  record Alone(LstmModel model) implements StacSteps {
    @Override
    public void step(LstmState state, float[] x, float[] y) {
      model.step(state, x, y);
    }

    @Override
    public void prepareNext(LstmState state) {
      model.prepareNext(state);
    }

    @Override
    public void warmUp() {
      model.warmUp();
    }

    @Override
    public int cores() {
      return 1;
    }

    @Override
    public void close() {}
  }

  /** On several. */
  record Together(LstmCores team) implements StacSteps {
    @Override
    public void step(LstmState state, float[] x, float[] y) {
      team.step(state, x, y);
    }

    @Override
    public void prepareNext(LstmState state) {
      team.prepareNext(state);
    }

    @Override
    public void warmUp() {
      team.warmUp();
    }

    @Override
    public int cores() {
      return team.cores();
    }

    @Override
    public void close() {
      team.close();
    }
  }
}
