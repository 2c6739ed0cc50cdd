// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.JsonTree;
import org.quadgate.network.Network;

/**
 * Reads a Keras file: {@code .h5} and {@code .hdf5} of Keras 2 and 3, and {@code .keras}, a zip of
 * a description and an HDF5 file of weights. Everything is read into memory once; nothing is
 * unpacked to disk.
 */
public final class KerasFile {
  /** How much longer than the file the entries of a zip may be when unpacked. */
  static final int UNPACKED_MULTIPLE = 16;

  private static final long SPARE = 1 << 20;
  private static final Set<String> ENTRIES =
      Set.of("config.json", "metadata.json", "model.weights.h5");

  private KerasFile() {}

  /** Whether the name is that of a Keras file. */
  public static boolean isOne(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".h5") || name.endsWith(".hdf5") || name.endsWith(".keras");
  }

  /**
   * Reads the network.
   *
   * @throws ModelFormatException if the file is damaged or holds what is not understood
   * @throws IOException if reading fails, or the library for HDF5 is missing
   */
  public static Network read(Path file) throws IOException {
    checkLibrary(file);
    if (Files.size(file) > Integer.MAX_VALUE - 8) {
      throw new ModelFormatException(file, "file", "has 2 GB or more, too much for a Keras file");
    }
    return read(file, Files.readAllBytes(file));
  }

  /**
   * Reads the network of a file of these bytes. Up to Keras 2.11 a file named {@code .keras} was
   * HDF5 too.
   */
  static Network read(Path file, byte[] bytes) throws IOException {
    boolean named = file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".keras");
    boolean zip = named && !Hdf5Tree.isOne(bytes);
    return zip ? readZip(file, bytes) : readHdf5(file, bytes);
  }

  private static void checkLibrary(Path file) throws IOException {
    try {
      Class.forName("io.jhdf.ObjectHeader", true, KerasFile.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IOException(
          file
              + ": a Keras file is HDF5, which takes the library io.jhdf:jhdf:0.9.4 and"
              + " what it depends on; add it to the class path, or to the module path with"
              + " --add-modules io.jhdf",
          e);
    }
  }

  private static Network readHdf5(Path file, byte[] bytes) throws ModelFormatException {
    Hdf5Node root = Hdf5Tree.read(file, "", bytes);
    List<String> description = root.texts().get("model_config");
    Hdf5Node weights = root.children().get("model_weights");
    if (description == null || description.size() != 1 || weights == null) {
      throw new ModelFormatException(
          file,
          "/",
          "expected the attribute model_config and the group model_weights; a file of weights alone"
              + " does not say what they belong to: save the whole model with model.save");
    }
    for (String name : root.children().keySet()) {
      // the optimizer's state belongs to training
      if (!Set.of("model_weights", "optimizer_weights").contains(name)) {
        throw new ModelFormatException(file, "/" + name, "is not understood");
      }
    }
    KerasVersion version = KerasVersion.of(one(root.texts().get("keras_version")));
    if (version.major() == 1) {
      throw new ModelFormatException(
          file,
          "attribute keras_version",
          "is that of Keras 1, whose layers are of another form; load the model with Keras 2 and"
              + " save it again");
    }
    String place = "attribute model_config";
    KerasModel model =
        KerasModel.of(file, place, JsonTree.object(file, place, description.getFirst()));
    return KerasNetwork.of(file, version, model, KerasVariables.ofKeras2(file, model, weights));
  }

  private static Network readZip(Path file, byte[] bytes) throws IOException {
    Map<String, byte[]> entries = entries(file, bytes);
    for (String name : ENTRIES) {
      if (!entries.containsKey(name)) {
        throw new ModelFormatException(file, "zip", "has no entry " + name);
      }
    }
    String config = new String(entries.get("config.json"), UTF_8);
    KerasModel model =
        KerasModel.of(file, "config.json", JsonTree.object(file, "config.json", config));
    Hdf5Node root = Hdf5Tree.read(file, "model.weights.h5 ", entries.get("model.weights.h5"));
    KerasVersion version = version(file, entries);
    return KerasNetwork.of(
        file, version, model, KerasVariables.ofKeras3(file, version, model, root));
  }

  private static KerasVersion version(Path file, Map<String, byte[]> entries)
      throws ModelFormatException {
    String metadata = new String(entries.get("metadata.json"), UTF_8);
    Object version = JsonTree.object(file, "metadata.json", metadata).get("keras_version");
    return KerasVersion.of(version instanceof String text ? text : null);
  }

  private static String one(List<String> texts) {
    return texts == null || texts.size() != 1 ? null : texts.getFirst();
  }

  private static Map<String, byte[]> entries(Path file, byte[] bytes) throws IOException {
    checkEndsAsZip(file, bytes);
    Map<String, byte[]> entries = new HashMap<>();
    long left = (long) UNPACKED_MULTIPLE * bytes.length + SPARE;
    String place = "zip";
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes), UTF_8)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        place = "zip entry " + ModelFormatException.quote(entry.getName());
        if (!ENTRIES.contains(entry.getName())) {
          throw new ModelFormatException(file, place, "is not understood");
        }
        byte[] content = content(zip, entry, left);
        left -= content.length;
        if (left < 0) {
          throw new ModelFormatException(
              file, place, "is over " + UNPACKED_MULTIPLE + " times as long as the file");
        }
        // reads the checksum, without which an entry that ends early would pass
        zip.closeEntry();
        if (entries.put(entry.getName(), content) != null) {
          throw new ModelFormatException(file, place, "is there twice");
        }
      }
    } catch (ModelFormatException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      // the bytes are in memory, so that this is no failure of a disk
      throw new ModelFormatException(file, place, "damaged zip: " + e.getMessage(), e);
    }
    return entries;
  }

  /** An entry's bytes, up to one more than are left. */
  private static byte[] content(ZipInputStream zip, ZipEntry entry, long left) throws IOException {
    int most = (int) Math.min(left + 1, Integer.MAX_VALUE - 8);
    if (entry.getSize() < 0 || entry.getSize() >= most) {
      return zip.readNBytes(most);
    }
    // reading without a known length would copy the content once more
    byte[] content = new byte[(int) entry.getSize()];
    if (zip.readNBytes(content, 0, content.length) < content.length || zip.read() >= 0) {
      throw new ZipException("an entry has another length than it says");
    }
    return content;
  }

  /** A zip ends with a record of 22 bytes, which a truncated one lacks. */
  private static void checkEndsAsZip(Path file, byte[] bytes) throws ModelFormatException {
    byte[] signature = {'P', 'K', 5, 6};
    int at = bytes.length - 22;
    for (int i = 0; i < signature.length; i++) {
      if (at < 0 || bytes[at + i] != signature[i]) {
        throw new ModelFormatException(
            file, "zip", "does not end as a zip does; it is of another kind or cut off");
      }
    }
  }
}
