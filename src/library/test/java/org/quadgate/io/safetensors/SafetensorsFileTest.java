// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quadgate.io.TensorFileBuilder;
import org.quadgate.io.format.ModelFormatException;

/** The container: what it gives, and every lie of a header refused before it costs anything. */
@Tag("once")
class SafetensorsFileTest {
  private static final String F32_2 = "\"dtype\":\"F32\",\"shape\":[2]";

  @TempDir Path folder;

  @Test
  void givesMetadataAndTensors() throws IOException {
    Path path =
        new TensorFileBuilder()
            .metadata("{\"format\":\"pt\",\"note\":\"\\u00fc \\ud83d\\ude00\"}")
            .tensor("b", 2, 3)
            .values("a", new float[] {-0f, Float.NaN}, 2)
            .tensor("scalar")
            .tensor("empty", 0, 5)
            .writeTo(folder);

    SafetensorsFile file = SafetensorsFile.read(path);

    assertEquals(Map.of("format", "pt", "note", "ü 😀"), file.metadata());
    assertEquals(List.of("a", "b", "empty", "scalar"), List.copyOf(file.tensors().keySet()));
    assertEquals(List.of(2L, 3L), file.tensor("b").shape());
    assertEquals("F32", file.tensor("b").dtype());
    assertArrayEquals(
        new float[] {1 / 64f, 2 / 64f, 3 / 64f, 4 / 64f, 5 / 64f, 6 / 64f},
        file.tensor("b").data());
    assertArrayEquals(new float[] {-0f, Float.NaN}, file.tensor("a").data());
    assertArrayEquals(new float[] {7 / 64f}, file.tensor("scalar").data());
    assertEquals(0, file.tensor("empty").data().length);
    ModelFormatException missing =
        assertThrows(ModelFormatException.class, () -> file.tensor("other"));
    assertEquals(path + ": tensor \"other\": is not in the file", missing.getMessage());
  }

  @Test
  void convertsOtherFloatTypes() throws IOException {
    Path path =
        new TensorFileBuilder()
            .bytes("half", "F16", shorts(0x3c00, 0xc100, 1), 3)
            .bytes("brain", "BF16", shorts(0x3fc0, 0xff80), 2)
            .bytes("double", "F64", doubles(0.1, -3e-320), 2)
            .writeTo(folder);

    SafetensorsFile file = SafetensorsFile.read(path);

    assertArrayEquals(new float[] {1, -2.5f, 0x1p-24f}, file.tensor("half").data());
    assertArrayEquals(new float[] {1.5f, Float.NEGATIVE_INFINITY}, file.tensor("brain").data());
    assertArrayEquals(new float[] {0.1f, -0f}, file.tensor("double").data());
  }

  @Test
  void readsTensorsLongerThanAChunk() throws IOException {
    float[] values = new float[100_003];
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.25f;
      wide[i] = values[i];
    }
    Path path =
        new TensorFileBuilder()
            .values("a", values, values.length)
            .bytes("b", "F64", doubles(wide), values.length)
            .writeTo(folder);

    SafetensorsFile file = SafetensorsFile.read(path);

