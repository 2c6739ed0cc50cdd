// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One benchmark's outcome, out of JMH's JSON.
 *
 * @param type the benchmark's class, without its package
 * @param method the benchmark's method
 * @param params its parameters, in their order
 * @param score the primary result
 * @param percentiles the primary result's by number, {@code 0.0} to {@code 100.0}
 * @param counters the secondary results by name
 * @param settings what JMH says of the run, such as {@code forks} and {@code vmVersion}; lists are
 *     joined with blanks
 */
record JmhResult(
    String type,
    String method,
    Map<String, String> params,
    double score,
    Map<String, Double> percentiles,
    Map<String, Double> counters,
    Map<String, String> settings) {

  /** Reads all results of a file. */
  static List<JmhResult> readAll(Path file) throws IOException {
    List<JmhResult> results = new ArrayList<>();
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

  private static JmhResult readOne(JsonParser json) {
    String[] name = {};
    double score = Double.NaN;
    Map<String, String> params = new LinkedHashMap<>();
    Map<String, Double> percentiles = new LinkedHashMap<>();
    Map<String, Double> counters = new LinkedHashMap<>();
    Map<String, String> settings = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      switch (key) {
        case "benchmark" -> name = json.getString().split("\\.", -1);
        case "params" -> {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String param = json.currentName();
            json.nextToken();
            params.put(param, json.getString());
          }
        }
        case "primaryMetric" -> score = readScore(json, percentiles);
        case "secondaryMetrics" -> {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String counter = json.currentName();
            json.nextToken();
            counters.put(counter, readScore(json, new LinkedHashMap<>()));
          }
        }
        default -> {
          if (value == JsonToken.START_ARRAY) {
            settings.put(key, readList(json));
          } else if (value == JsonToken.START_OBJECT) {
            json.skipChildren();
          } else {
            settings.put(key, json.getString());
          }
        }
      }
    }
    return new JmhResult(
        name[name.length - 2],
        name[name.length - 1],
        params,
        score,
        percentiles,
        counters,
        settings);
  }

  private static double readScore(JsonParser json, Map<String, Double> percentiles) {
    double score = Double.NaN;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      json.nextToken();
      if (key.equals("score") && json.currentToken().isNumeric()) {
        score = json.getDoubleValue();
      } else if (key.equals("scorePercentiles")) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          String percentile = json.currentName();
          if (json.nextToken().isNumeric()) {
            percentiles.put(percentile, json.getDoubleValue());
          }
        }
      } else {
        json.skipChildren();
      }
    }
    return score;
  }

  private static String readList(JsonParser json) {
    List<String> values = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      values.add(json.getString());
    }
    return String.join(" ", values);
  }
}
