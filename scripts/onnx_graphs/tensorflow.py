# SPDX-License-Identifier: Apache-2.0
"""tf_* and k2o_*: the graphs of the exporters of Keras models, built by hand.

tf_* follow tf2onnx 1.17.0: rewriter/lstm_tf2_rewriter.py, lstm_rewriter.py (the LSTM with
`activations` written out, HardSigmoid with its default alpha and beta, the second half of
the bias zero, Squeeze of the axis of directions) and bilstm_rewriter.py (Slice of each
direction of the outputs), onnx_opset/tensor.py (Shape with a Cast, Pack). A Dense layer is
MatMul and Add, or after gemm_rewriter.py a Gemm; one on a sequence may come as a MatMul
between two Reshapes (TensorFlow's tensordot). The last output by Y_h is not of those sources;
it is there as a reader's variant. tf2onnx writes no peepholes, clip or projection:
lstm_rewriter.py leaves such cells as loops. Its node names are not imitated.

k2o_* follow keras2onnx, ke2onnx/lstm.py, simplernn.py and dense.py, at two commits: all
optional inputs present and empty, alpha and beta written out, and around the LSTM
    1.6.5 (0223837)     Transpose [2, 0, 1, 3] and Reshape of Y, Reshape of Y_h
    1.9.0 (3b6da29)     Squeeze and Transpose; both directions Transpose and Reshape [0, 0, 2H]

All have x as [N, T, I], as Keras does.
"""
import numpy as np
from onnx import TensorProto

from onnx_graphs import fixture, reference
from onnx_graphs.builder import Graph
from onnx_graphs.reference import Cell, Dense, hard_sigmoid, linear, relu, sigmoid

LAST = np.iinfo(np.int32).max  # how TensorFlow's strided slices write "to the end"
ONNX_NAMES = {sigmoid: "Sigmoid", np.tanh: "Tanh", relu: "Relu", hard_sigmoid: "HardSigmoid",
              linear: "Affine"}


class Layer:
    """A Keras LSTM layer, or a Bidirectional of it (concat)."""

    def __init__(self, rng, inputs, units, gate=sigmoid, activation=np.tanh, both=False,
                 bias=True, sequences=True, backwards=False):
        self.cells = [Cell(rng, inputs, units, bias) for _ in range(2 if both else 1)]
        self.gate, self.activation, self.both = gate, activation, both
        self.sequences, self.backwards, self.units = sequences, backwards, units

    def __call__(self, x):
        """x [T, I] in double precision."""
        runs = [reference.lstm(cell, x, self.gate, self.activation, self.activation,
                               backwards=self.backwards or d == 1)
                for d, cell in enumerate(self.cells)]
        if self.sequences:
            return np.concatenate([rows for rows, _, _ in runs], -1)
        return np.concatenate([h for _, h, _ in runs], -1)

    def functions(self):
        return [ONNX_NAMES[self.gate]] + [ONNX_NAMES[self.activation]] * 2


