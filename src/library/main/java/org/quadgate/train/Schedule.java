// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.Objects;

/** How the learning rate changes during a run: a factor on the rate that the run was given. */
public sealed interface Schedule {
  /** The same rate always. */
  record Constant() implements Schedule {}

  /** Multiplies the rate by {@code factor} in every epoch after epoch {@code after}. */
  record EachEpochAfter(int after, double factor) implements Schedule {
    /** Checks the settings. */
    public EachEpochAfter {
      if (after < 0 || !(factor > 0 && factor <= 1)) {
        throw new IllegalArgumentException(
            "epoch " + after + " and factor " + factor + ", expected 0 or above, and 0 to 1");
      }
    }
  }

  /**
   * Half a cosine wave from the full rate to {@code lowest} times it (Loshchilov &amp; Hutter,
   * "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016, without the restarts).
   */
  record Cosine(double lowest) implements Schedule {
    /** Checks the setting. */
    public Cosine {
      if (!(lowest >= 0 && lowest <= 1)) {
        throw new IllegalArgumentException("lowest factor is " + lowest + ", expected 0 to 1");
      }
    }
  }

  /** Rises evenly through the first {@code steps} steps; {@code then} is multiplied to it. */
  record WarmUp(long steps, Schedule then) implements Schedule {
    /** Checks the setting. */
    public WarmUp {
      if (steps < 1) {
        throw new IllegalArgumentException("warm-up of " + steps + " steps, expected 1 or more");
      }
      Objects.requireNonNull(then, "then");
    }
  }

  /**
   * The factor of a step.
   *
   * @param step from 1
   * @param epoch from 1
   * @param totalSteps steps of the whole run
   */
  default double factor(long step, int epoch, long totalSteps) {
    return switch (this) {
      case Constant _ -> 1;
      case EachEpochAfter(int after, double factor) ->
          StrictMath.pow(factor, Math.max(0, epoch - after));
      case Cosine(double lowest) -> {
        double done = Math.min(1, (step - 1) / (double) Math.max(1, totalSteps));
        yield lowest + (1 - lowest) * (1 + StrictMath.cos(Math.PI * done)) / 2;
      }
      case WarmUp(long steps, Schedule then) ->
          Math.min(1, step / (double) steps) * then.factor(step, epoch, totalSteps);
    };
  }

  /** Whether the rate of a step depends on how long the run is meant to be. */
  default boolean dependsOnLength() {
    return switch (this) {
      case Constant _, EachEpochAfter _ -> false;
      case Cosine _ -> true;
      case WarmUp(_, Schedule then) -> then.dependsOnLength();
    };
  }
}
