// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.provider;

import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.util.Locale;
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

  /**
   * What was chosen.
   *
   * @param name {@code vector} or {@code scalar}
   * @param reason one sentence
   */
  public record Choice(Kernels kernels, String name, String reason) {}

  private KernelProvider() {}

  /** The kernels of this JVM. */
  public static Choice chosen() {
    return Holder.CHOICE;
  }

  /** The scalar reference, whatever was chosen. */
  public static Choice scalar(String reason) {
    return new Choice(new ScalarKernels(), "scalar", reason);
  }

  private static final class Holder {
    static final Choice CHOICE = announced(choose());
  }

  private static Choice announced(Choice choice) {
    System.getLogger("org.quadgate")
        .log(
            Level.DEBUG,
            "kernels: {0} {1} bits: {2}",
            choice.name(),
            choice.kernels().widthBits(),
            choice.reason());
    return choice;
  }

  private static Choice choose() {
    String wish = System.getProperty(PROPERTY, "vector").toLowerCase(Locale.ROOT);
    if (wish.equals("scalar")) {
      return scalar("the system property " + PROPERTY + " asks for scalar code");
    }
    if (!wish.equals("vector")) {
      throw new IllegalArgumentException(
          "system property " + PROPERTY + " is '" + wish + "', expected scalar or vector");
    }
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      return scalar(
          "the module "
              + VECTOR_MODULE
              + " is not in this JVM; start java with --add-modules "
              + VECTOR_MODULE);
    }
    String noC2 = whyNoC2();
    if (noC2 != null) {
      return scalar(noC2 + ", and without C2 vectors are slow objects");
    }
    if (option("UseFMA").equals("false")) {
      return scalar("the CPU or the JVM (-XX:-UseFMA) has no fused multiply-add");
    }
    Kernels vector = vectorKernels();
    int width = vector.widthBits();
    if (width < 128) {
      return scalar("the JVM prefers vectors of " + width + " bits, under 128");
    }
    return new Choice(vector, "vector", width + " bits is the widest vector this JVM prefers");
  }

  /** Its own method: the class must not be loaded where the module is absent. */
  private static Kernels vectorKernels() {
    return new VectorKernels();
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
