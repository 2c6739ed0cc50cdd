// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;

/** Where the weights' memory goes, in JVMs of their own whose memory is counted. */
@Tag("once")
class ModelMemoryTest {
  private static final int RELOADS = 400;

  private static final int FORGOTTEN = 100;

  private static final int KEPT = 15;

  private static final long MIB = 1 << 20;

  private static long run(List<String> options, String how) throws Exception {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("-Xmx256m", "-XX:NativeMemoryTracking=summary"));
    ChildJvm.Result result = ChildJvm.run(Reloads.class, all, how);
    assertEquals(0, result.status(), result.output());
    String last = result.output().strip();
    return Long.parseLong(last.substring(last.lastIndexOf('\n') + 1));
  }

  /** Neither a collection nor a limit of 256 MiB is in the way of 2.4 GiB, one after the other. */
  @Test
  void reloadsWithCloseNeedNoCollector() throws Exception {
    long most = run(List.of("-XX:+DisableExplicitGC"), "close");
    // scratch of threads may wait for the collector, weights must not
    assertTrue(most < 6 * MIB, "up to " + most / MIB + " MiB at a time");
  }

  /**
   * As many that nobody closes: the collector frees them, when it is asked for memory or to run.
   */
  @Test
  void modelsThatNobodyClosesAreFreed() throws Exception {
    long left = run(List.of(), "forget");
    assertTrue(left < 20 * MIB, left / MIB + " MiB are left");
  }

  /** That the numbers above would show what is kept. */
  @Test
  void modelsThatAreKeptWouldShow() throws Exception {
    long left = run(List.of(), "keep");
    assertTrue(left > KEPT * 6 * MIB, left / MIB + " MiB are left");
  }

  /** Prints how many bytes are taken in the end, or were at most of models that are closed. */
  static final class Reloads {
    private static final int STEPS = 3;

    /** Of the native memory's summary, the line of what Java code has allocated. */
    private static final Pattern OTHER =
        Pattern.compile("Other \\(reserved=\\d+, committed=(\\d+)\\)");

    private static void use(Model model) {
      float[] xs = new float[STEPS * model.inputSize()];
      float[] ys = new float[STEPS * model.outputSize()];
      model.step(model.newState(), xs, 0, ys, 0);
      model.run(model.newState(), xs, STEPS, ys);
    }

    /** What was taken outside the Java heap, and outside of what the JVM takes for itself. */
    private static long bytes() throws JMException {
      String[] detail = {"summary", "scale=1"};
      Object report =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "vmNativeMemory",
                  new Object[] {detail},
                  new String[] {String[].class.getName()});
      Matcher other = OTHER.matcher((String) report);
      return other.find() ? Long.parseLong(other.group(1)) : 0;
    }

    public static void main(String[] args) throws Exception {
      Network network =
          RandomWeights.of(Architecture.builder(256).lstm(512).build(), 1).toNetwork();
      String how = args[0];
      int count =
          switch (how) {
            case "close" -> RELOADS;
            case "keep" -> KEPT;
            default -> FORGOTTEN;
          };
      List<Model> models = new ArrayList<>();
      long most = 0;
      for (int i = 0; i < count; i++) {
        Model model = Model.of(network);
        use(model);
        if (how.equals("close")) {
          model.close();
        } else if (how.equals("keep")) {
          models.add(model);
        }
        most = Math.max(most, i % 10 == 9 ? bytes() : 0);
      }
      for (int i = 0; i < 100 && how.equals("forget") && bytes() > 10 * MIB; i++) {
        System.gc();
        Thread.sleep(10);
      }
      System.out.println(how.equals("close") ? most : bytes());
      Reference.reachabilityFence(models);
    }
  }
}
