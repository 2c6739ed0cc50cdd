// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.metadata;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Network;
import org.quadgate.network.Rows;

/** Quadgate's keys among the strings by name that a file may carry. */
public final class ModelMetadata {
  /** What all keys of ours begin with. */
  public static final String PREFIX = "quadgate.";

  /** The version of what the keys mean; demands a checksum. */
  public static final String FORMAT_VERSION = "quadgate.format_version";

  /** The checksum of a safetensors file. */
  public static final String CHECKSUM = "quadgate.sha256";

  /** The paths of PyTorch's modules, first to last. */
  public static final String LAYERS = "quadgate.layers";

  /** A name per input. */
  public static final String INPUT_NAMES = "quadgate.input_names";

  /** A name per output. */
  public static final String OUTPUT_NAMES = "quadgate.output_names";

  /** Which rows a model gives, {@code last} or {@code final}; without it, one of every timestep. */
  public static final String ROWS = "quadgate.rows";

  /** The length of the windows that a model was trained on. */
  public static final String WINDOW = "quadgate.window";

  /** What a language model cuts text into. */
  public static final String TOKENS = "quadgate.tokens";

  /** A language model's tokens, by number. */
  public static final String VOCABULARY = "quadgate.vocabulary";

  private static final String VERSION = "1";
  private static final Set<String> KNOWN =
      Set.of(
          FORMAT_VERSION,
          CHECKSUM,
          LAYERS,
          INPUT_NAMES,
          OUTPUT_NAMES,
          ROWS,
          WINDOW,
          TOKENS,
          VOCABULARY);

  private final Path file;
  private final Map<String, String> entries;

  /** The entries of a file, whose name is for messages. */
  public ModelMetadata(Path file, Map<String, String> entries) {
    this.file = file;
    this.entries = entries;
  }

  /** The value of a key; null if there is none. */
  public String get(String key) {
    return entries.get(key);
  }

  /**
   * Checks the version, and that Quadgate's keys can be trusted. An unknown one may come from a
   * later version and is passed over, but only under a checksum: without one, it may be a known key
   * that was damaged.
   */
  public void check() throws ModelFormatException {
    boolean summed = entries.containsKey(CHECKSUM);
    String version = entries.get(FORMAT_VERSION);
    if (version != null && !version.equals(VERSION)) {
      throw broken(
          FORMAT_VERSION, "is " + ModelFormatException.quote(version) + ", expected \"1\"");
    }
    if (version != null && !summed) {
      throw broken(FORMAT_VERSION, "stands without " + CHECKSUM);
    }
    for (String key : entries.keySet()) {
      if (key.startsWith(PREFIX) && !KNOWN.contains(key) && !summed) {
        throw broken(key, "is not understood, and there is no " + CHECKSUM);
      }
    }
  }

  /** The strings of a key's JSON array; empty if there is no such key. */
  public Optional<List<String>> strings(String key) throws ModelFormatException {
    String text = entries.get(key);
    return text == null
        ? Optional.empty()
        : Optional.of(Json.strings(file, ModelFormatException.metadata(key), text));
  }

  /** Names for {@code size} inputs or outputs; empty if the file gives none. */
  public List<String> names(String key, int size) throws ModelFormatException {
    Optional<List<String>> names = strings(key);
    if (names.isEmpty()) {
      return List.of();
    }
    if (names.get().size() != size) {
      throw broken(key, "has " + names.get().size() + " names, expected " + size);
    }
    return names.get();
  }

  /** The finite numbers of a key's JSON array, which has to be there. */
  public float[] numbers(String key, int count) throws ModelFormatException {
    return Json.numbers(file, ModelFormatException.metadata(key), entries.get(key), count);
  }

  /** Which rows the model gives. */
  public Rows rows() throws ModelFormatException {
    String text = entries.get(ROWS);
    return switch (text) {
      case null -> Rows.EACH;
      case "last" -> Rows.LAST;
      case "final" -> Rows.FINAL;
      default ->
          throw broken(ROWS, "is " + ModelFormatException.quote(text) + ", expected last or final");
    };
  }

  /** The length of the windows that the model was trained on; empty if the file does not say. */
  public OptionalInt window() throws ModelFormatException {
    String text = entries.get(WINDOW);
    if (text == null) {
      return OptionalInt.empty();
    }
    if (!text.matches("[1-9][0-9]{0,9}") || Long.parseLong(text) > Integer.MAX_VALUE) {
      throw broken(
          WINDOW, "is " + ModelFormatException.quote(text) + ", expected a number of timesteps");
    }
    return OptionalInt.of(Integer.parseInt(text));
  }

  /** The exception for a key's value. */
  public ModelFormatException broken(String key, String problem) {
    return new ModelFormatException(file, ModelFormatException.metadata(key), problem);
  }

  /** What a safetensors file says of a network, but for the checksum. */
  public static Map<String, String> ofModules(Network network, List<String> paths) {
    Map<String, String> metadata = new LinkedHashMap<>();
    // transformers and others look for this key to tell whose tensors these are
    metadata.put("format", "pt");
    metadata.put(FORMAT_VERSION, VERSION);
    metadata.put(LAYERS, Json.array(paths));
    metadata.putAll(of(network));
    if (network.rows() != Rows.EACH) {
      metadata.put(ROWS, network.rows().name().toLowerCase(Locale.ROOT));
    }
    return metadata;
  }

  /** What no format has a place for: the names of inputs and outputs, and the window. */
  public static Map<String, String> of(Network network) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (!network.inputNames().isEmpty()) {
      metadata.put(INPUT_NAMES, Json.array(network.inputNames()));
    }
    if (!network.outputNames().isEmpty()) {
      metadata.put(OUTPUT_NAMES, Json.array(network.outputNames()));
    }
    if (network.window().isPresent()) {
      metadata.put(WINDOW, Integer.toString(network.window().getAsInt()));
    }
    return metadata;
  }
}
