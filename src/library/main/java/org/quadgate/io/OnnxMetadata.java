// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.onnx.OnnxFile;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceModel;

/**
 * Quadgate's entries in an ONNX file's metadata_props: names of columns, and the initial states of
 * a model that is stepped, where they are the caller's to give.
 */
final class OnnxMetadata {
  private static final String INITIAL_HIDDEN = "quadgate.initial_h_";
  private static final String INITIAL_CELL = "quadgate.initial_c_";

  private final Path file;
  private final Map<String, String> metadata;
  private final Set<String> unread;

  private OnnxMetadata(Path file, Map<String, String> metadata) {
    this.file = file;
    this.metadata = metadata;
    unread = new HashSet<>(metadata.keySet());
  }

  /** The model with what the metadata says of it. */
  static SequenceModel applied(Path file, OnnxFile.Content content) throws ModelFormatException {
    OnnxMetadata metadata = new OnnxMetadata(file, content.metadata());
    if (metadata.unread.stream().noneMatch(key -> key.startsWith(ModelMetadata.PREFIX))) {
      return content.model();
    }
    SequenceModel model = content.model();
    SequenceModel.Builder builder = model.toBuilder();
    builder.names(
        metadata.names(ModelMetadata.INPUT_NAMES, model.inputSize()),
        metadata.names(ModelMetadata.OUTPUT_NAMES, model.outputSize()));
    for (int i = 0; i < model.layers().size(); i++) {
      SequenceLayer.Pass pass = model.layers().get(i).passes().getFirst();
      metadata.state(INITIAL_HIDDEN + i, pass.initialHidden);
      metadata.state(INITIAL_CELL + i, pass.initialCell);
    }
    for (String key : metadata.unread) {
      if (key.startsWith(ModelMetadata.PREFIX)) {
        throw metadata.broken(key, "is not understood");
      }
    }
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, "metadata", e.getMessage(), e);
    }
  }

  private List<String> names(String key, int size) throws ModelFormatException {
    if (!unread.remove(key)) {
      return List.of();
    }
    List<String> names = Json.strings(file, ModelFormatException.metadata(key), metadata.get(key));
    if (names.size() != size) {
      throw broken(key, "has " + names.size() + " names, expected " + size);
    }
    return names;
  }

  /** Sets a state that the graph leaves to the caller; one that it has itself stays as it is. */
  private void state(String key, float[] to) throws ModelFormatException {
    if (!unread.remove(key)) {
      return;
    }
    for (float value : to) {
      if (value != 0) {
        throw broken(key, "says what the graph says otherwise");
      }
    }
    float[] state =
        Json.numbers(file, ModelFormatException.metadata(key), metadata.get(key), to.length);
    System.arraycopy(state, 0, to, 0, to.length);
  }

  private ModelFormatException broken(String key, String problem) {
    return new ModelFormatException(file, ModelFormatException.metadata(key), problem);
  }
}
