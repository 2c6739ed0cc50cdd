// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.quadgate.network.WeightArrays;

/**
 * An LSTM layer in libtorch, as fast as DJL allows: one native call a step, to a TorchScript method
 * in inference mode. x and y are tensors over direct buffers of ours; the state that one call
 * returns is handed to the next as it is. The method is torch.lstm_cell: torch.lstm, the call that
 * nn.LSTM and DJL's own LSTM make, took 3 times as long at 8x32 and 9 to 14 times from 512x512 on;
 * the cell written out in addmv and activations took as long at 8x32 and up to 1.4 times beyond.
 */
final class LibtorchLstm implements AutoCloseable {
  private static final String STEP =
      """
        def forward(self: __torch__.Lstm,
          x: Tensor,
          state: Tuple[Tensor, Tensor],
          weights: List[Tensor],
          y: Tensor) -> Tuple[Tensor, Tensor]:
          h, c = torch.lstm_cell(x, [(state)[0], (state)[1]],
              weights[0], weights[1], weights[2], weights[3])
          _0 = torch.copy_(y, h)
          return (h, c)
      """;

  private final PtNDManager manager;
  private final PtSymbolBlock module;
  private final ByteBuffer x;
  private final ByteBuffer y;
  private final IValue xValue;
  private final IValue weightsValue;
  private final IValue yValue;
  private IValue state;

  LibtorchLstm(WeightArrays weights) throws IOException {
    Libtorch.useOneThread();
    manager = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager();
    module =
        JniUtils.loadModule(
            manager, new ByteArrayInputStream(TorchScriptFile.of(STEP)), false, false);
    int inputs = weights.architecture().inputSize();
    int hidden = weights.architecture().outputSize();
    WeightArrays.Recurrent layer = weights.layers().getFirst();
    int rows = 4 * hidden;
    x = direct(inputs);
    y = direct(hidden);
    xValue = IValue.from(manager.create(x, new Shape(1, inputs), DataType.FLOAT32));
    yValue = IValue.from(manager.create(y, new Shape(1, hidden), DataType.FLOAT32));
    weightsValue =
        IValue.listFrom(
            tensor(layer.input, rows, inputs),
            tensor(layer.recurrent, rows, hidden),
            tensor(layer.bias, rows),
            tensor(new float[rows], rows)); // PyTorch's second bias; ours is the sum of both
    state =
        IValue.tupleFrom(
            IValue.from((PtNDArray) manager.zeros(new Shape(1, hidden))),
            IValue.from((PtNDArray) manager.zeros(new Shape(1, hidden))));
  }

  private PtNDArray tensor(float[] values, long... shape) {
    return (PtNDArray) manager.create(values, new Shape(shape));
  }

  private static ByteBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder());
  }

  /**
   * Advances the stream by one timestep.
   *
   * @param in shape [input]
   * @param out receives h; shape [hidden]
   */
  void run(float[] in, float[] out) {
    x.asFloatBuffer().put(in);
    IValue next = IValueUtils.runMethod(module, "forward", xValue, state, weightsValue, yValue);
    state.close();
    state = next;
    y.asFloatBuffer().get(out);
  }

  @Override
  public void close() {
    state.close();
    module.close();
    manager.close();
  }
}
