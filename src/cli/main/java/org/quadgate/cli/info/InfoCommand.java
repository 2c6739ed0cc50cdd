// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.info;

import java.io.PrintStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.quadgate.KernelInfo;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.machine.Machine;
import org.quadgate.cli.machine.VersionText;
import org.quadgate.cli.model.Models;
import org.quadgate.cli.model.PrecisionConverter;
import org.quadgate.network.Network;
import org.quadgate.options.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what steps run on here, and what would make them faster. */
@Command(
    name = "info",
    description = "Show the kernels in use, the machine and the JVM; optionally a model.")
public final class InfoCommand implements Runnable {
  private final Console console;

  @Option(names = "--model", paramLabel = "MODEL", description = "Describe this model file too.")
  private Path model;

  /** Talks on these streams. */
  public InfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Network network = model == null ? null : Models.read(model);
    PrintStream out = console.out();
    KernelInfo kernel = Model.defaultKernel();
    line("quadgate", VersionText.version());
    line("kernel", kernel.label() + ": " + kernel.reason());
    line(
        "JVM",
        System.getProperty("java.vm.name")
            + " "
            + System.getProperty("java.runtime.version")
            + ", "
            + System.getProperty("java.vm.info"));
    line("heap", "at most " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB, " + collectors());
    line(
        "OS",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " on "
            + System.getProperty("os.arch"));
    line("CPU", orUnknown(Machine.cpu()));
    line("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    line("caches", orUnknown(Machine.caches()));
    line(
        "fma",
        switch (Machine.vmOption("UseFMA")) {
          case "true" -> "yes";
          case "false" -> "no: steps are many times slower without fused multiply-add";
          default -> "unknown";
        });
    if (kernel.name().equals("scalar")) {
      line("warning", "steps take many times as long as with vector kernels");
    }
    for (String hint : hints(kernel)) {
      line("hint", hint);
    }
    if (network != null) {
      out.println();
      describe(network);
    }
  }

  private static List<String> hints(KernelInfo kernel) {
    List<String> hints = new ArrayList<>();
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      hints.add("add --add-modules jdk.incubator.vector to java's options for vector kernels");
    }
    if (kernel.widthBits() == 256 && Machine.hasCpuFlag("avx512f")) {
      hints.add(
          "the CPU has AVX-512 but this JVM prefers 256 bits; try java's option -XX:UseAVX=3");
    }
    return hints;
  }

  private static String collectors() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .map(GarbageCollectorMXBean::getName)
        .map(name -> name.split(" ", 2)[0])
        .distinct()
        .collect(Collectors.joining(", ", "collector ", ""));
  }

  private void describe(Network network) {
    line("model", model.toString());
    line("shape", network.describe());
    line("parameters", String.format(Locale.ROOT, "%,d", network.parameterCount()));
    line("inputs", names(network.inputNames(), network.inputSize()));
    line("outputs", names(network.outputNames(), network.outputSize()));
    line("scaling", scaling(network));
    network
        .window()
        .ifPresent(steps -> line("window", "trained on " + steps + " timesteps at a time"));
    line("stepping", network.whyNotStep().map(reason -> "no: " + reason).orElse("yes"));
    for (Precision precision : Precision.values()) {
      line(PrecisionConverter.name(precision), compiled(network, precision));
    }
  }

  private String compiled(Network network, Precision precision) {
    try (Model compiled = Models.compile(model.toString(), network, precision)) {
      return String.format(
          Locale.ROOT,
          "%,d bytes of packed weights on %s",
          compiled.packedBytes(),
          compiled.kernel().label());
    }
  }

  private static String scaling(Network network) {
    String inputs =
        network.inputScaling().isIdentity() ? "inputs as they are" : "inputs standardised";
    return inputs
        + (network.outputScaling().isIdentity() ? ", outputs as they are" : ", outputs scaled");
  }

  private static String names(List<String> names, int size) {
    return size + (names.isEmpty() ? ", without names" : ": " + String.join(", ", names));
  }

  private static String orUnknown(String value) {
    return value.isEmpty() ? "unknown" : value;
  }

  private void line(String name, String value) {
    console.out().printf("%-10s %s%n", name, value);
  }
}
