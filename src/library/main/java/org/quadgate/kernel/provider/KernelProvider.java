// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.provider;

import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.function.Supplier;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.scalar.ScalarKernels;
import org.quadgate.kernel.vector.VectorKernels;

/**
 * Chooses the kernels once per JVM and says why. Each rung of the ladder that fails gives a reason
 * and the scalar kernels; the system property {@value #PROPERTY} set to {@code scalar} forces them.
 */
public final class KernelProvider {
  /** {@code scalar} or {@code vector}; absent: the best there is. */
  public static final String PROPERTY = "quadgate.kernel";

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final System.Logger LOG = System.getLogger("org.quadgate");

  /** Null until someone has asked and the answer was no exception. */
  private static volatile Choice chosen;

  /**
   * What was chosen.
   *
   * @param name {@code vector} or {@code scalar}
   * @param reason one sentence
   */
  public record Choice(Kernels kernels, String name, String reason) {}

  private KernelProvider() {}

  /**
   * The kernels of this JVM.
   *
   * @throws IllegalArgumentException if {@value #PROPERTY} names none, each time until it does
   */
  public static Choice chosen() {
    Choice choice = chosen;
    return choice == null ? choose() : choice;
  }

  private static synchronized Choice choose() {
    if (chosen == null) {
      chosen = choose(System.getProperty(PROPERTY), KernelProvider::vectorKernels, LOG);
    }
    return chosen;
  }

  /** The scalar reference, whatever was chosen. */
  public static Choice scalar(String reason) {
    return new Choice(new ScalarKernels(), "scalar", reason);
  }

  /**
   * Chooses, and logs what it chose: as a warning if there are no vectors though nobody asked for
   * that, since the scalar kernels are many times slower.
   *
   * @param property what the system property says; null: nothing
   * @param vector tries and makes the vector kernels; called only where they should work
   */
  static Choice choose(String property, Supplier<Kernels> vector, System.Logger log) {
    String wish = property == null ? "vector" : property.strip().toLowerCase(Locale.ROOT);
    if (wish.equals("scalar")) {
      Choice choice = scalar("the system property " + PROPERTY + " asks for scalar code");
      log(log, Level.DEBUG, choice);
      return choice;
    }
    if (!wish.equals("vector")) {
      throw new IllegalArgumentException(
          "system property " + PROPERTY + " is '" + property + "', expected scalar or vector");
    }
    String obstacle = obstacle();
    Choice choice = obstacle == null ? tried(vector) : scalar(obstacle);
    log(log, choice.name().equals("scalar") ? Level.WARNING : Level.DEBUG, choice);
    return choice;
  }

  private static void log(System.Logger log, Level level, Choice choice) {
    int bits = choice.kernels().widthBits();
    log.log(level, "kernels: {0} {1} bits: {2}", choice.name(), bits, choice.reason());
  }

  /** Why the vector kernels are not worth trying; null if they are. */
  private static String obstacle() {
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      return "the module "
          + VECTOR_MODULE
          + " is not in this JVM; start java with --add-modules "
          + VECTOR_MODULE;
    }
    String noC2 = whyNoC2();
    if (noC2 != null) {
      return noC2 + ", and without C2 vectors are slow objects";
    }
    if (option("UseFMA").equals("false")) {
      return "the CPU or the JVM (-XX:-UseFMA) has no fused multiply-add";
    }
    return null;
  }

  /** The vector kernels, unless this JDK has changed the module under them, as it may. */
  static Choice tried(Supplier<Kernels> vector) {
    try {
      Kernels kernels = vector.get();
      int width = kernels.widthBits();
      if (width < 128) {
        return scalar("the JVM prefers vectors of " + width + " bits, under 128");
      }
      String reason = width + " bits is the widest vector this JVM prefers";
      return new Choice(kernels, "vector", reason);
    } catch (RuntimeException | LinkageError | AssertionError | InternalError e) {
      return scalar("the vector kernels do not run on this JVM: " + e);
    }
  }

  /** Its own method, because a reference to one of theirs would load a class of the module. */
  private static Kernels vectorKernels() {
    return VectorKernels.tried();
  }

  /** Null if the optimising compiler C2 will compile the kernels. */
  private static String whyNoC2() {
    if (System.getProperty("java.vm.info", "").startsWith("interpreted")) {
      return "the JVM only interprets (-Xint)";
    }
    String stop = option("TieredStopAtLevel");
    if (!stop.isEmpty() && Integer.parseInt(stop) < 4) {
      return "the JVM stops compiling at level " + stop + " (-XX:TieredStopAtLevel)";
    }
    if (option("UseJVMCICompiler").equals("true")) {
      return "the JVM compiles with JVMCI instead of C2";
    }
    return null;
  }

  /** A HotSpot option's value; empty if this is not HotSpot or jdk.management is absent. */
  private static String option(String name) {
    try {
      return HotSpotOptions.value(name);
    } catch (LinkageError e) {
      return "";
    }
  }

  private static final class HotSpotOptions {
    static String value(String name) {
      var bean =
          ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class);
      try {
        return bean == null ? "" : bean.getVMOption(name).getValue();
      } catch (IllegalArgumentException e) {
        return "";
      }
    }
  }
}
