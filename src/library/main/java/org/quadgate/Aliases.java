// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.IdentityHashMap;

/**
 * Finds what sequences that run at the same time must not share. Allocates nothing unless there are
 * more sequences than ever before, and refers to none of them afterwards.
 */
@SuppressWarnings("ReferenceEquality") // the same array, not an equal one
final class Aliases {
  private final IdentityHashMap<Object, Object> written = new IdentityHashMap<>();

  /**
   * Checks that no sequence writes what another one reads or writes.
   *
   * @throws IllegalArgumentException naming the two
   */
  void check(StreamState[] states, float[][] xs, float[][] ys) {
    try {
      for (int i = 0; i < states.length; i++) {
        if (written.put(states[i], states[i]) != null) {
          throw refusal("states", i, "states", first(states, states[i]));
        }
        if (written.put(ys[i], ys[i]) != null) {
          throw refusal("ys", i, "ys", first(ys, ys[i]));
        }
      }
      for (int i = 0; i < xs.length; i++) {
        if (xs[i] != ys[i] && written.containsKey(xs[i])) {
          throw refusal("xs", i, "ys", first(ys, xs[i]));
        }
      }
    } finally {
      written.clear();
    }
  }

  private static int first(Object[] among, Object sought) {
    int i = 0;
    while (among[i] != sought) {
      i++;
    }
    return i;
  }

  private static IllegalArgumentException refusal(String one, int i, String other, int j) {
    return new IllegalArgumentException(
        "%s[%d] is %s[%d], but sequences run at the same time".formatted(one, i, other, j));
  }
}