class Tf2Onnx:
    def __init__(self, opset, version="1.17.0"):
        self.g = Graph(opset, "tf2onnx", version, 8 if opset > 14 else 6,
                       names=lambda op, number: f"StatefulPartitionedCall/{op}__{number}")

    def state(self, x, units):
        """Zeros [1, N, units], as tf.fill of the batch size of x."""
        g = self.g
        shape = g.node("Cast", [g.node("Shape", [x])], to=TensorProto.INT32)
        size = g.squeeze(g.slice(shape, 0, 1, 0), 0)
        size = g.node("Concat", [g.unsqueeze(size, 0), g.constant(np.array([units], np.int32))],
                      axis=0)
        zeros = g.node("ConstantOfShape", [g.node("Cast", [size], to=TensorProto.INT64)])
        return g.unsqueeze(zeros, 0)

    def lstm(self, name, layer, x, time_major_in=False, last="y"):
        """Returns [N, T, H], or [N, H] of a layer without return_sequences.

        last: where the latter comes from, "y" (a slice of the sequence) or "y_h".
        """
        g, count = self.g, len(layer.cells)
        given = x
        x = x if time_major_in else g.transpose(x, 1, 0, 2)
        w, r, b, _ = reference.packed(layer.cells)
        b = np.zeros((count, 8 * layer.units), np.float32) if b is None else b
        states = []
        for _ in range(2):
            parts = [self.state(given, layer.units) for _ in layer.cells]
            states.append(parts[0] if count == 1 else g.node("Concat", parts, axis=0))
        y, y_h, _ = g.node(
            "LSTM", [x, g.tensor(f"W__{name}", w), g.tensor(f"R__{name}", r),
                     g.tensor(f"B__{name}", b), "", *states], 3,
            activations=layer.functions() * count, hidden_size=layer.units,
            direction="bidirectional" if layer.both else "forward")
        if layer.both:
            return self.both(layer, y, y_h, last)
        if layer.sequences:
            return g.transpose(g.squeeze(y, 1), 1, 0, 2)
        if last == "y_h":
            return g.squeeze(y_h, 0)
        return g.squeeze(g.slice(g.squeeze(y, 1), -1, LAST, 0), 0)

    def both(self, layer, y, y_h, last):
        g = self.g
        if not layer.sequences and last == "y_h":
            parts = [g.squeeze(g.slice(y_h, d, d + 1, 0), 0) for d in (0, 1)]
            return g.node("Concat", parts, axis=1)
        forward, backward = (g.squeeze(g.slice(y, d, d + 1, 1), 1) for d in (0, 1))
        if layer.sequences:
            return g.node("Concat", [g.transpose(v, 1, 0, 2) for v in (forward, backward)], axis=2)
        parts = [g.squeeze(g.slice(forward, -1, LAST, 0), 0),
                 g.squeeze(g.slice(backward, 0, 1, 0), 0)]
        return g.node("Concat", parts, axis=1)

    def dense(self, name, dense, x, form="MatMul", steps=None):
        g = self.g
        w = g.tensor(f"{name}/MatMul/ReadVariableOp:0", dense.w)
        b = g.tensor(f"{name}/BiasAdd/ReadVariableOp:0", dense.b)
        if form == "Gemm":
            y = g.node("Gemm", [x, w, b])
        elif form == "Tensordot":
            y = g.node("MatMul", [g.node("Reshape", [x, g.ints(-1, dense.w.shape[0])]), w])
            y = g.node("Add", [g.node("Reshape", [y, g.ints(-1, steps, dense.w.shape[1])]), b])
        else:
            y = g.node("Add", [g.node("MatMul", [x, w]), b])
        if dense.activation is linear:
            return y
        return g.node(ONNX_NAMES[dense.activation], [y])


