// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A model in ONNX Runtime, on one thread. */
final class OrtModel implements AutoCloseable {
  private static final OrtEnvironment ENVIRONMENT =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);

  private final OrtSession session;
  private final Map<String, OnnxTensorLike> inputs = new HashMap<>();

  OrtModel(byte[] model) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      session = ENVIRONMENT.createSession(model, options);
    }
  }

  void set(String name, float[] values, long... shape) throws OrtException {
    put(name, OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(values), shape));
  }

  void set(String name, int[] values, long... shape) throws OrtException {
    put(name, OnnxTensor.createTensor(ENVIRONMENT, IntBuffer.wrap(values), shape));
  }

  private void put(String name, OnnxTensor tensor) {
    OnnxTensorLike before = inputs.put(name, tensor);
    if (before != null) {
      before.close();
    }
  }

  /** All outputs by name, row-major. */
  Map<String, float[]> run() throws OrtException {
    Map<String, float[]> outputs = new LinkedHashMap<>();
    try (OrtSession.Result result = session.run(inputs)) {
      for (Map.Entry<String, ai.onnxruntime.OnnxValue> output : result) {
        FloatBuffer values = ((OnnxTensor) output.getValue()).getFloatBuffer();
        float[] copy = new float[values.remaining()];
        values.get(copy);
        outputs.put(output.getKey(), copy);
      }
    }
    return outputs;
  }

  /** The file's metadata_props. */
  Map<String, String> metadata() throws OrtException {
    return session.getMetadata().getCustomMetadata();
  }

  @Override
  public void close() throws OrtException {
    inputs.values().forEach(OnnxTensorLike::close);
    session.close();
  }
}
