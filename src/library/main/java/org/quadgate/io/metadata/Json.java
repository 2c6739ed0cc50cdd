// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.metadata;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON parser and its limits. All are set here, because the library's own defaults suit other
 * files and change with its versions.
 */
public final class Json {
  /** Characters in a text. */
  public static final int MAX_CHARS = 100_000_000;

  // The objects for a text of nothing but tiny tokens would take many times its size.
  private static final int MAX_TOKENS = 1 << 21;

  private static final int MAX_NAME = 1000;
  // enough for a name of 250 characters on every input
  private static final int MAX_STRING = 1 << 24;
  // a header nests three deep: the root, a tensor, its shape
  private static final int MAX_DEPTH = 3;
  // no 64-bit number has more digits, with its sign
  private static final int MAX_NUMBER = 20;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          // the jar leaves them out, for they are a sixth of the parser
          .disable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .disable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
          // the table of names would outlive the file, and hardly a name comes twice
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_CHARS)
                  .maxTokenCount(MAX_TOKENS)
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER)
                  .maxNameLength(MAX_NAME)
                  .maxStringLength(MAX_STRING)
                  .build())
          .build();

  private Json() {}

  /** Reads a text. */
  public static JsonParser parser(String text) {
    return FACTORY.createParser(ObjectReadContext.empty(), text);
  }

  /** Writes a text. */
  public static JsonGenerator generator(StringWriter to) {
    return FACTORY.createGenerator(ObjectWriteContext.empty(), to);
  }

  /** The exception for text that the parser refused, with the offset where it did. */
  public static ModelFormatException refused(Path file, String place, JacksonException e) {
    long offset = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
    return new ModelFormatException(
        file, offset < 0 ? place : place + " offset " + offset, e.getOriginalMessage(), e);
  }

  /** The strings of a JSON array that is the value of a metadata key, {@code place}. */
  public static List<String> strings(Path file, String place, String text)
      throws ModelFormatException {
    List<String> strings = new ArrayList<>();
    try (JsonParser parser = parser(text)) {
      boolean array = parser.nextToken() == JsonToken.START_ARRAY;
      while (array && parser.nextToken() == JsonToken.VALUE_STRING) {
        strings.add(parser.getString());
      }
      if (!array || parser.currentToken() != JsonToken.END_ARRAY || parser.nextToken() != null) {
        throw new ModelFormatException(file, place, "expected a JSON array of strings");
      }
    } catch (JacksonException e) {
      throw refused(file, place, e);
    }
    return List.copyOf(strings);
  }

  /** The numbers of a JSON array that is the value of a metadata key, {@code place}. */
  public static float[] numbers(Path file, String place, String text, int count)
      throws ModelFormatException {
    float[] numbers = new float[count];
    try (JsonParser parser = parser(text)) {
      boolean good = parser.nextToken() == JsonToken.START_ARRAY;
      for (int i = 0; good && i < count; i++) {
        good = parser.nextToken().isNumeric();
        numbers[i] = good ? parser.getFloatValue() : 0;
        good = good && Float.isFinite(numbers[i]);
      }
      if (!good || parser.nextToken() != JsonToken.END_ARRAY || parser.nextToken() != null) {
        throw new ModelFormatException(
            file, place, "expected a JSON array of " + count + " finite numbers");
      }
    } catch (JacksonException e) {
      throw refused(file, place, e);
    }
    return numbers;
  }

  /** A JSON array of strings, as {@link #strings} reads it. */
  public static String array(List<String> strings) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = generator(text)) {
      json.writeStartArray();
      for (String string : strings) {
        json.writeString(string);
      }
      json.writeEndArray();
    }
    return text.toString();
  }
}