class Keras2Onnx:
    def __init__(self, opset, version):
        self.g = Graph(opset, "keras2onnx", version, 6)

    def lstm(self, name, layer, x, steps=None):
        """steps: the length of sequences, or None where it isn't fixed."""
        g, count, given = self.g, len(layer.cells), x
        w, r, b, _ = reference.packed(layer.cells)
        functions = [layer.gate, layer.activation, layer.activation] * count
        values = {hard_sigmoid: ([0.2], [0.5]), linear: ([1.0], [])}
        alpha = [v for f in functions for v in values.get(f, ([], []))[0]]
        beta = [v for f in functions for v in values.get(f, ([], []))[1]]
        y, y_h, _ = g.node(
            "LSTM", [g.transpose(x, 1, 0, 2), g.tensor(f"{name}/W", w), g.tensor(f"{name}/R", r),
                     "" if b is None else g.tensor(f"{name}/B", b), "", "", "", ""], 3, name=name,
            activations=[ONNX_NAMES[f] for f in functions], activation_alpha=alpha or None,
            activation_beta=beta or None, hidden_size=layer.units,
            direction="bidirectional" if layer.both else
            "reverse" if layer.backwards else "forward")
        return self.output(layer, given, y, y_h, steps, count * layer.units)

    def output(self, layer, given, y, y_h, steps, width):
        g = self.g
        if not layer.sequences and layer.both:
            return g.node("Flatten", [g.transpose(y_h, 1, 0, 2)], axis=1)
        if g.version == "1.9.0":
            if not layer.sequences:
                return g.squeeze(y_h, 0)
            if layer.both:
                return g.node("Reshape", [g.transpose(y, 2, 0, 1, 3), g.ints(0, 0, width)])
            return g.transpose(g.squeeze(y, 1), 1, 0, 2)
        if not layer.sequences:
            return g.node("Reshape", [y_h, g.ints(-1, width)])
        length = g.ints(steps) if steps else g.slice(g.node("Shape", [given]), 1, 2, 0)
        if layer.both:
            shape = g.ints(steps, 2, -1, layer.units) if steps else g.node(
                "Concat", [length, g.ints(2), g.ints(-1), g.ints(layer.units)], axis=0)
            y = g.node("Reshape", [y, shape])
        y = g.transpose(y, 2, 0, 1, 3)
        if steps:
            return g.node("Reshape", [y, g.ints(-1, steps, width)])
        shape = g.node("Concat", [g.ints(-1), length, g.ints(width)], axis=0)
        return g.node("Identity", [g.node("Reshape", [y, shape])])

    def simple_rnn(self, name, w, u, b, x, sequences, activation):
        g, units = self.g, len(b)
        bias = np.concatenate((b, np.zeros(units, np.float32)))
        y, y_h = g.node(
            "RNN", [g.transpose(x, 1, 0, 2), g.tensor(f"{name}/W", w.T[None]),
                    g.tensor(f"{name}/R", u.T[None]), g.tensor(f"{name}/B", bias[None]), "", ""],
            2, name=name, activations=[ONNX_NAMES[activation]], hidden_size=units,
            direction="forward")
        if not sequences:
            return g.node("Reshape", [g.transpose(y_h, 1, 0, 2), g.ints(-1, units)])
        length = g.slice(g.node("Shape", [x]), 1, 2, 0)
        shape = g.node("Concat", [g.ints(-1), length, g.ints(units)], axis=0)
        return g.node("Reshape", [g.transpose(y, 2, 0, 1, 3), shape])

    def dense(self, name, dense, x):
        g = self.g
        y = g.node("MatMul", [x, g.tensor(f"{name}/kernel:0", dense.w)])
        y = g.node("Add", [y, g.tensor(f"{name}/bias:0", dense.b)])
        return g.node("Identity" if dense.activation is linear else ONNX_NAMES[dense.activation],
                      [y])


def finish(fixtures, name, g, rng, value, function, comment, inputs, steps=5, fixed=False,
           sequences=True):
    """Name the output and write the fixture; function computes it of x [T, I]."""
    g.rename(value, "y")
    width = function(np.zeros((steps, inputs))).shape[-1]
    g.output("y", *(["batch", steps if fixed else "time", width] if sequences
                    else ["batch", width]))
    g.prune()
    cases = []
    for text, n, t in (("one sequence", 1, steps),
                       ("three sequences", 3, steps if fixed else steps + 1)):
        x = rng.uniform(-1, 1, (n, t, inputs)).astype(np.float32)
        cases.append((text, {"x": x}, {"y": np.stack([function(row.astype(np.float64))
                                                     for row in x])}))
    fixtures.accept(name, g.model(), cases, f"{g.producer} {g.version}, opset {g.opset}: "
                    f"{comment}; x [N, T, I]")


