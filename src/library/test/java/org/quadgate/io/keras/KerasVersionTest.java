// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class KerasVersionTest {
  @ParameterizedTest
  @CsvSource({"2.1.3, 2, 1", "2.4.3-tf, 2, 4", "2.2.4-tf, 2, 2", "3.14.1, 3, 14", "3.0, 3, 0"})
  void readsVersions(String text, int major, int minor) {
    assertEquals(new KerasVersion(major, minor), KerasVersion.of(text));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "3", "3.", "x3.1", "99999.1", "3.12345"})
  void whatIsNoneIsUnknown(String text) {
    assertEquals(KerasVersion.UNKNOWN, KerasVersion.of(text));
  }

  @Test
  void knowsWhatChanged() {
    assertTrue(KerasVersion.of("2.21.0").isKeras2());
    assertFalse(KerasVersion.of("3.0.0").isKeras2());
    assertFalse(KerasVersion.UNKNOWN.isKeras2());
    assertTrue(KerasVersion.of("3.15.1").passesMasksOn());
    assertFalse(KerasVersion.of("3.16.0").passesMasksOn());
    assertFalse(KerasVersion.of("4.0.0").passesMasksOn());
    assertTrue(KerasVersion.of("2.13.1").countsLayersTwice());
    assertFalse(KerasVersion.of("2.14.0").countsLayersTwice());
  }
}
