// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.cli.machine.Machine;

/** What a table needs to be believed and repeated: the machine, the JVM and the command. */
public final class ReportHeader {
  private ReportHeader() {}

  /** As {@link #of(List, String)}, of a program that is no JMH suite. */
  public static String of(String command) {
    return of(List.of(), command);
  }

  /**
   * A Markdown list.
   *
   * @param results of one run; of none, the settings are left out
   * @param command that made them
   */
  static String of(List<JmhResult> results, String command) {
    return """
    * CPU: %s; caches of one core: %s; %d processors
    * OS: %s %s, %s
    * JDK: %s, %s %s
    %s* Command: `%s`

    """
        .formatted(
            orUnknown(Machine.cpu()),
            orUnknown(Machine.caches()),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch"),
            System.getProperty("java.version"),
            System.getProperty("java.vm.name"),
            System.getProperty("java.vm.version"),
            results.isEmpty() ? "" : settings(results),
            command);
  }

  private static String settings(List<JmhResult> results) {
    Set<String> flags = new LinkedHashSet<>();
    results.forEach(r -> flags.addAll(List.of(r.settings().get("jvmArgs").split(" ", -1))));
    Map<String, String> run = results.getFirst().settings();
    return """
    * Flags: `%s`
    * JMH %s: forks %s, iterations %s × %s, warm-up %s × %s, threads %s
    """
        .formatted(
            String.join(" ", flags),
            run.get("jmhVersion"),
            run.get("forks"),
            run.get("measurementIterations"),
            run.get("measurementTime"),
            run.get("warmupIterations"),
            run.get("warmupTime"),
            run.get("threads"));
  }

  private static String orUnknown(String value) {
    return value.isEmpty() ? "unknown" : value;
  }
}
