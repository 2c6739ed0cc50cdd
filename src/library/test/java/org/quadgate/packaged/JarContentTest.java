// SPDX-License-Identifier: Apache-2.0
package org.quadgate.packaged;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.ReleaseFiles;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** What is in the packaged jar, how large it is, and what follows from it. */
@Tag("packaged")
class JarContentTest {
  private static final Path TARGET = Path.of("src", "library", "target");
  private static final Path JAR = TARGET.resolve("quadgate.jar");
  private static final long MOST_BYTES = 1_100_000;

  @Test
  void isSmall() throws IOException {
    Map<String, Long> parts = new TreeMap<>();
    try (JarFile jar = new JarFile(JAR.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (!entry.isDirectory()) {
          parts.merge(part(entry.getName()), entry.getCompressedSize(), Long::sum);
        }
      }
    }
    long size = Files.size(JAR);
    // the rest is names, each of them twice
    parts.put("names", size - parts.values().stream().mapToLong(n -> n).sum());
    String text = JAR.getFileName() + ": " + size + " bytes: " + parts;
    System.out.println(text);
    assertTrue(size <= MOST_BYTES, text);
  }

  /** The package that an entry counts for. */
  private static String part(String entry) {
    if (entry.startsWith("org/quadgate/shaded/")) {
      return "JSON parser";
    }
    int end = entry.startsWith("META-INF/") ? "META-INF".length() : entry.lastIndexOf('/');
    return end < 0 ? entry : entry.substring(0, end).replace('/', '.');
  }

  @Test
  void hasOurNamesAlone() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<String> foreign =
          jar.stream()
              .map(JarEntry::getName)
              .filter(name -> !name.endsWith("/"))
              .filter(name -> !name.matches("org/quadgate/[^-]+\\.class|.*/package-info\\.class"))
              .filter(
                  name ->
                      !name.matches("module-info\\.class|META-INF/(MANIFEST\\.MF|LICENSE|NOTICE)"))
              .filter(name -> !name.startsWith("META-INF/maven/org.quadgate/"))
              .toList();
      assertEquals(List.of(), foreign);
    }
  }

  @Test
  void itsDescriptorAsksForNothingButTheJdk() {
    ModuleDescriptor module = ModuleFinder.of(JAR).find("org.quadgate").orElseThrow().descriptor();
    Set<String> required =
        module.requires().stream()
            .filter(requires -> !requires.modifiers().contains(Requires.Modifier.STATIC))
            .map(Requires::name)
            .collect(Collectors.toSet());
    assertEquals(Set.of("java.base"), required);
    Set<String> optional =
        module.requires().stream()
            .map(Requires::name)
            .collect(Collectors.toCollection(TreeSet::new));
    optional.removeAll(required);
    Set<String> known =
        Set.of(
            "jdk.incubator.vector",
            "jdk.management",
            "tools.jackson.core",
            "io.jhdf",
            "org.jspecify");
    optional.removeAll(known);
    assertEquals(Set.of(), optional);
    assertEquals(Set.of(), module.opens());
  }

  /** Nothing is null there but what says so. */
  @Test
  void whatItExportsSaysWhatMayBeNull() throws IOException {
    ModuleDescriptor module = ModuleFinder.of(JAR).find("org.quadgate").orElseThrow().descriptor();
    List<String> unmarked = new ArrayList<>();
    try (JarFile jar = new JarFile(JAR.toFile())) {
      for (ModuleDescriptor.Exports exports : module.exports()) {
        String name = exports.source().replace('.', '/') + "/package-info.class";
        try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
          // the annotation's class is not there to ask for it
          String text = new String(in.readAllBytes(), ISO_8859_1);
          if (!text.contains("Lorg/jspecify/annotations/NullMarked;")) {
            unmarked.add(exports.source());
          }
        }
      }
    }
    assertEquals(List.of(), unmarked);
  }

  /** Of the pom that goes with the jar. */
  @Test
  void nothingFollowsFromItsPom() throws Exception {
    Element project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(TARGET.resolve("reduced-pom.xml").toFile())
            .getDocumentElement();
    List<Element> dependencies =
        children(children(project, "dependencies").getFirst(), "dependency");
    for (Element dependency : dependencies) {
      String name = text(dependency, "artifactId");
      boolean stays =
          text(dependency, "optional").equals("true")
              || Set.of("test", "provided").contains(text(dependency, "scope"));
      assertTrue(stays, "an embedder would get " + name);
      assertTrue(!name.equals("jackson-core"), name + " is part of the jar");
    }
    assertTrue(
        dependencies.stream().anyMatch(d -> text(d, "artifactId").equals("jhdf")),
        "the reduced pom looks unexpected");
  }

  @Test
  void hasItsSourcesItsDocumentationAndItsBillOfMaterials() throws IOException {
    List<String> faults =
        ReleaseFiles.faults(
            TARGET,
            "quadgate",
            "org/quadgate/io/ModelFiles.java",
            "org.quadgate/org/quadgate/io/ModelFiles.html",
            "pkg:maven/tools.jackson.core/jackson-core@");
    assertEquals(List.of(), faults);
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    NodeList nodes = parent.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      Node node = nodes.item(i);
      if (node instanceof Element element && element.getTagName().equals(name)) {
        found.add(element);
      }
    }
    return found;
  }

  private static String text(Element parent, String name) {
    List<Element> found = children(parent, name);
    return found.isEmpty() ? "" : found.getFirst().getTextContent().strip();
  }
}
