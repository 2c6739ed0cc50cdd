// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.io.format.ModelFormatException;

/**
 * From the bytes of an ONNX file to its records; what they mean is the importer's. The field
 * numbers are those of ONNX's onnx.proto. Fields that say nothing about what is computed (producer,
 * documentation, intermediate shapes) are passed over by number; any other unknown one is an error.
 *
 * <p>The parser never calls itself: graphs within attributes are not entered.
 */
public final class OnnxParser {
  private final OnnxSource source;

  private OnnxParser(OnnxSource source) {
    this.source = source;
  }

  /**
   * Parses a file.
   *
   * @throws ModelFormatException if it is damaged or has what is not understood
   */
  public static OnnxModel parse(OnnxSource source, ByteBuffer bytes) throws ModelFormatException {
    return new OnnxParser(source).model(new ProtobufReader(source, bytes));
  }

  private OnnxModel model(ProtobufReader in) throws ModelFormatException {
    long irVersion = 0;
    Map<String, Long> opsets = new HashMap<>();
    OnnxGraph graph = null;
    Map<String, String> metadata = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> irVersion = in.integer();
        case 2, 3, 4, 5, 6 -> in.skip(); // producer, domain, version, doc
        case 7 -> {
          if (graph != null) {
            throw in.failure("a second graph");
          }
          graph = graph(in.message());
        }
        case 8 -> opset(in, opsets);
        case 14 -> entry(in, metadata);
        default -> throw in.failure("field " + in.field() + " of the model is not understood");
      }
    }
    if (graph == null) {
      throw source.at(0, "the file has no graph; it is not an ONNX model");
    }
    return new OnnxModel(irVersion, Map.copyOf(opsets), graph, Map.copyOf(metadata));
  }

  private static void opset(ProtobufReader outer, Map<String, Long> opsets)
      throws ModelFormatException {
    ProtobufReader in = outer.message();
    String domain = "";
    long version = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> domain = in.text();
        case 2 -> version = in.integer();
        default -> throw in.failure("field " + in.field() + " of an opset is not understood");
      }
    }
    if (opsets.put(standard(domain), version) != null) {
      throw outer.failure("a second version for domain " + ModelFormatException.quote(domain));
    }
  }

  /** An entry of metadata_props; anybody's keys may stand there. */
  private static void entry(ProtobufReader outer, Map<String, String> metadata)
      throws ModelFormatException {
    ProtobufReader in = outer.message();
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.text();
        case 2 -> value = in.text();
        default -> throw in.failure("field " + in.field() + " of an entry is not understood");
      }
    }
    if (metadata.put(key, value) != null) {
      throw outer.failure("a second entry " + ModelFormatException.quote(key));
    }
  }

  /** ONNX's own domain has two names. */
  private static String standard(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  private OnnxGraph graph(ProtobufReader in) throws ModelFormatException {
    List<OnnxNode> nodes = new ArrayList<>();
    List<OnnxTensor> initializers = new ArrayList<>();
    List<OnnxValueInfo> inputs = new ArrayList<>();
    List<OnnxValueInfo> outputs = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> nodes.add(node(in.message()));
        case 5 -> initializers.add(OnnxTensor.read(source, in.message()));
        case 11 -> inputs.add(valueInfo(in.message()));
        case 12 -> outputs.add(valueInfo(in.message()));
        case 2, 10, 13, 16 -> in.skip(); // name, doc_string, value_info, metadata_props
        default -> throw in.failure("field " + in.field() + " of the graph is not understood");
      }
    }
    return new OnnxGraph(
        List.copyOf(nodes), List.copyOf(initializers), List.copyOf(inputs), List.copyOf(outputs));
  }

  private OnnxNode node(ProtobufReader in) throws ModelFormatException {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, OnnxAttribute> attributes = new HashMap<>();
    String name = "";
    String op = "";
    String domain = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.text());
        case 2 -> outputs.add(in.text());
        case 3 -> name = in.text();
        case 4 -> op = in.text();
        case 5 -> attribute(in, attributes);
        case 6, 9 -> in.skip(); // doc_string, metadata_props
        case 7 -> domain = standard(in.text());
        case 8 -> {
          if (!in.text().isEmpty()) {
            throw in.failure("a node with an overload, which only functions have");
          }
        }
        default -> throw in.failure("field " + in.field() + " of a node is not understood");
      }
    }
    return new OnnxNode(
        op, name, domain, List.copyOf(inputs), List.copyOf(outputs), Map.copyOf(attributes));
  }

  private void attribute(ProtobufReader outer, Map<String, OnnxAttribute> attributes)
      throws ModelFormatException {
    ProtobufReader in = outer.message();
    String name = "";
    int type = 0;
    float real = 0;
    long integer = 0;
    String text = "";
    OnnxTensor tensor = null;
    FixedNumbers reals = new FixedNumbers();
    NumberList integers = new NumberList();
    List<String> texts = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 2 -> real = in.number();
        case 3 -> integer = in.integer();
        case 4 -> text = in.text();
        case 5 -> tensor = OnnxTensor.read(source, in.message());
        case 7 -> in.floats(reals);
        case 8 -> in.integers(integers);
        case 9 -> texts.add(in.text());
        case 20 -> type = in.code();
        default -> in.skip(); // the type says that it is of a kind that is not read
      }
    }
    OnnxAttribute value =
        switch (type) {
          case 1 -> new OnnxAttribute.Real(real);
          case 2 -> new OnnxAttribute.Int(integer);
          case 3 -> new OnnxAttribute.Text(text);
          case 4 -> {
            if (tensor == null) {
              throw outer.failure(
                  "attribute " + ModelFormatException.quote(name) + " has no tensor");
            }
            yield new OnnxAttribute.Tensor(tensor);
          }
          case 6 -> {
            List<Float> values = new ArrayList<>();
            for (int i = 0; i < reals.bytes().remaining(); i += Float.BYTES) {
              values.add(reals.bytes().getFloat(i));
            }
            yield new OnnxAttribute.Reals(List.copyOf(values));
          }
          case 7 -> {
            List<Long> values = new ArrayList<>();
            for (int i = 0; i < integers.size(); i++) {
              values.add(integers.get(i));
            }
            yield new OnnxAttribute.Ints(List.copyOf(values));
          }
          case 8 -> new OnnxAttribute.Texts(List.copyOf(texts));
          default -> new OnnxAttribute.Unread(type);
        };
    if (attributes.put(name, value) != null) {
      throw outer.failure("a second attribute " + ModelFormatException.quote(name));
    }
  }

  private OnnxValueInfo valueInfo(ProtobufReader in) throws ModelFormatException {
    String name = "";
    int type = 0;
    List<Long> dims = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 2 -> {
          ProtobufReader kind = in.message();
          while (kind.next()) {
            if (kind.field() == 6) {
              kind.skip(); // denotation
              continue;
            }
            if (kind.field() != 1) {
              throw source.graph(
                  "value "
                      + ModelFormatException.quote(name)
                      + " is not a tensor; only those are read");
            }
            ProtobufReader tensor = kind.message();
            while (tensor.next()) {
              switch (tensor.field()) {
                case 1 -> type = tensor.code();
                case 2 -> dims = shape(tensor.message());
                default ->
                    throw tensor.failure(
                        "field " + tensor.field() + " of a tensor type is not understood");
              }
            }
          }
        }
        case 3, 4 -> in.skip(); // doc_string, metadata_props
        default -> throw in.failure("field " + in.field() + " of a value is not understood");
      }
    }
    return new OnnxValueInfo(name, type, dims);
  }

  private static List<Long> shape(ProtobufReader in) throws ModelFormatException {
    List<Long> dims = new ArrayList<>();
    while (in.next()) {
      if (in.field() != 1) {
        throw in.failure("field " + in.field() + " of a shape is not understood");
      }
      ProtobufReader dim = in.message();
      long size = -1;
      while (dim.next()) {
        if (dim.field() == 1) {
          size = Math.max(-1, dim.integer());
        } else {
          dim.skip(); // the name of an open size, or a denotation
        }
      }
      dims.add(size);
    }
    return List.copyOf(dims);
  }
}
