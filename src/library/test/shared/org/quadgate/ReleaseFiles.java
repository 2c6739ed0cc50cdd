// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** What a module's build leaves beside its jar when it is made for a release. */
public final class ReleaseFiles {
  private static final boolean MADE = Boolean.getBoolean("quadgate.test.release");

  private ReleaseFiles() {}

  /**
   * What is wrong with a module's sources, documentation and bill of materials.
   *
   * @param target the module's build folder
   * @param artifact the name of its jar
   * @param source the name of one of its sources, within the jar of sources
   * @param page the name of a page, within the jar of documentation
   * @param component a library that the bill of materials has to name
   */
  public static List<String> faults(
      Path target, String artifact, String source, String page, String component)
      throws IOException {
    List<String> faults = new ArrayList<>();
    if (!MADE) {
      return faults;
    }
    List<String> sources = names(target.resolve(artifact + "-sources.jar"));
    if (!sources.contains(source)) {
      faults.add("no " + source + " in " + sources.size() + " sources");
    }
    sources.stream().filter(name -> name.endsWith("Test.java")).forEach(faults::add);
    List<String> pages = names(target.resolve(artifact + "-javadoc.jar"));
    if (!pages.contains(page)) {
      faults.add("no " + page + " in " + pages.size() + " pages");
    }
    String bill = Files.readString(target.resolve("bom.json"));
    if (!bill.contains(component)) {
      faults.add("no " + component + " in the bill of materials");
    }
    return faults;
  }

  private static List<String> names(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(JarEntry::getName).toList();
    }
  }
}
