// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.Json;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.safetensors.SafetensorsFile.Tensor;
import org.quadgate.io.torch.TorchReader;
import org.quadgate.io.torch.TorchWriter;
import org.quadgate.network.Network;
import org.quadgate.text.LanguageModel;
import org.quadgate.text.Tokens;
import org.quadgate.text.Vocabulary;

/**
 * Reads and writes language models: a model file with the embedding and the vocabulary beside the
 * network; the description of this package has the names.
 */
public final class LanguageModelFiles {
  private static final String EMBEDDING = "embedding.weight";

  private LanguageModelFiles() {}

  /**
   * Reads a language model.
   *
   * @throws ModelFormatException as {@link ModelFiles#read}, and if the file is of a model without
   *     a vocabulary, or of one whose network is not a plain one
   * @throws IOException if reading fails
   */
  public static LanguageModel read(Path path) throws IOException {
    ModelFiles.checkExtension(path);
    SafetensorsFile file = SafetensorsFile.read(path);
    ModelMetadata metadata = new ModelMetadata(path, file.metadata());
    metadata.check();
    String kind = metadata.get(ModelMetadata.TOKENS);
    Optional<List<String>> vocabulary = metadata.strings(ModelMetadata.VOCABULARY);
    if (kind == null || vocabulary.isEmpty()) {
      throw metadata.broken(
          ModelMetadata.TOKENS,
          "is not there with a vocabulary; expected a model that was trained on text");
    }
    Tensor embedding = file.tensor(EMBEDDING);
    Network network = TorchReader.read(file, Set.of(EMBEDDING));
    Optional<String> reason = network.whyNotPlain();
    if (reason.isPresent()) {
      throw new ModelFormatException(
          path, "network", reason.get() + ", which a language model's network may not");
    }
    long inputs = network.inputSize();
    if (!embedding.isFloat()
        || !embedding.shape().equals(List.of((long) vocabulary.get().size(), inputs))) {
      throw new ModelFormatException(
          path,
          ModelFormatException.tensor(EMBEDDING),
          "is %s, expected a float for each of %d tokens and %d inputs"
              .formatted(embedding, vocabulary.get().size(), inputs));
    }
    try {
      return new LanguageModel(
          tokens(metadata, kind), new Vocabulary(vocabulary.get()), embedding.data(), network);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          path,
          ModelFormatException.metadata(ModelMetadata.VOCABULARY),
          String.valueOf(e.getMessage()),
          e);
    }
  }

  private static Tokens tokens(ModelMetadata metadata, String kind) throws ModelFormatException {
    for (Tokens tokens : Tokens.values()) {
      if (name(tokens).equals(kind)) {
        return tokens;
      }
    }
    throw metadata.broken(
        ModelMetadata.TOKENS,
        "is " + ModelFormatException.quote(kind) + ", expected chars or words");
  }

  private static String name(Tokens tokens) {
    return tokens.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Writes a language model, all or nothing; see {@link ModelFiles#write}.
   *
   * @throws ModelFormatException as there
   * @throws IOException if writing fails
   */
  public static void write(LanguageModel model, Path path) throws IOException {
    ModelFiles.checkExtension(path);
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(ModelMetadata.TOKENS, name(model.tokens()));
    metadata.put(ModelMetadata.VOCABULARY, Json.array(model.vocabulary().tokens()));
    Tensor embedding =
        Tensor.of(
            EMBEDDING, model.embedding(), model.vocabulary().size(), model.network().inputSize());
    TorchWriter.write(model.network(), metadata, List.of(embedding), path);
  }
}
