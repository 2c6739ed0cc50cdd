// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Network;

/**
 * Mutated Keras files: each gives a model or the one exception, and soon. A {@code .keras} file is
 * mutated inside, its entries' checksums made to fit, for else the zip would hide the reader.
 */
@Tag("once")
class KerasFuzzTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "keras");
  private static final long SEED = Long.getLong("quadgate.fuzz.seed", 20261123);

  /** Inputs of each test; {@code -Dquadgate.fuzz.keras=1000000} for a long run. */
  private static final int INPUTS = Integer.getInteger("quadgate.fuzz.keras", 3000);

  private static final Pattern TOKEN =
      Pattern.compile("\"[^\"]*\"|-?[0-9]+(\\.[0-9]+)?|true|false|null");

  private static final List<String> ODD =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "-1",
          "1e308",
          "NaN",
          "-Infinity",
          "2147483648",
          "\"\"",
          "[]",
          "{}",
          "[[]]",
          "\"linear\"",
          "65536",
          "0.5",
          "{\"config\": {}}");

  private int refused;

  /** Reads; whatever is thrown beside the one exception fails. */
  private void read(Path file, byte[] bytes, int number) {
    String what = "seed " + SEED + " input " + number;
    long start = System.nanoTime();
    try {
      Network model = KerasFile.read(file, bytes);
      assertTrue(model.inputSize() > 0, what);
    } catch (ModelFormatException e) {
      assertTrue(e.getMessage().startsWith(file + ": "), what + ": " + e.getMessage());
      refused++;
    } catch (RuntimeException | Error | IOException e) {
      fail(what, e);
    }
    long took = System.nanoTime() - start;
    assertTrue(took < 20_000_000_000L, what + " took " + took + " ns");
  }

  private void checkDepth() {
    assertTrue(refused > INPUTS / 10, "only " + refused + " refused");
    assertTrue(refused < INPUTS * 0.99, "nearly all were refused: nothing deep was tried");
  }

  @Test
  void mutatedHdf5IsRefusedOrRead() throws IOException {
    List<byte[]> corpus = new ArrayList<>();
    for (String name :
        List.of(
            "tiny_k2.h5",
            "chain_k2.h5",
            "stacked_k2.h5",
            "bidirectional_k21.h5",
            "bidirectional_k3.h5",
            "masked_k2.h5")) {
      corpus.add(Files.readAllBytes(FOLDER.resolve(name)));
    }
    Random random = new Random(SEED);
    for (int n = 0; n < INPUTS; n++) {
      byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
      mutate(bytes, random);
      read(Path.of("fuzz.h5"), bytes, n);
    }
    checkDepth();
  }

  @Test
  void mutatedArchivesAreRefusedOrRead() throws IOException {
    List<Map<String, byte[]>> corpus = new ArrayList<>();
    for (String name :
        List.of(
            "chain_k3.keras",
            "stacked_k3.keras",
            "bidirectional_k3.keras",
            "bidirectional_each_k3.keras",
            "bidirectional_k213.keras",
            "masked_k3.keras",
            "turned_k3.keras",
            "given_k3.keras")) {
      corpus.add(entries(Files.readAllBytes(FOLDER.resolve(name))));
    }
    Random random = new Random(SEED);
    for (int n = 0; n < INPUTS; n++) {
      Map<String, byte[]> entries = new LinkedHashMap<>(corpus.get(random.nextInt(corpus.size())));
      switch (random.nextInt(8)) {
        case 0, 1 -> entries.computeIfPresent("model.weights.h5", (k, v) -> changed(v, random));
        case 2 -> entries.computeIfPresent("config.json", (k, v) -> changed(v, random));
        case 3 -> entries.computeIfPresent("metadata.json", (k, v) -> retold(v, random));
        default -> entries.computeIfPresent("config.json", (k, v) -> retold(v, random));
      }
      byte[] bytes = zip(entries);
      if (random.nextInt(20) == 0) {
        mutate(bytes, random);
      }
      read(Path.of("fuzz.keras"), bytes, n);
    }
    checkDepth();
  }

  private static byte[] changed(byte[] content, Random random) {
    byte[] copy = content.clone();
    mutate(copy, random);
    return copy;
  }

  /** Up to four times: overwrites a byte, a number or an address, or copies a piece elsewhere. */
  private static void mutate(byte[] bytes, Random random) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(bytes.length - 64);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> buffer.putShort(at, (short) (1 << random.nextInt(16)));
        case 2 -> buffer.putInt(at, random.nextBoolean() ? -1 : Integer.MAX_VALUE);
        case 3 -> buffer.putLong(at & -8, random.nextInt(bytes.length) & -8);
        default ->
            System.arraycopy(
                bytes,
                random.nextInt(bytes.length - 64) & -8,
                bytes,
                at & -8,
                1 + random.nextInt(48));
      }
    }
  }

  /** Up to three times: puts another token of the text, or an odd one, in the place of a token. */
  private static byte[] retold(byte[] content, Random random) {
    String text = new String(content, UTF_8);
    for (int change = random.nextInt(3); change >= 0; change--) {
      List<MatchResult> tokens = TOKEN.matcher(text).results().toList();
      if (tokens.isEmpty()) {
        break; // {} took the place of all there was
      }
      MatchResult gone = tokens.get(random.nextInt(tokens.size()));
      String put =
          random.nextBoolean()
              ? ODD.get(random.nextInt(ODD.size()))
              : tokens.get(random.nextInt(tokens.size())).group();
      text = text.substring(0, gone.start()) + put + text.substring(gone.end());
    }
    return text.getBytes(UTF_8);
  }

  private static Map<String, byte[]> entries(byte[] bytes) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes), UTF_8)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setLevel(1);
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
