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

/** One benchmark's outcome in JMH's JSON: its method, its parameters, and time per operation. */
record JmhResult(String method, Map<String, String> params, double score) {
  /** The method and all parameters but one. */
  String variant(String without) {
    List<String> parts = new ArrayList<>();
    parts.add(method);
    params.forEach(
        (key, value) -> {
          if (!key.equals(without)) {
            parts.add(value);
          }
        });
    return String.join(" ", parts);
  }

  static List<JmhResult> read(Path file) throws IOException {
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
    String method = "";
    Map<String, String> params = new LinkedHashMap<>();
    double score = Double.NaN;
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
            } else {
              json.skipChildren();
            }
          }
        }
        default -> json.skipChildren();
      }
    }
    return new JmhResult(method, params, score);
  }
}
