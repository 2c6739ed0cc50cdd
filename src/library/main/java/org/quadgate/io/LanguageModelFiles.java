// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.quadgate.LstmWeights;
import org.quadgate.io.SafetensorsFile.Tensor;
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
   *     a vocabulary
   * @throws IOException if reading fails
   */
  public static LanguageModel read(Path path) throws IOException {
    ModelFiles.checkExtension(path);
    SafetensorsFile file = SafetensorsFile.read(path);
    ModelMetadata.check(file);
    String kind = file.metadata().get(ModelMetadata.TOKENS);
    Optional<List<String>> vocabulary = ModelMetadata.vocabulary(file);
    if (kind == null || vocabulary.isEmpty()) {
      throw new ModelFormatException(
          path,
          ModelFormatException.metadata(ModelMetadata.TOKENS),
          "is not there with a vocabulary; expected a model that was trained on text");
    }
    Tensor embedding = file.tensor(EMBEDDING);
    LstmWeights weights = TorchReader.read(file.without(EMBEDDING));
    long inputs = weights.config().inputSize();
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
          tokens(path, kind), new Vocabulary(vocabulary.get()), embedding.data(), weights);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          path, ModelFormatException.metadata(ModelMetadata.VOCABULARY), e.getMessage(), e);
    }
  }

  private static Tokens tokens(Path path, String kind) throws ModelFormatException {
    for (Tokens tokens : Tokens.values()) {
      if (name(tokens).equals(kind)) {
        return tokens;
      }
    }
    throw new ModelFormatException(
        path,
        ModelFormatException.metadata(ModelMetadata.TOKENS),
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
    long inputs = model.weights().config().inputSize();
    Tensor embedding =
        new Tensor(
            EMBEDDING,
            Dtype.F32,
            List.of((long) model.vocabulary().size(), inputs),
            model.embedding());
    TorchWriter.write(model.weights(), metadata, List.of(embedding), path);
  }
}
