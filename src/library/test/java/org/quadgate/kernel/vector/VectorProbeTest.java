// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** That the probe tries all that the kernels use; reads class files, so it needs no module. */
class VectorProbeTest {
  private static final String MODULE = "jdk/incubator/vector/";

  /** What choosing a width takes, which the provider does itself. */
  private static final List<String> WIDTH =
      List.of(".SPECIES_PREFERRED", ".SPECIES_512", ".vectorBitSize(");

  @Test
  void everythingThatTheKernelsUseIsTried() throws Exception {
    Path classes =
        Path.of(VectorProbe.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("org/quadgate/kernel/vector");
    Set<String> tried = used(read("VectorProbe.class"));
    Set<String> untried = new TreeSet<>();
    List<Path> files;
    try (var list = Files.list(classes)) {
      files = list.filter(f -> f.getFileName().toString().startsWith("Vector")).toList();
    }
    assertTrue(files.size() > 10, "found only " + files.size() + " classes");
    for (Path file : files) {
      untried.addAll(used(Files.readAllBytes(file)));
    }
    assertTrue(untried.size() > 20, "the kernels use only " + untried);
    untried.removeAll(tried);
    untried.removeIf(name -> WIDTH.stream().anyMatch(name::contains));
    assertEquals(Set.of(), untried);
  }

  private static byte[] read(String name) throws IOException {
    try (InputStream in = VectorProbeTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  /** Classes, methods and fields of the module that a class file names. */
  private static Set<String> used(byte[] bytes) {
    ClassModel model = ClassFile.of().parse(bytes);
    Set<String> used = new TreeSet<>();
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof ClassEntry type && type.asInternalName().startsWith(MODULE)) {
        used.add(type.asInternalName());
      } else if (entry instanceof MemberRefEntry member
          && member.owner().asInternalName().startsWith(MODULE)) {
        used.add(
            member.owner().asInternalName() + "." + member.name() + member.type().stringValue());
      }
    }
    return used;
  }

  @Test
  void theProbeSucceedsWhereverItsClassesLoad() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      VectorProbe.run();
    }
  }
}
