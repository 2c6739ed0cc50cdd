// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.KernelInfo;
import org.quadgate.Model;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.network.Network;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The {@code latency} command as a whole; what it measures has tests of its own. */
class LatencyCommandTest {
  private static final List<String> FIELDS =
      List.of(
          "kernel",
          "width",
          "precision",
          "input",
          "hidden",
          "layers",
          "count",
          "p50_ns",
          "p90_ns",
          "p99_ns",
          "p999_ns",
          "max_ns",
          "alloc_bytes_per_step");

  @TempDir private Path dir;

  private static Map<String, String> readJson(Path file) throws IOException {
    Map<String, String> values = new LinkedHashMap<>();
    try (JsonParser json =
        new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(file))) {
      assertEquals(JsonToken.START_OBJECT, json.nextToken());
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        assertTrue(json.currentToken().isScalarValue());
        values.put(name, json.getString());
      }
      assertEquals(null, json.nextToken());
    }
    return values;
  }

  private static void assertOrdered(Map<String, String> json, String prefix) {
    double before = 1;
    for (String name : List.of("p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")) {
      double value = Double.parseDouble(json.get(prefix + name));
      assertTrue(value >= before, json::toString);
      before = value;
    }
  }

  @Test
  void theDefaultOpenLoopReportsAndWritesItsFiles() throws IOException {
    Path json = dir.resolve("l.json");
    Path hgrm = dir.resolve("l.hgrm");
    Cli cli =
        Cli.run(
            "latency", "--shape", "8,32,2,3", "--duration", "0.3", "--json", json, "--hgrm", hgrm);
    cli.assertDone();
    KernelInfo kernel = Model.defaultKernel();
    for (String part :
        List.of(
            kernel.label() + ": " + kernel.reason(),
            "8 → LSTM 32 → LSTM 32 → linear 3",
            "open loop, 10,000 steps a second",
            "p99.9",
            "0 bytes per step",
            "timer")) {
      assertTrue(cli.out().contains(part), cli.out());
    }
    Map<String, String> values = readJson(json);
    assertEquals(FIELDS, new ArrayList<>(values.keySet()));
    assertEquals(kernel.name(), values.get("kernel"));
    assertEquals(kernel.widthBits(), Integer.parseInt(values.get("width")));
    assertEquals("fp32", values.get("precision"));
    assertEquals("8", values.get("input"));
    assertEquals("32", values.get("hidden"));
    assertEquals("2", values.get("layers"));
    assertEquals("3000", values.get("count"));
    assertEquals("0", values.get("alloc_bytes_per_step"));
    assertOrdered(values, "");

    String text = Files.readString(hgrm);
    assertTrue(text.contains("Percentile") && text.contains("1/(1-Percentile)"), text);
    assertTrue(text.contains("Total count    =         3000"), text);
    double maxMicros = Double.parseDouble(text.replaceAll("(?s).*Max     = *([0-9.]+),.*", "$1"));
    assertEquals(Double.parseDouble(values.get("max_ns")) / 1000, maxMicros, 0.01);
  }

  @Test
  void aModelInTwoPhasesBackToBack() throws IOException {
    Path model = Networks.save(Networks.named().toNetwork(), dir.resolve("m.safetensors"));
    Path json = dir.resolve("l.json");
    Cli cli =
        Cli.run(
            "latency",
            "--model",
            model,
            "--closed-loop",
            "--two-phase",
            "--duration",
            "0.2",
            "--json",
            json);
    cli.assertDone();
    assertTrue(cli.out().contains("closed loop"), cli.out());
    assertTrue(cli.out().contains("to result") && cli.out().contains("+prepare"), cli.out());
    Map<String, String> values = readJson(json);
    List<String> fields = new ArrayList<>(FIELDS);
    fields.addAll(
        List.of("whole_p50_ns", "whole_p90_ns", "whole_p99_ns", "whole_p999_ns", "whole_max_ns"));
    assertEquals(fields, new ArrayList<>(values.keySet()));
    assertOrdered(values, "");
    assertOrdered(values, "whole_");
    assertTrue(Long.parseLong(values.get("whole_p50_ns")) > Long.parseLong(values.get("p50_ns")));
    assertEquals("3", values.get("input"));
    assertTrue(Long.parseLong(values.get("count")) > 1000);
  }

  @Test
  void aRateThatCannotBeKeptIsTold() {
    Cli cli = Cli.run("latency", "--shape", "1,512", "--rate", "1e9", "--duration", "0.05");
    cli.assertDone();
    assertTrue(cli.out().contains("did not keep up with 1,000,000,000 per second"), cli.out());
  }

  @Test
  void refusesBadOptionsBeforeMeasuring() throws IOException {
    Cli.run("latency").assertRefusedWith("--model", "--shape", "--help");
    Cli.run("latency", "--shape", "1,2", "--model", "x").assertRefusedWith("--model", "--shape");
    Cli.run("latency", "--shape", "1,2", "--rate", "5", "--closed-loop")
        .assertRefusedWith("--rate", "--closed-loop");
    for (String shape : List.of("8", "8,", "a,b", "1,2,3,4,5", "", "8;32", "1.5,2")) {
      Cli.run("latency", "--shape", shape)
          .assertRefusedWith("--shape", "expected INPUT,HIDDEN", "found \"" + shape + "\"");
    }
    Cli.run("latency", "--shape", "0,8").assertRefusedWith("input size is 0");
    Cli.run("latency", "--shape", "8,70000").assertRefusedWith("hidden size is 70000");
    Cli.run("latency", "--shape", "8,8,0").assertRefusedWith("layers is 0");
    Cli.run("latency", "--shape", "8,8,1,-1").assertRefusedWith("head size is -1");
    Cli.run("latency", "--shape", "8,65000").assertRefusedWith("--shape", "MiB");
    for (String rate : List.of("0", "-1", "NaN", "2e9", "x")) {
      Cli.run("latency", "--shape", "1,2", "--rate", rate).assertRefusedWith("--rate");
    }
    for (String duration : List.of("0", "-1", "NaN", "1e9", "x")) {
      Cli.run("latency", "--shape", "1,2", "--duration", duration).assertRefusedWith("--duration");
    }
    Path away = dir.resolve("away").resolve("l.json");
    Cli cli = Cli.run("latency", "--shape", "1,2", "--json", away);
    cli.assertRefusedWith(away.toString());
    assertEquals("", cli.out());
    Path json = dir.resolve("l.json");
    Cli.run("latency", "--shape", "1,2", "--json", json, "--hgrm", away).assertRefusedWith("away");
    assertFalse(Files.exists(json));
    assertEquals(0, dir.toFile().list().length);
  }

  @Test
  void everyNetworkThatCanBeSteppedIsMeasured() throws IOException {
    for (String what : List.of("ReLU head", "hard gates", "peepholes", "projection")) {
      Network network = Networks.rare().get(what);
      Path model = dir.resolve(what.equals("projection") ? "m.safetensors" : "m.onnx");
      Networks.save(network, model);
      Path json = dir.resolve("l.json");
      Cli cli =
          Cli.run(
                  "latency",
                  "--model",
                  model,
                  "--closed-loop",
                  "--two-phase",
                  "--duration",
                  "0.05",
                  "--precision",
                  "int8",
                  "--json",
                  json)
              .assertDone();
      assertTrue(cli.out().contains(network.describe() + ", int8"), cli.out());
      assertEquals("0", readJson(json).get("alloc_bytes_per_step"), what);
    }
  }

  @Test
  void whatNeedsWholeSequencesIsRefused() {
    Path both = Networks.save(Networks.bidirectional(), dir.resolve("both.onnx"));
    Path json = dir.resolve("l.json");
    Cli.run("latency", "--model", both, "--json", json)
        .assertRefused(
            both
                + ": cannot be stepped: recurrent layer 0 reads in both directions, so it needs the"
                + " whole sequence");
    assertFalse(Files.exists(json));
  }
}
