// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.PrintStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.quadgate.KernelInfo;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmWeights;
import org.quadgate.Precision;
import org.quadgate.sequence.SequenceModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what steps run on here, and what would make them faster. */
@Command(
    name = "info",
    description = "Show the kernels in use, the machine and the JVM; optionally a model.")
final class InfoCommand implements Runnable {
  private final Console console;

  @Option(names = "--model", paramLabel = "MODEL", description = "Describe this model file too.")
  private Path model;

  InfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    SequenceModel read = model == null ? null : Models.readSequenceModel(model);
    PrintStream out = console.out();
    KernelInfo kernel = LstmModel.defaultKernel();
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
    for (String hint : hints(kernel)) {
      line("hint", hint);
    }
    if (read != null) {
      out.println();
      if (read.whyNotEngine().isEmpty()) {
        describe(read.weights());
      } else {
        describe(read);
      }
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

  private void describe(LstmWeights weights) {
    LstmConfig config = weights.config();
    line("model", model.toString());
    line("shape", config.describe());
    line("parameters", String.format(Locale.ROOT, "%,d", config.parameterCount()));
    line("inputs", names(config.inputNames(), config.inputSize()));
    line("outputs", names(config.outputNames(), config.outputSize()));
    line("scaling", scaling(weights));
    for (Precision precision : Precision.values()) {
      long bytes = Models.pack(model.toString(), weights, precision).packedBytes();
      line(
          PrecisionConverter.name(precision),
          String.format(Locale.ROOT, "%,d bytes of packed weights", bytes));
    }
  }

  /** A model that the streaming engine does not have. */
  private void describe(SequenceModel read) {
    line("model", model.toString());
    line("shape", read.describe());
    line("inputs", names(read.inputNames(), read.inputSize()));
    line("outputs", names(read.outputNames(), read.outputSize()));
    line("engine", "not for streaming: " + read.whyNotEngine().orElseThrow());
    line("stepping", read.whyNotStep().map(reason -> "no: " + reason).orElse("yes, in fp32"));
  }

  private static String scaling(LstmWeights weights) {
    String inputs = weights.standardisesInput() ? "inputs standardised" : "inputs as they are";
    return inputs + (weights.scalesOutput() ? ", outputs scaled" : ", outputs as they are");
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