def tf(fixtures, name, opset, comment, layers, dense=(), form="MatMul", last="y", steps=5,
       fixed=False):
    """A tf2onnx graph. layers, dense: functions of the random numbers."""
    rng, exporter = fixture.generator(name), Tf2Onnx(opset)
    made = [make(rng) for make in layers]
    heads = [make(rng) for make in dense]
    inputs = made[0].cells[0].inputs
    value = exporter.g.input("x", "batch", steps if fixed else "time", inputs)
    for i, layer in enumerate(made):
        value = exporter.lstm(f"{i}", layer, value, last=last)
    for i, head in enumerate(heads):
        value = exporter.dense(f"sequential/dense_{i}", head, value, form, steps)

    def function(x):
        for part in made + heads:
            x = part(x)
        return x

    finish(fixtures, name, exporter.g, rng, value, function, comment, inputs, steps, fixed,
           made[-1].sequences)


def k2o(fixtures, name, opset, comment, layers, dense=(), fixed=False, version="1.6.5"):
    rng, exporter = fixture.generator(name), Keras2Onnx(opset, version)
    made = [make(rng) for make in layers]
    heads = [make(rng) for make in dense]
    inputs = made[0].cells[0].inputs
    value = exporter.g.input("x", "batch", 5 if fixed else "time", inputs)
    for i, layer in enumerate(made):
        value = exporter.lstm(f"lstm_{i}", layer, value, 5 if fixed else None)
    for i, head in enumerate(heads):
        value = exporter.dense(f"dense_{i}", head, value)

    def function(x):
        for part in made + heads:
            x = part(x)
        return x

    finish(fixtures, name, exporter.g, rng, value, function, comment, inputs, fixed=fixed,
           sequences=made[-1].sequences)


def layer(*sizes, **options):
    return lambda rng: Layer(rng, *sizes, **options)


def head(*sizes, **options):
    return lambda rng: Dense(rng, *sizes, **options)


