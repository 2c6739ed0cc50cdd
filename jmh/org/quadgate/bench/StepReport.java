// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Turns JMH's JSON into one Markdown table: a row per shape, a column per variant, each with its
 * ratio to the time in which the machine streams the same bytes.
 */
public final class StepReport {
  private StepReport() {}

  /** One benchmark's outcome. */
  private record Result(String method, Map<String, String> params, double score, double error) {
    String variant() {
      List<String> parts = new ArrayList<>();
      parts.add(method);
      params.forEach(
          (key, value) -> {
            if (!key.equals("shape")) {
              parts.add(value);
            }
          });
      return String.join(" ", parts);
    }
  }

  /** Prints the table of the JSON file named by the first argument. */
  public static void main(String[] args) throws IOException {
    Map<String, Map<String, Double>> table = new LinkedHashMap<>();
    List<String> variants = new ArrayList<>();
    for (Result result : read(Path.of(args[0]))) {
      String shape = result.params.get("shape");
      if (shape != null) {
        table
            .computeIfAbsent(shape, s -> new LinkedHashMap<>())
            .put(result.variant(), result.score);
        if (!variants.contains(result.variant())) {
          variants.add(result.variant());
        }
      }
    }
    variants.remove("stream");
    StringBuilder out = new StringBuilder("| inputs x hidden | limit µs |");
    variants.forEach(v -> out.append(' ').append(v).append(" µs | × limit |"));
    out.append("\n|---|---|").append("---|---|".repeat(variants.size())).append('\n');
    table.forEach(
        (shape, scores) -> {
          double limit = scores.getOrDefault("stream", Double.NaN);
          out.append(String.format(Locale.ROOT, "| %s | %.3f |", shape, limit));
          for (String variant : variants) {
            Double score = scores.get(variant);
            out.append(
                score == null
                    ? " | |"
                    : String.format(Locale.ROOT, " %.3f | %.2f |", score, score / limit));
          }
          out.append('\n');
        });
    System.out.print(out);
  }

  private static List<Result> read(Path file) throws IOException {
    List<Result> results = new ArrayList<>();
    try (JsonParser json =
        JsonFactory.builder()
            .build()
            .createParser(ObjectReadContext.empty(), Files.readAllBytes(file))) {
      json.nextToken();
      while (json.nextToken() == JsonToken.START_OBJECT) {
        results.add(readOne(json));
      }
    }
    return results;
  }

  private static Result readOne(JsonParser json) {
    String method = "";
    Map<String, String> params = new LinkedHashMap<>();
    double score = Double.NaN;
    double error = Double.NaN;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "benchmark" -> method = json.getString().replaceAll(".*\\.", "");
        case "params" -> {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            json.nextToken();
            params.put(key, json.getString());
          }
        }
        case "primaryMetric" -> {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            json.nextToken();
            if (key.equals("score")) {
              score = json.getDoubleValue();
            } else if (key.equals("scoreError") && json.currentToken().isNumeric()) {
              error = json.getDoubleValue();
            } else {
              json.skipChildren();
            }
          }
        }
        default -> json.skipChildren();
      }
    }
    return new Result(method, params, score, error);
  }
}
