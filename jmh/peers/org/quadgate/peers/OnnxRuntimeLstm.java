// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.quadgate.network.WeightArrays;

/**
 * An LSTM layer in ONNX Runtime, as fast as its Java interface allows: one thread, no pool, and all
 * inputs and outputs pinned to off-heap buffers, so that a run copies no state. Two sets of buffers
 * take turns: what one run writes as hn and cn, the next reads as h and c.
 */
final class OnnxRuntimeLstm implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final OrtSession.RunOptions runOptions = new OrtSession.RunOptions();
  private final Turn[] turns = new Turn[2];
  private final FloatBuffer x; // [steps][batch][input]
  private int turn;

  /** One run's bindings. */
  private record Turn(
      Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, FloatBuffer y) {}

  OnnxRuntimeLstm(WeightArrays weights, int steps, int batch) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(OnnxLstmFile.of(weights, steps, batch), options);
    }
    int inputs = weights.architecture().inputSize();
    int hidden = weights.architecture().outputSize();
    x = buffer(steps * batch * inputs);
    OnnxTensor xTensor = tensor(x, steps, batch, inputs);
    FloatBuffer[] h = {buffer(batch * hidden), buffer(batch * hidden)};
    OnnxTensor[] hTensors = {tensor(h[0], 1, batch, hidden), tensor(h[1], 1, batch, hidden)};
    OnnxTensor[] cTensors = {
      tensor(buffer(batch * hidden), 1, batch, hidden),
      tensor(buffer(batch * hidden), 1, batch, hidden)
    };
    for (int from = 0; from < 2; from++) {
      int to = 1 - from;
      Map<String, OnnxTensor> outputs = new HashMap<>();
      outputs.put("hn", hTensors[to]);
      outputs.put("cn", cTensors[to]);
      FloatBuffer y = h[to];
      if (steps > 1) {
        y = buffer(steps * batch * hidden);
        outputs.put("y", tensor(y, steps, 1, batch, hidden));
      }
      turns[from] =
          new Turn(Map.of("x", xTensor, "h", hTensors[from], "c", cTensors[from]), outputs, y);
    }
  }

  /**
   * Advances all streams by all timesteps.
   *
   * @param in shape [steps][batch][input]
   * @param out receives h of every timestep; shape [steps][batch][hidden]
   */
  void run(float[] in, float[] out) throws OrtException {
    Turn now = turns[turn];
    x.put(0, in);
    session.run(now.inputs, Set.of(), now.outputs, runOptions).close(); // leaves pinned ones open
    now.y.get(0, out);
    turn = 1 - turn;
  }

  private OnnxTensor tensor(FloatBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape);
  }

  private static FloatBuffer buffer(int floats) {
    return ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  @Override
  public void close() throws OrtException {
    for (Turn t : turns) {
      t.outputs.values().forEach(OnnxTensor::close);
    }
    turns[0].inputs.get("x").close();
    runOptions.close();
    session.close();
  }
}
