// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;

/**
 * What reading allocates per byte of a large file: the network's own copy of each number, one copy
 * to make it from, and the file's bytes where a format has to be in memory to be read.
 */
@Tag("once")
class ReadingCostTest {
  private static final int INPUTS = 64;
  private static final int UNITS = 512;
  private static final int OUTPUTS = 256;
  private static final Architecture ARCHITECTURE =
      Architecture.builder(INPUTS).lstm(UNITS).linear(OUTPUTS).build();
  private static final String CONFIG =
      """
      {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "LSTM", "config": {"name": "lstm", "units": %d, "use_bias": true,
          "activation": "tanh", "recurrent_activation": "sigmoid", "return_sequences": true}},
        {"class_name": "Dense", "config": {"name": "dense", "units": %d, "use_bias": true}}]}}
      """
          .formatted(UNITS, OUTPUTS);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  /** Bytes allocated per byte of the file, once everything that reading needs was loaded. */
  private static double cost(Path file) throws IOException {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 3; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Network network = ModelFiles.read(file);
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertEquals(ARCHITECTURE.describe(), network.describe());
      least = Math.min(least, (double) allocated / Files.size(file));
    }
    return least;
  }

  private static void assertCosts(double most, Path file) throws IOException {
    double cost = cost(file);
    assertTrue(cost < most, file.getFileName() + ": " + cost + " bytes per byte");
  }

  @Test
  void noFormatCopiesANumberMoreOftenThanItHasTo() throws IOException {
    Network network = Weights.random(ARCHITECTURE, 1).toNetwork();
    Path torch = folder.resolve("model.safetensors");
    Path onnx = folder.resolve("model.onnx");
    ModelFiles.write(network, torch);
    ModelFiles.write(network, onnx);
    assertCosts(2.1, torch);
    assertCosts(3.1, onnx);
    assertCosts(3.1, keras2());
    assertCosts(4.1, keras3());
  }

  private static float[][] matrix(int rows, int columns) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      Arrays.fill(row, 0.25f);
    }
    return matrix;
  }

  private static void putLstm(WritableGroup group, String kernel, String recurrent, String bias) {
    group.putDataset(kernel, matrix(INPUTS, 4 * UNITS));
    group.putDataset(recurrent, matrix(UNITS, 4 * UNITS));
    group.putDataset(bias, new float[4 * UNITS]);
  }

  private static void putDense(WritableGroup group, String kernel, String bias) {
    group.putDataset(kernel, matrix(UNITS, OUTPUTS));
    group.putDataset(bias, new float[OUTPUTS]);
  }

  private Path keras2() {
    Path path = folder.resolve("model.h5");
    try (WritableHdfFile file = HdfFile.write(path)) {
      file.putAttribute("model_config", CONFIG);
      WritableGroup weights = file.putGroup("model_weights");
      WritableGroup lstm = weights.putGroup("lstm");
      lstm.putAttribute("weight_names", new String[] {"kernel", "recurrent_kernel", "bias"});
      putLstm(lstm, "kernel", "recurrent_kernel", "bias");
      WritableGroup dense = weights.putGroup("dense");
      dense.putAttribute("weight_names", new String[] {"kernel", "bias"});
      putDense(dense, "kernel", "bias");
    }
    return path;
  }

  private Path keras3() throws IOException {
    Path weights = folder.resolve("model.weights.h5");
    try (WritableHdfFile file = HdfFile.write(weights)) {
      WritableGroup layers = file.putGroup("layers");
      putLstm(layers.putGroup("lstm").putGroup("cell").putGroup("vars"), "0", "1", "2");
      putDense(layers.putGroup("dense").putGroup("vars"), "0", "1");
    }
    Path path = folder.resolve("model.keras");
    try (OutputStream out = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      put(zip, "metadata.json", "{\"keras_version\": \"3.3.3\"}".getBytes(UTF_8));
      put(zip, "config.json", CONFIG.getBytes(UTF_8));
      put(zip, "model.weights.h5", Files.readAllBytes(weights));
    }
    return path;
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED); // as Keras does
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
