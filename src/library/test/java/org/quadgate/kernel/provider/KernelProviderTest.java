// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.scalar.ScalarKernels;

/** What the provider makes of a wish and of vector kernels that fail. */
class KernelProviderTest {
  private final Log log = new Log();

  /** Keeps what is logged, level first. */
  private static final class Log implements System.Logger {
    private final List<String> lines = new ArrayList<>();

    @Override
    public String getName() {
      return "test";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
      lines.add(level + " " + message);
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String format, Object... values) {
      lines.add(level + " " + MessageFormat.format(format, values));
    }
  }

  private static Supplier<Kernels> failing(Throwable failure) {
    return () -> {
      KernelProviderTest.<RuntimeException>rethrow(failure);
      return null;
    };
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void rethrow(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void aTypoIsRefusedEachTime() {
    for (int i = 0; i < 2; i++) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> KernelProvider.choose("Vectr", ScalarKernels::new, log));
      assertEquals(
          "system property quadgate.kernel is 'Vectr', expected scalar or vector", e.getMessage());
    }
    assertEquals(List.of(), log.lines);
  }

  @Test
  void aWishForScalarIsNoWarning() {
    KernelProvider.Choice choice =
        KernelProvider.choose(" SCALAR ", failing(new AssertionError("not asked for")), log);
    assertEquals("scalar", choice.name());
    assertEquals(1, log.lines.size());
    assertTrue(log.lines.getFirst().startsWith("DEBUG "), log.lines.getFirst());
  }

  @Test
  void runningWithoutVectorsIsAWarningWithItsReason() {
    Supplier<Kernels> changed = failing(new NoSuchMethodError("fma"));
    KernelProvider.Choice choice = KernelProvider.choose(null, changed, log);
    assertEquals("scalar", choice.name());
    assertEquals(List.of("WARNING kernels: scalar 32 bits: " + choice.reason()), log.lines);
  }

  @Test
  void whateverIsWrongWithTheVectorApiMakesItScalar() {
    for (Throwable failure :
        List.of(
            new NoSuchMethodError("fma"),
            new ExceptionInInitializerError(new IllegalArgumentException("no such species")),
            new NoClassDefFoundError("FloatVector"),
            new UnsupportedOperationException("convert"),
            new IllegalStateException("a vector holds 1.0 instead of 2.0"),
            new InternalError("intrinsic"))) {
      KernelProvider.Choice choice = KernelProvider.tried(failing(failure));
      assertEquals("scalar", choice.name());
      assertEquals("the vector kernels do not run on this JVM: " + failure, choice.reason());
    }
  }

  @Test
  void lackOfMemoryIsNoReasonToBeSlowForEver() {
    assertThrows(
        OutOfMemoryError.class, () -> KernelProvider.tried(failing(new OutOfMemoryError("test"))));
  }

  @Test
  void narrowVectorsAreNotWorthIt() {
    KernelProvider.Choice choice = KernelProvider.tried(ScalarKernels::new);
    assertEquals("the JVM prefers vectors of 32 bits, under 128", choice.reason());
  }
}