    assertArrayEquals(values, file.tensor("a").data());
    assertArrayEquals(values, file.tensor("b").data());
  }

  @Test
  void refusesDoubleBeyondFloat() throws IOException {
    Path path = new TensorFileBuilder().bytes("d", "F64", doubles(1, 1e39), 2).writeTo(folder);

    assertRefused(path, "tensor \"d\": the F64 element 1 is beyond what a float can hold");
  }

  @Test
  void skipsOverTensorsWithoutFloats() throws IOException {
    Path path =
        new TensorFileBuilder().bytes("n", "I64", new byte[8]).tensor("x", 1).writeTo(folder);

    SafetensorsFile file = SafetensorsFile.read(path);

    assertFalse(file.tensor("n").isFloat());
    assertThrows(IllegalStateException.class, () -> file.tensor("n").data());
    assertTrue(file.tensor("x").isFloat());
  }

  @Test
  void acceptsPaddingAfterTheHeader() throws IOException {
    String header = "{\"a\":{" + F32_2 + ",\"data_offsets\":[0,8]}}   ";
    Path path = TensorFileBuilder.raw(folder, header, new byte[8]);

    assertArrayEquals(new float[2], SafetensorsFile.read(path).tensor("a").data());
  }

  @Test
  void leavesMissingFileToNio() {
    assertThrows(
        NoSuchFileException.class, () -> SafetensorsFile.read(folder.resolve("none.safetensors")));
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 18446744073709551615",
    "-9223372036854775808, 9223372036854775808",
    "9223372036854775807, 9223372036854775807",
    "100000001, 100000001",
    "90000000, 90000000",
    "3, 3"
  })
  void refusesLyingHeaderLength(long length, String shown) throws IOException {
    Path path =
        TensorFileBuilder.raw(folder, length, "{}".getBytes(StandardCharsets.UTF_8), new byte[0]);

    assertAllocatesLittle(
        () ->
            assertRefused(
                path, "offset 0: the header length is " + shown + ", expected at most 2 "));
  }

  @Test
  void refusesHeaderOverTheLimitEvenIfTheFileHasIt() throws IOException {
    Path path = TensorFileBuilder.raw(folder, 100_000_001, new byte[0], new byte[0]);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(200_000_000);
    }

    assertAllocatesLittle(() -> assertRefused(path, "expected at most 100000000 "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[1099511627776]|0,4398046511104|data_offsets [0, 4398046511104], expected a range within",
        "[1099511627776]|0,8|takes 4398046511104 bytes, but its data_offsets span 8",
        "[4294967296,4294967296]|0,8|over 2^63-1 bytes",
        "[9223372036854775807]|0,8|over 2^63-1 bytes",
        "[3]|0,8|takes 12 bytes, but its data_offsets span 8",
        "[2]|8,0|data_offsets [8, 0], expected a range within the 8 bytes",
        "[2]|4,12|data_offsets [4, 12], expected a range within the 8 bytes",
        "[2]|0,9223372036854775807|expected a range within the 8 bytes",
        "[2]|0,9223372036854775808|out of range",
        "[2]|0,99999999999999999999999|Number value length",
        "[2]|-8,0|holds -8, expected a number from 0",
        "[-2]|0,8|holds -2, expected a number from 0",
        "[-2,-1]|0,8|holds -2, expected a number from 0",
        "[2.0]|0,8|expected VALUE_NUMBER_INT",
        "[2e0]|0,8|expected VALUE_NUMBER_INT",
        "[\"2\"]|0,8|expected VALUE_NUMBER_INT",
        "[[2]]|0,8|nesting depth (4) exceeds the maximum allowed (3",
        "2|0,8|expected START_ARRAY",
        "[1,1,1,1,1,1,1,1,2]|0,8|has over 8 numbers",
        "[2]|0|has 1 data_offsets, expected 2",
        "[2]|0,8,8|has 3 data_offsets, expected 2",
      })
  void refusesLyingTensor(String shape, String offsets, String message) throws IOException {
    String header =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%s]}}".formatted(shape, offsets);
    Path path = TensorFileBuilder.raw(folder, header, new byte[8]);

    assertAllocatesLittle(() -> assertRefused(path, message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "0,8|4,12|12|begins at data offset 4, expected 8: it overlaps another",
        "0,8|0,8|8|begins at data offset 0, expected 8: it overlaps another",
        "0,8|12,20|20|begins at data offset 12, expected 8: it leaves a hole",
        "4,12|12,20|20|begins at data offset 4, expected 0: it leaves a hole",
        "0,8|8,16|17|data: is 17 bytes, of which the tensors cover only 16",
      })
  void refusesOverlapsAndHoles(String first, String second, int bytes, String message)
      throws IOException {
    String header =
        "{\"a\":{%s,\"data_offsets\":[%s]},\"b\":{%s,\"data_offsets\":[%s]}}"
            .formatted(F32_2, first, F32_2, second);
    Path path = TensorFileBuilder.raw(folder, header, new byte[bytes]);

    assertRefused(path, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[]|header offset 0: expected {",
        "~{}|header offset 0: expected {",
        "{|Unexpected end-of-input",
        "{}{}|goes on after its closing brace",
        "{}x|header offset",
        "{\"a\":1}|tensor \"a\": found JSON VALUE_NUMBER_INT, expected START_OBJECT",
        "{\"a\":{}}|tensor \"a\": has no dtype",
        "{\"a\":{\"dtype\":\"F32\"}}|tensor \"a\": has no shape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}|tensor \"a\": has no data_offsets",
        "{\"a\":{\"dtype\":\"F33\"}}|tensor \"a\": has the unknown dtype \"F33\"",
        "{\"a\":{\"dtype\":32}}|tensor \"a\" dtype: found JSON VALUE_NUMBER_INT",
        "{\"a\":{\"type\":\"F32\"}}|tensor \"a\": has the unknown field \"type\"",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}|Duplicate Object property \"dtype\"",
        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}|Duplicate Object property \"k\"",
        "{\"__metadata__\":{},\"__metadata__\":{}}|Duplicate Object property \"__metadata__\"",
        "{\"__metadata__\":null}|__metadata__: found JSON VALUE_NULL",
        "{\"__metadata__\":{\"k\":1}}|metadata \"k\": found JSON VALUE_NUMBER_INT",
        "{\"__metadata__\":{\"k\":{}}}|metadata \"k\": found JSON START_OBJECT",
        "{\"\\ud800\":{}}|Broken surrogate pair",
        "{\"\\udc00\":{}}|Unexpected low surrogate",
        "{\"__metadata__\":{\"k\":\"\\udc00\"}}|invalid Unicode character",
        "{'a':{}}|header offset",
        "{\"__metadata__\":{},}|header offset 19",
        "{/**/}|header offset",
      })
  void refusesBrokenHeader(String header, String message) throws IOException {
    Path path = TensorFileBuilder.raw(folder, header.replace('~', ' '), new byte[0]);

    assertRefused(path, message);
  }

  @Test
  void refusesDuplicateTensor() throws IOException {
    String tensor = "\"a\":{" + F32_2 + ",\"data_offsets\":[0,8]}";
    Path path = TensorFileBuilder.raw(folder, "{" + tensor + "," + tensor + "}", new byte[8]);

    assertRefused(path, "Duplicate Object property \"a\"");
  }

  @Test
  void refusesDeepHeader() throws IOException {
    String deepArrays = "{\"a\":{\"shape\":" + "[".repeat(1 << 20);
    Path arrays =
        Files.move(
            TensorFileBuilder.raw(folder, deepArrays, new byte[0]), folder.resolve("arrays"));
    String deepObjects = "{\"a\":{\"shape\":" + "{\"a\":".repeat(1 << 18);
    Path objects = TensorFileBuilder.raw(folder, deepObjects, new byte[0]);

    assertRefused(arrays, "nesting depth (4) exceeds the maximum allowed (3");
    assertRefused(objects, "tensor \"a\" shape: found JSON START_OBJECT, expected START_ARRAY");
  }

  @Test
  void refusesLongName() throws IOException {
    Path path = TensorFileBuilder.raw(folder, "{\"" + "n".repeat(1001) + "\":{}}", new byte[0]);

    assertRefused(path, "header");
  }

  @Test
  void refusesInvalidUtf8() throws IOException {
    byte[] json = {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':', '{', '}', '}'};
    Path path = TensorFileBuilder.raw(folder, json.length, json, new byte[0]);

    assertRefused(path, "header: is not UTF-8");
  }

  @Test
  void refusesTooManyTensorsAndEntries() throws IOException {
    StringBuilder tensors = new StringBuilder("{");
    StringBuilder entries = new StringBuilder("{\"__metadata__\":{");
    for (int i = 0; i <= 1 << 16; i++) {
      tensors.append(i == 0 ? "" : ",").append('"').append(i);
      tensors.append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
      entries.append(i == 0 ? "" : ",").append('"').append(i).append("\":\"\"");
    }
    Path manyTensors = TensorFileBuilder.raw(folder, tensors.append("}").toString(), new byte[0]);
    assertRefused(manyTensors, "header: has over 65536 tensors");
    Path manyEntries = TensorFileBuilder.raw(folder, entries.append("}}").toString(), new byte[0]);
    assertRefused(manyEntries, "__metadata__: has over 65536 entries");
  }

  @Test
  void keepsMessagesToOneHarmlessLine() throws IOException {
    String name = "a\\n\\u001b[31m\\u2028" + "b".repeat(900);
    Path path = TensorFileBuilder.raw(folder, "{\"" + name + "\":1}", new byte[0]);

    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> SafetensorsFile.read(path));

    assertTrue(e.getMessage().contains("tensor \"a\\u000a\\u001b[31m\\u2028bbb"), e.getMessage());
    assertTrue(e.getMessage().length() < path.toString().length() + 250, e.getMessage());
  }

  private static void assertRefused(Path path, String message) {
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> SafetensorsFile.read(path));
    assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  /** Runs once to load classes, then demands that the next run stays under a megabyte. */
  private static void assertAllocatesLittle(Executable action) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] before = new long[1];
    try {
      action.execute();
      before[0] = threads.getCurrentThreadAllocatedBytes();
      action.execute();
    } catch (Error | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before[0];
    assertTrue(allocated < 1 << 20, allocated + " bytes allocated");
  }

  private static byte[] shorts(int... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }

  private static byte[] doubles(double... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return bytes.array();
  }
}
