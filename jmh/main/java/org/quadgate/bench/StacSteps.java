// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.Model;
import org.quadgate.ModelCores;
import org.quadgate.StreamState;

/** How a model is stepped: on the calling thread alone, or on several cores. */
interface StacSteps extends AutoCloseable {
  void step(StreamState state, float[] x, float[] y);

  void prepareNext(StreamState state);

  void warmUp();

  /** How many cores. */
  int cores();

  @Override
  void close();

  /** On so many cores; on one by the model itself. */
  static StacSteps of(Model model, int cores) {
    return cores == 1 ? new Alone(model) : new Together(new ModelCores(model, cores));
  }

  /** On one core. */
  record Alone(Model model) implements StacSteps {
    @Override
    public void step(StreamState state, float[] x, float[] y) {
      model.step(state, x, y);
    }

    @Override
    public void prepareNext(StreamState state) {
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
  record Together(ModelCores team) implements StacSteps {
    @Override
    public void step(StreamState state, float[] x, float[] y) {
      team.step(state, x, y);
    }

    @Override
    public void prepareNext(StreamState state) {
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
