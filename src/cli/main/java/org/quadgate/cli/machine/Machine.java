// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.machine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What can be read about the CPU and the JVM; what cannot is empty. */
public final class Machine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  private Machine() {}

  /** The CPU's name as its maker or the system gives it. */
  public static String cpu() {
    String name = cpuInfo("model name");
    if (name.isEmpty()) {
      name = sysctl("machdep.cpu.brand_string");
    }
    if (name.isEmpty()) {
      name = System.getenv().getOrDefault("PROCESSOR_IDENTIFIER", "");
    }
    return name;
  }

  /** Whether the CPU reports a feature, such as {@code avx512f}. */
  public static boolean hasCpuFlag(String flag) {
    return List.of(cpuInfo("flags").split(" ", -1)).contains(flag);
  }

  /** The first value of a key in Linux's list of CPUs. */
  private static String cpuInfo(String key) {
    for (String line : read(CPU_INFO).lines().toList()) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }

  /** Sizes of one core's caches, such as {@code L1d 32K, L2 1024K, L3 32768K}. */
  public static String caches() {
    List<String> caches = new ArrayList<>();
    for (int i = 0; Files.isDirectory(CACHES.resolve("index" + i)); i++) {
      Path cache = CACHES.resolve("index" + i);
      String type = read(cache.resolve("type"));
      String size = read(cache.resolve("size"));
      if (!size.isEmpty() && !type.equals("Instruction")) {
        String level = "L" + read(cache.resolve("level")) + (type.equals("Data") ? "d " : " ");
        caches.add(level + size);
      }
    }
    if (caches.isEmpty()) {
      addSysctl(caches, "L1d ", "hw.perflevel0.l1dcachesize");
      addSysctl(caches, "L2 ", "hw.perflevel0.l2cachesize");
    }
    return String.join(", ", caches);
  }

  private static void addSysctl(List<String> caches, String level, String key) {
    String bytes = sysctl(key);
    if (bytes.matches("\\d{4,12}")) {
      caches.add(level + Long.parseLong(bytes) / 1024 + "K");
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** A value that macOS tells; elsewhere empty. */
  private static String sysctl(String key) {
    if (!System.getProperty("os.name").startsWith("Mac")) {
      return "";
    }
    try {
      Process process = new ProcessBuilder("/usr/sbin/sysctl", "-n", key).start();
      String value = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0 ? value.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** A HotSpot option's value, such as of {@code UseFMA}; empty on another JVM. */
  public static String vmOption(String name) {
    var bean =
        ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class);
    try {
      return bean == null ? "" : bean.getVMOption(name).getValue();
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
