// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.quadgate.LstmConfig;
import org.quadgate.sequence.SequenceModel.Rows;

/** Quadgate's keys in a file's metadata. */
final class ModelMetadata {
  static final String PREFIX = "quadgate.";
  static final String FORMAT_VERSION = "quadgate.format_version";
  static final String LAYERS = "quadgate.layers";
  static final String INPUT_NAMES = "quadgate.input_names";
  static final String OUTPUT_NAMES = "quadgate.output_names";

  /** Which rows a model gives, {@code last} or {@code final}; without it, one of every timestep. */
  static final String ROWS = "quadgate.rows";

  static final String TOKENS = "quadgate.tokens";
  static final String VOCABULARY = "quadgate.vocabulary";

  private static final String VERSION = "1";
  private static final Set<String> KNOWN =
      Set.of(
          FORMAT_VERSION,
          LAYERS,
          INPUT_NAMES,
          OUTPUT_NAMES,
          ROWS,
          TOKENS,
          VOCABULARY,
          ModelChecksum.KEY);

  private ModelMetadata() {}

  /**
   * Checks the version and that Quadgate's keys are to be trusted. An unknown one may come from a
   * later version and is passed over, but only under a checksum: without, it may as well be a known
   * one that was damaged.
   */
  static void check(SafetensorsFile file) throws ModelFormatException {
    Map<String, String> metadata = file.metadata();
    boolean summed = metadata.containsKey(ModelChecksum.KEY);
    String version = metadata.get(FORMAT_VERSION);
    if (version != null && !version.equals(VERSION)) {
      throw broken(
          file, FORMAT_VERSION, "is " + ModelFormatException.quote(version) + ", expected \"1\"");
    }
    if (version != null && !summed) {
      throw broken(file, FORMAT_VERSION, "stands without " + ModelChecksum.KEY);
    }
    for (String key : metadata.keySet()) {
      if (key.startsWith(PREFIX) && !KNOWN.contains(key) && !summed) {
        throw broken(file, key, "is not understood, and there is no " + ModelChecksum.KEY);
      }
    }
  }

  /** The paths of the modules in order, if the file gives them. */
  static Optional<List<String>> layers(SafetensorsFile file) throws ModelFormatException {
    return strings(file, LAYERS);
  }

  /** The tokens of a language model in order; empty for any other model. */
  static Optional<List<String>> vocabulary(SafetensorsFile file) throws ModelFormatException {
    return strings(file, VOCABULARY);
  }

  /** Names for {@code size} inputs or outputs; empty if the file gives none. */
  static List<String> names(SafetensorsFile file, String key, int size)
      throws ModelFormatException {
    Optional<List<String>> names = strings(file, key);
    if (names.isEmpty()) {
      return List.of();
    }
    if (names.get().size() != size) {
      throw broken(file, key, "has " + names.get().size() + " names, expected " + size);
    }
    return names.get();
  }

  /** The metadata of a model, but for the checksum. */
  static Map<String, String> of(LstmConfig config, List<String> paths) {
    return of(paths, config.inputNames(), config.outputNames());
  }

  /** The metadata of a model, but for the checksum. */
  static Map<String, String> of(
      List<String> paths, List<String> inputNames, List<String> outputNames) {
    Map<String, String> metadata = new LinkedHashMap<>();
    // transformers and others look for this key to tell whose tensors these are
    metadata.put("format", "pt");
    metadata.put(FORMAT_VERSION, VERSION);
    metadata.put(LAYERS, Json.array(paths));
    metadata.putAll(names(inputNames, outputNames));
    return metadata;
  }

  /** The names of inputs and outputs, where there are any. */
  static Map<String, String> names(List<String> inputNames, List<String> outputNames) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (!inputNames.isEmpty()) {
      metadata.put(INPUT_NAMES, Json.array(inputNames));
    }
    if (!outputNames.isEmpty()) {
      metadata.put(OUTPUT_NAMES, Json.array(outputNames));
    }
    return metadata;
  }

  /** Which rows the model gives. */
  static Rows rows(SafetensorsFile file) throws ModelFormatException {
    String text = file.metadata().get(ROWS);
    return switch (text) {
      case null -> Rows.EACH;
      case "last" -> Rows.LAST;
      case "final" -> Rows.FINAL;
      default ->
          throw broken(
              file, ROWS, "is " + ModelFormatException.quote(text) + ", expected last or final");
    };
  }

  /** Says which rows a model gives. */
  static Map<String, String> of(Rows rows) {
    return rows == Rows.EACH ? Map.of() : Map.of(ROWS, rows.name().toLowerCase(Locale.ROOT));
  }

  private static Optional<List<String>> strings(SafetensorsFile file, String key)
      throws ModelFormatException {
    String text = file.metadata().get(key);
    return text == null
        ? Optional.empty()
        : Optional.of(Json.strings(file.path(), ModelFormatException.metadata(key), text));
  }

  private static ModelFormatException broken(SafetensorsFile file, String key, String problem) {
    return new ModelFormatException(file.path(), ModelFormatException.metadata(key), problem);
  }
}
