// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.safetensors;

import static org.quadgate.io.format.ModelFormatException.quote;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The JSON header of a safetensors file, checked: every tensor's bytes fit its shape, and the
 * tensors cover the data without overlap and without holes. So whatever it says may be allocated:
 * it is no more than the file has.
 */
final class SafetensorsHeader {
  /** The format's own limit on the header. */
  static final int MAX_BYTES = Json.MAX_CHARS;

  /** The key of the file's metadata among the tensors. */
  static final String METADATA = "__metadata__";

  // The format has no such limits. Without them a header of 100 MB could hold millions of tiny
  // entries, and the objects for them would take many times its size.
  static final int MAX_TENSORS = 1 << 16;
  static final int MAX_METADATA = 1 << 16;
  static final int MAX_RANK = 8;

  private static final int MAX_FLOATS = Integer.MAX_VALUE - 8;

  /** One tensor: its bytes lie at {@code begin} (inclusive) to {@code end} in the data. */
  record Entry(String name, Dtype dtype, List<Long> shape, long begin, long end) {}

  private final Path file;
  private final long dataBytes;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  private SafetensorsHeader(Path file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /**
   * Parses and checks a header.
   *
   * @param file for messages only
   * @param json the header without its length
   * @param dataBytes how many bytes follow the header in the file
   */
  static SafetensorsHeader parse(Path file, byte[] json, long dataBytes)
      throws ModelFormatException {
    SafetensorsHeader header = new SafetensorsHeader(file, dataBytes);
    if (json.length == 0 || json[0] != '{') {
      throw header.broken("header offset 0", "expected {");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw new ModelFormatException(file, "header", "is not UTF-8", e);
    }
    try (JsonParser parser = Json.parser(text)) {
      header.readRoot(parser);
    } catch (JacksonException e) {
      throw Json.refused(file, "header", e);
    }
    header.checkLayout();
    return header;
  }

  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** The tensors in the order of the header. */
  List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }

  private void readRoot(JsonParser parser) throws ModelFormatException {
    expect(parser.nextToken(), JsonToken.START_OBJECT, "header");
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = unicode(parser.currentName());
      parser.nextToken();
      if (name.equals(METADATA)) {
        readMetadata(parser);
      } else if (entries.size() == MAX_TENSORS) {
        throw broken("header", "has over " + MAX_TENSORS + " tensors");
      } else {
        entries.add(readTensor(parser, name));
      }
    }
    if (parser.nextToken() != null) {
      throw broken("header", "goes on after its closing brace");
    }
  }

  private void readMetadata(JsonParser parser) throws ModelFormatException {
    expect(parser.currentToken(), JsonToken.START_OBJECT, METADATA);
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = unicode(parser.currentName());
      expect(parser.nextToken(), JsonToken.VALUE_STRING, ModelFormatException.metadata(key));
      if (metadata.size() == MAX_METADATA) {
        throw broken(METADATA, "has over " + MAX_METADATA + " entries");
      }
      metadata.put(key, unicode(parser.getString()));
    }
  }

  private Entry readTensor(JsonParser parser, String name) throws ModelFormatException {
    String place = ModelFormatException.tensor(name);
    expect(parser.currentToken(), JsonToken.START_OBJECT, place);
    Dtype dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> dtype = readDtype(parser, place);
        case "shape" -> shape = readNumbers(parser, place + " shape");
        case "data_offsets" -> offsets = readNumbers(parser, place + " data_offsets");
        default -> throw broken(place, "has the unknown field " + quote(field));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw broken(place, "has no " + missing);
    }
    if (offsets.size() != 2) {
      throw broken(place, "has " + offsets.size() + " data_offsets, expected 2");
    }
    Entry entry = new Entry(name, dtype, shape, offsets.get(0), offsets.get(1));
    checkSize(entry, place);
    return entry;
  }

  private Dtype readDtype(JsonParser parser, String place) throws ModelFormatException {
    expect(parser.currentToken(), JsonToken.VALUE_STRING, place + " dtype");
    String name = parser.getString();
    try {
      return Dtype.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, place, "has the unknown dtype " + quote(name), e);
    }
  }

  private List<Long> readNumbers(JsonParser parser, String place) throws ModelFormatException {
    expect(parser.currentToken(), JsonToken.START_ARRAY, place);
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, place);
      long number = parser.getLongValue();
      if (number < 0) {
        throw broken(place, "holds " + number + ", expected a number from 0");
      }
      if (numbers.size() == MAX_RANK) {
        throw broken(place, "has over " + MAX_RANK + " numbers");
      }
      numbers.add(number);
    }
    return List.copyOf(numbers);
  }

  private void checkSize(Entry entry, String place) throws ModelFormatException {
    if (entry.begin > entry.end || entry.end > dataBytes) {
      throw broken(
          place,
          "has data_offsets [%d, %d], expected a range within the %d bytes of data"
              .formatted(entry.begin, entry.end, dataBytes));
    }
    long bytes;
    try {
      long elements = 1;
      for (long size : entry.shape) {
        elements = Math.multiplyExact(elements, size);
      }
      bytes = Math.multiplyExact(elements, (long) entry.dtype.bytes());
    } catch (ArithmeticException e) {
      throw new ModelFormatException(
          file, place, "has shape " + entry.shape + ", over 2^63-1 bytes", e);
    }
    if (bytes != entry.end - entry.begin) {
      throw broken(
          place,
          "%s %s takes %d bytes, but its data_offsets span %d"
              .formatted(entry.dtype, entry.shape, bytes, entry.end - entry.begin));
    }
    if (entry.dtype.isFloat() && bytes / entry.dtype.bytes() > MAX_FLOATS) {
      throw broken(place, "has shape " + entry.shape + ", over 2^31-9 elements");
    }
  }

  private void checkLayout() throws ModelFormatException {
    List<Entry> inFile = new ArrayList<>(entries);
    inFile.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : inFile) {
      if (entry.begin != at) {
        throw broken(
            ModelFormatException.tensor(entry.name),
            "begins at data offset %d, expected %d: it %s"
                .formatted(
                    entry.begin, at, entry.begin < at ? "overlaps another" : "leaves a hole"));
      }
      at = entry.end;
    }
    if (at != dataBytes) {
      throw broken("data", "is " + dataBytes + " bytes, of which the tensors cover only " + at);
    }
  }

  private String unicode(String text) throws ModelFormatException {
    // JSON can escape half of a surrogate pair, which UTF-8 cannot say
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw broken("header", "has an invalid Unicode character in " + quote(text));
    }
    return text;
  }

  private void expect(JsonToken found, JsonToken expected, String place)
      throws ModelFormatException {
    if (found != expected) {
      throw broken(place, "found JSON " + found + ", expected " + expected);
    }
  }

  private ModelFormatException broken(String place, String problem) {
    return new ModelFormatException(file, place, problem);
  }
}
