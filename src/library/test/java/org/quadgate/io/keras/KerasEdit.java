// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.JsonTree;
import org.quadgate.network.Network;

/** A {@code .keras} file of the fixtures whose description a test changes before it is read. */
final class KerasEdit {
  static final Path FILE = Path.of("changed.keras");

  private final Map<String, byte[]> entries = new HashMap<>();
  private final Map<String, Object> root;
  private KerasVersion version = new KerasVersion(3, 14);

  KerasEdit(String name) throws IOException {
    Path path = Path.of("src", "library", "test", "resources", "keras", name);
    assert Files.exists(path) : path;
    try (ZipFile zip = new ZipFile(path.toFile())) {
      for (ZipEntry entry : List.copyOf(zip.stream().toList())) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    String config = new String(entries.get("config.json"), UTF_8);
    root = map(JsonTree.object(FILE, "config.json", config));
  }

  @SuppressWarnings("unchecked") // JsonTree makes its maps of strings and objects
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked") // likewise its lists
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  /** The config of the whole model. */
  Map<String, Object> model() {
    return map(root.get("config"));
  }

  List<Object> layers() {
    return list(model().get("layers"));
  }

  /** A layer with its class, its calls and all. */
  Map<String, Object> layer(String name) {
    for (Object layer : layers()) {
      if (name.equals(map(layer).get("name"))
          || name.equals(map(map(layer).get("config")).get("name"))) {
        return map(layer);
      }
    }
    throw new AssertionError("no layer " + name);
  }

  /** What a layer says of itself; {@code keys} lead to a layer in it. */
  Map<String, Object> config(String name, String... keys) {
    Map<String, Object> config = map(layer(name).get("config"));
    for (String key : keys) {
      config = map(map(config.get(key)).get("config"));
    }
    return config;
  }

  /** Sets one thing that a layer says. */
  KerasEdit set(String name, String key, Object value) {
    config(name).put(key, value);
    return this;
  }

  /** Puts a layer without weights before another. */
  KerasEdit insert(String before, String kind, String name, Map<String, Object> config) {
    Map<String, Object> own = new LinkedHashMap<>(config);
    own.put("name", name);
    Map<String, Object> item = new LinkedHashMap<>(Map.of("class_name", kind));
    item.put("config", own);
    layers().add(before.isEmpty() ? layers().size() : layers().indexOf(layer(before)), item);
    return this;
  }

  /** The only call of a layer of a functional model. */
  Map<String, Object> call(String name) {
    return map(list(layer(name).get("inbound_nodes")).getFirst());
  }

  KerasEdit version(int major, int minor) {
    version = new KerasVersion(major, minor);
    return this;
  }

  Network read() throws ModelFormatException {
    KerasModel model = KerasModel.of(FILE, "config.json", root);
    Hdf5Node weights = Hdf5Tree.read(FILE, "", entries.get("model.weights.h5"));
    return KerasNetwork.of(
        FILE, version, model, KerasVariables.ofKeras3(FILE, version, model, weights));
  }
}