def make(fixtures):
    for opset in (9, 12, 13, 17):
        tf(fixtures, f"tf_sequences_op{opset}", opset, "LSTM, return_sequences", [layer(3, 4)])
        tf(fixtures, f"tf_last_dense_op{opset}", opset, "LSTM, the last output, Dense",
           [layer(3, 5, sequences=False)], [head(5, 2)])
        tf(fixtures, f"tf_bi_sequences_op{opset}", opset, "Bidirectional LSTM, return_sequences",
           [layer(3, 4, both=True)])
    tf(fixtures, "tf_last_y_h_dense", 15, "LSTM, the last output by Y_h, Dense as Gemm",
       [layer(3, 5, sequences=False)], [head(5, 2)], "Gemm", last="y_h")
    tf(fixtures, "tf_stacked_dense_sigmoid", 15, "two LSTMs, Dense with sigmoid on every step",
       [layer(3, 5), layer(5, 4)], [head(4, 2, activation=sigmoid)])
    tf(fixtures, "tf_stacked_last_dense_relu_dense", 15,
       "LSTM, LSTM's last output, Dense with relu, Dense",
       [layer(3, 5), layer(5, 4, sequences=False)], [head(4, 6, activation=relu), head(6, 1)])
    tf(fixtures, "tf_dense_tensordot", 15, "LSTM, Dense on every step between two Reshapes",
       [layer(3, 4)], [head(4, 2)], "Tensordot", fixed=True)
    tf(fixtures, "tf_fixed_time", 15, "LSTM, Dense on every step, the length fixed",
       [layer(3, 4)], [head(4, 2)], fixed=True)
    tf(fixtures, "tf_hard_sigmoid", 15, "LSTM with hard_sigmoid gates, alpha and beta left out",
       [layer(3, 4, gate=hard_sigmoid)], [head(4, 2)])
    tf(fixtures, "tf_relu", 15, "LSTM with relu in place of tanh", [layer(3, 4, activation=relu)],
       [head(4, 2)])
    tf(fixtures, "tf_no_bias", 15, "LSTM with use_bias=False", [layer(3, 4, bias=False)],
       [head(4, 2)])
    tf(fixtures, "tf_bi_last_dense", 15, "Bidirectional LSTM, the last outputs, Dense",
       [layer(3, 4, both=True, sequences=False)], [head(8, 2)])
    tf(fixtures, "tf_bi_last_y_h_dense", 15, "Bidirectional LSTM, the last outputs by Y_h, Dense",
       [layer(3, 4, both=True, sequences=False)], [head(8, 2)], last="y_h")
    tf(fixtures, "tf_bi_hard_sigmoid_stacked", 15,
       "Bidirectional LSTM with hard_sigmoid gates, LSTM, Dense",
       [layer(3, 4, both=True, gate=hard_sigmoid), layer(8, 3)], [head(3, 2)])
    for fixed in (True, False):
        kind = "fixed" if fixed else "dynamic"
        text = "the length fixed" if fixed else "any length"
        k2o(fixtures, f"k2o_sequences_{kind}", 11, f"LSTM, return_sequences, {text}",
            [layer(3, 4)], fixed=fixed)
        k2o(fixtures, f"k2o_bi_stacked_dense_{kind}", 11,
            f"Bidirectional LSTM, LSTM, Dense with sigmoid, {text}",
            [layer(3, 4, both=True), layer(8, 3)], [head(3, 2, activation=sigmoid)], fixed)
    k2o(fixtures, "k2o_last_dense", 12, "LSTM, the last output, Dense",
        [layer(3, 4, sequences=False)], [head(4, 2)])
    k2o(fixtures, "k2o_hard_sigmoid", 11, "LSTM with hard_sigmoid gates, alpha and beta given",
        [layer(3, 4, gate=hard_sigmoid)], [head(4, 2)])
    k2o(fixtures, "k2o_hard_sigmoid_linear", 11,
        "LSTM with hard_sigmoid gates and linear in place of tanh: three alphas, one beta",
        [layer(3, 4, gate=hard_sigmoid, activation=linear)], [head(4, 2)])
    k2o(fixtures, "k2o_bi_last_dense", 11, "Bidirectional LSTM with relu, the last outputs, Dense",
        [layer(3, 4, both=True, sequences=False, activation=relu)], [head(8, 2)])
    k2o(fixtures, "k2o_backwards_last_dense", 11, "LSTM with go_backwards, the last output, Dense",
        [layer(3, 4, sequences=False, backwards=True)], [head(4, 2)])
    k2o(fixtures, "k2o_no_bias", 11, "LSTM with use_bias=False", [layer(3, 4, bias=False)])
    for name, sequences in (("sequences", True), ("last", False)):
        for both in (True, False):
            k2o(fixtures, f"k2o_19_{'bi_' if both else ''}{name}_dense", 12,
                f"{'Bidirectional ' if both else ''}LSTM, "
                f"{'return_sequences' if sequences else 'the last output'}, Dense",
                [layer(3, 4, both=both, sequences=sequences)], [head(8 if both else 4, 2)],
                version="1.9.0")
    simple_rnn(fixtures)


def simple_rnn(fixtures):
    for activation in (np.tanh, relu):
        name = f"k2o_simple_rnn_{ONNX_NAMES[activation].lower()}"
        rng, exporter = fixture.generator(name), Keras2Onnx(11, "1.9.0")
        w, u, b = (rng.uniform(-0.8, 0.8, s).astype(np.float32) for s in ((3, 4), (4, 4), 4))
        dense = Dense(rng, 4, 2)
        sequences = activation is relu
        x = exporter.g.input("x", "batch", "time", 3)
        y = exporter.simple_rnn("simple_rnn", w, u, b, x, sequences, activation)
        y = exporter.dense("dense", dense, y)
        finish(fixtures, name, exporter.g, rng, y,
               lambda x: dense(reference.rnn(w, u, b, x, activation)[0 if sequences else 1]),
               f"SimpleRNN with {ONNX_NAMES[activation]}, "
               f"{'return_sequences' if sequences else 'the last output'}, Dense", 3,
               sequences=sequences)
