// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.metadata;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.io.format.ModelFormatException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * The description of a model as maps, lists, strings, doubles, booleans and nulls. The limits are
 * those of a description, which nests deeper than the header of a safetensors file.
 */
public final class JsonTree {
  private static final int MAX_CHARS = 1 << 24;
  private static final int MAX_TOKENS = 1 << 18;
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NUMBER = 40;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          // the jar leaves them out, for they are a sixth of the parser
          .disable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .disable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
          // Python writes NaN and Infinity
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_CHARS)
                  .maxTokenCount(MAX_TOKENS)
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER)
                  .maxNameLength(1000)
                  .maxStringLength(MAX_CHARS)
                  .build())
          .build();

  private JsonTree() {}

  /** Parses an object. */
  public static Map<?, ?> object(Path file, String place, String text) throws ModelFormatException {
    if (text.length() > MAX_CHARS) {
      throw new ModelFormatException(file, place, "is too long for a description of a model");
    }
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      Object value = value(parser);
      if (!(value instanceof Map<?, ?> map) || parser.nextToken() != null) {
        throw new ModelFormatException(file, place, "expected one JSON object");
      }
      return map;
    } catch (JacksonException e) {
      throw new ModelFormatException(file, place, e.getOriginalMessage(), e);
    }
  }

  private static Object value(JsonParser parser) {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case null -> null;
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }
}
