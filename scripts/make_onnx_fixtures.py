#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the ONNX fixtures under src/library/test/resources/onnx.

Run from the project's root with PyTorch 1.13 and onnx 1.12 (Debian's python3-torch and
python3-onnx):

    /usr/bin/python3 scripts/make_onnx_fixtures.py

There are two families. Those named torch_* come out of torch.onnx.export itself (PyTorch 1.13, the
exporter that traces). The others are graphs as exporters write them that cannot be had offline,
built node by node after their published sources; each function says which version it follows.

Beside NAME.onnx stands NAME.golden.txt: the rows of one input sequence, an empty line, and the
rows that come out, by PyTorch for the first family, by a float64 reference below for the second.
Under refused/ stand graphs that a reader must refuse, with a piece of the message in
NAME.reason.txt.
"""
import io
import os
import warnings

import numpy as np
import onnx
import onnx.checker
import onnx.numpy_helper
import torch
from onnx import TensorProto, helper

OUT = os.path.join("src", "test", "resources", "onnx")
STEPS = 6
warnings.filterwarnings("ignore")


# ---------------------------------------------------------------- PyTorch 1.13's own exporter


class Net(torch.nn.Module):
    """Recurrent layers, and what is done with what they give."""

    def __init__(self, after, kind=torch.nn.LSTM, inputs=3, hidden=4, layers=1, head=0, **options):
        super().__init__()
        self.rnn = kind(inputs, hidden, layers, **options)
        self.after = after
        both = 2 if options.get("bidirectional") else 1
        if head:
            self.fc = torch.nn.Linear(both * hidden, head)
            self.fc2 = torch.nn.Linear(head, 2)
        self.drop = torch.nn.Dropout(0.5)

    def forward(self, x):
        out, state = self.rnn(x)
        h = state[0] if isinstance(state, tuple) else state
        return self.after(self, out, h)


class GivenState(torch.nn.Module):
    """The stepping form: states in, states out."""

    def __init__(self, **options):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 4, **options)

    def forward(self, x, h, c):
        return self.rnn(x, (h, c))


class LearnedState(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 4, 2)
        self.h = torch.nn.Parameter(torch.randn(2, 1, 4))
        self.c = torch.nn.Parameter(torch.randn(2, 1, 4))

    def forward(self, x):
        batch = x.shape[1]
        return self.rnn(x, (self.h.expand(-1, batch, -1).contiguous(),
                            self.c.expand(-1, batch, -1).contiguous()))[0]


class Scaled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 5, batch_first=True)
        self.fc = torch.nn.Linear(5, 2)
        self.register_buffer("mean", torch.randn(3))
        self.register_buffer("std", torch.rand(3) + 0.5)
        self.register_buffer("out_mean", torch.randn(2))
        self.register_buffer("out_std", torch.rand(2) + 0.5)

    def forward(self, x):
        out = self.fc(self.rnn((x - self.mean) / self.std)[0])
        return out * self.out_std + self.out_mean


class Unrolled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.LSTMCell(3, 4)

    def forward(self, x):
        h = torch.zeros(x.shape[1], 4)
        c = torch.zeros(x.shape[1], 4)
        for t in range(3):
            h, c = self.cell(x[t], (h, c))
        return h


def deterministic_weights(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in list(model.parameters()):
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.6)


def rows(values):
    return "\n".join(" ".join(repr(float(v)) for v in row) for row in values) + "\n"


def save(name, data, xs, ys):
    with open(os.path.join(OUT, name + ".onnx"), "wb") as file:
        file.write(data)
    with open(os.path.join(OUT, name + ".golden.txt"), "w", encoding="ascii") as file:
        file.write(rows(xs) + "\n" + rows(ys))


def refuse(name, data, reason):
    with open(os.path.join(OUT, "refused", name + ".onnx"), "wb") as file:
        file.write(data)
    with open(os.path.join(OUT, "refused", name + ".reason.txt"), "w", encoding="ascii") as file:
        file.write(reason + "\n")


def export(model, args, opset, **options):
    buffer = io.BytesIO()
    torch.onnx.export(model.eval(), args, buffer, opset_version=opset, **options)
    return buffer.getvalue()


def torch_case(name, model, seed, opset, batch_first=False, inputs=3, open_sizes=True):
    deterministic_weights(model, seed)
    generator = torch.Generator().manual_seed(seed + 1000)
    xs = torch.randn(STEPS, inputs, generator=generator)
    x = xs.unsqueeze(0 if batch_first else 1)
    options = {"input_names": ["x"], "output_names": ["y"]}
    if open_sizes:
        options["dynamic_axes"] = {"x": [0, 1]}
    data = export(model, x, opset, **options)
    with torch.no_grad():
        y = model.eval()(x)
    save(name, data, xs, y.reshape(-1, y.shape[-1]))


def torch_family():
    def every(net, out, h):
        return out

    def head_of_every(net, out, h):
        return net.fc(net.drop(out))

    def head_of_last(net, out, h):
        return net.fc(out[:, -1])

    def head_of_last_time_first(net, out, h):
        return net.fc(out[-1])

    def head_of_state(net, out, h):
        return net.fc(h[-1])

    def head_of_both(net, out, h):
        return net.fc(torch.cat((h[-2], h[-1]), dim=1))

    def two_linear(net, out, h):
        return net.fc2(torch.relu(net.fc(out)))

    def sigmoid_head(net, out, h):
        return torch.sigmoid(net.fc(out))

    def last_and_squeezed(net, out, h):
        return net.fc(h.squeeze(0))

    rnn = torch.nn.RNN
    torch_case("torch_plain_op9", Net(every), 1, 9)
    torch_case("torch_plain_op14", Net(every), 2, 14)
    torch_case("torch_plain_fixed_op11", Net(every), 3, 11, open_sizes=False)
    torch_case("torch_batch_first_op13", Net(every, batch_first=True), 4, 13, True)
    torch_case("torch_layers3_op17", Net(every, layers=3), 5, 17)
    torch_case("torch_layers3_fixed_op17", Net(every, layers=3), 5, 17, open_sizes=False)
    torch_case("torch_nobias_op11", Net(every, layers=2, bias=False), 6, 11)
    torch_case("torch_both_op9", Net(every, bidirectional=True), 7, 9)
    torch_case("torch_both2_op14", Net(every, layers=2, bidirectional=True, batch_first=True), 8,
               14, True)
    torch_case("torch_head_op11", Net(head_of_every, head=3, batch_first=True), 9, 11, True)
    torch_case("torch_head_op17", Net(head_of_every, head=3), 10, 17)
    torch_case("torch_last_op11", Net(head_of_last, head=3, batch_first=True), 11, 11, True)
    torch_case("torch_last_op15", Net(head_of_last_time_first, head=3, layers=2), 12, 15)
    torch_case("torch_state_op9", Net(head_of_state, head=3, batch_first=True), 13, 9, True)
    torch_case("torch_state2_op14", Net(head_of_state, head=3, layers=2), 14, 14)
    torch_case("torch_state_squeezed_op13", Net(last_and_squeezed, head=3), 26, 13)
    torch_case("torch_both_state_op11",
               Net(head_of_both, head=3, layers=2, bidirectional=True, batch_first=True), 15, 11,
               True)
    torch_case("torch_both_state1_op16", Net(head_of_both, head=3, bidirectional=True), 16, 16)
    torch_case("torch_two_linear_op14", Net(two_linear, head=4, batch_first=True), 17, 14, True)
    torch_case("torch_sigmoid_op14", Net(sigmoid_head, head=2, batch_first=True), 18, 14, True)
    torch_case("torch_rnn_op11", Net(every, kind=rnn, layers=2), 19, 11)
    torch_case("torch_rnn_relu_op14", Net(every, kind=rnn, nonlinearity="relu"), 20, 14)
    torch_case("torch_rnn_both_op14", Net(every, kind=rnn, bidirectional=True), 21, 14)
    torch_case("torch_layers20_op14", Net(every, layers=20, hidden=2), 22, 14)
    torch_case("torch_learned_state_op13", LearnedState(), 23, 13)
    torch_case("torch_scaled_op14", Scaled(), 24, 14, True)
    for opset, name, options in [(11, "torch_given_state_op11", {}),
                                 (14, "torch_given_state2_op14", {"num_layers": 2})]:
        model = GivenState(**options)
        deterministic_weights(model, 25)
        layers = options.get("num_layers", 1)
        xs = torch.randn(STEPS, 3, generator=torch.Generator().manual_seed(1025))
        zero = torch.zeros(layers, 1, 4)
        data = export(model, (xs.unsqueeze(1), zero, zero), opset, input_names=["x", "h", "c"],
                      output_names=["y", "h_next", "c_next"],
                      dynamic_axes={"x": [0, 1], "h": [1], "c": [1]})
        with torch.no_grad():
            save(name, data, xs, model(xs.unsqueeze(1), zero, zero)[0].squeeze(1))
    # what must be refused
    x = torch.randn(3, 1, 3)
    unrolled = Unrolled()
    deterministic_weights(unrolled, 30)
    refuse("unrolled", export(unrolled, x, 11), "(Gemm)")
    gru = Net(every, kind=torch.nn.GRU)
    deterministic_weights(gru, 31)
    refuse("gru", export(gru, x, 14), "(GRU)")
    residual = Net(lambda net, out, h: out + torch.cat((h, h, h), 0))
    deterministic_weights(residual, 32)
    refuse("residual", export(residual, x, 14), "")
    softmax = Net(lambda net, out, h: torch.softmax(net.fc(out), -1), head=3)
    deterministic_weights(softmax, 33)
    refuse("softmax", export(softmax, x, 14), "(Softmax)")
    half = Net(lambda net, out, h: net.fc(out)[..., :1], head=3)
    deterministic_weights(half, 34)
    refuse("part_of_features", export(half, x, 14), "(Slice)")
    early = Net(lambda net, out, h: out[0])
    deterministic_weights(early, 35)
    refuse("first_step", export(early, x, 14), "(Gather)")

    @torch.jit.script
    def looped(x, w):
        h = torch.zeros_like(x[0])
        for t in range(x.size(0)):
            h = torch.tanh(x[t] + h @ w)
        return h

    class Looped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(3, 3))

        def forward(self, x):
            return looped(x, self.w)

    refuse("loop", export(Looped(), x, 14), "(Loop)")


# ---------------------------------------------------------------- graphs after exporters' sources


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


FUNCTIONS = {
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
    "Relu": lambda x: np.maximum(x, 0),
    "HardSigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
}


def lstm(x, w, r, b, functions=("Sigmoid", "Tanh", "Tanh"), p=None, h=None, c=None):
    """One direction in ONNX's order i, o, f, c; x is [T][I]. Returns all h, and the last c."""
    hidden = r.shape[1]
    f, g, last = (FUNCTIONS[name] for name in functions)
    h = np.zeros(hidden) if h is None else h.astype(np.float64)
    c = np.zeros(hidden) if c is None else c.astype(np.float64)
    p = np.zeros(3 * hidden) if p is None else p.astype(np.float64)
    bias = b[: 4 * hidden].astype(np.float64) + b[4 * hidden:]
    hs = []
    for row in x:
        z = w.astype(np.float64) @ row + r.astype(np.float64) @ h + bias
        zi, zo, zf, zc = np.split(z, 4)
        i = f(zi + p[:hidden] * c)
        forget = f(zf + p[2 * hidden:] * c)
        c = forget * c + i * g(zc)
        h = f(zo + p[hidden:2 * hidden] * c) * last(c)
        hs.append(h)
    return np.array(hs), c


class Graph:
    """A graph under construction; every random tensor is a new one."""

    def __init__(self, seed, opset):
        self.random = np.random.RandomState(seed)
        self.opset = opset
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []

    def values(self, *shape):
        return (self.random.randn(*shape) * 0.6).astype(np.float32)

    def weight(self, name, array):
        self.initializers.append(onnx.numpy_helper.from_array(array, name))
        return name

    def ints(self, name, *values):
        return self.weight(name, np.array(values, dtype=np.int64))

    def node(self, op, inputs, outputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, outputs, name=outputs[0] + "_" + op,
                                           **attributes))
        return outputs[0]

    def squeeze(self, x, y, axis):
        if self.opset < 13:
            return self.node("Squeeze", [x], [y], axes=[axis])
        return self.node("Squeeze", [x, self.ints(y + "_axes", axis)], [y])

    def unsqueeze(self, x, y, axis):
        if self.opset < 13:
            return self.node("Unsqueeze", [x], [y], axes=[axis])
        return self.node("Unsqueeze", [x, self.ints(y + "_axes", axis)], [y])

    def input(self, name, *shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, *shape):
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def bytes(self, check=True):
        graph = helper.make_graph(self.nodes, "g", self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 6 if self.opset < 13 else 8
        model.producer_name = ""
        if check:
            onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)


def torch_new_exporter(name, seed, bidirectional, head):
    """PyTorch 2.5 and later with dynamo=True, by onnxscript 0.1's torch_lib (aten_lstm): PyTorch's
    weights stay initializers, and nodes bring the gates i, f, g, o into ONNX's order."""
    g = Graph(seed, 18)
    hidden, inputs, both = 4, 3, 2 if bidirectional else 1
    g.input("x", "batch", "time", inputs)
    g.ints("axis0", 0)
    g.node("Transpose", ["x"], ["xt"], perm=[1, 0, 2])
    for i in range(5):
        g.ints("at%d" % i, i * hidden)
    # zeros for h0 and c0, in the shape of the batch
    g.node("Shape", ["xt"], ["x_shape"], start=1, end=2)
    g.ints("layers", both)
    g.ints("units", hidden)
    g.node("Concat", ["layers", "x_shape", "units"], ["h_shape"], axis=0)
    g.weight("zero", np.array([0], dtype=np.float32))
    g.node("Expand", ["zero", "h_shape"], ["h0"])
    g.node("Slice", ["h0", g.ints("s0", 0), g.ints("s1", both), "axis0"], ["h0_part"])

    def reordered(of, part):
        parts = []
        for gate, (start, end) in enumerate(((0, 1), (3, 4), (1, 2), (2, 3))):
            parts.append(g.node("Slice", [of, "at%d" % start, "at%d" % end, "axis0"],
                                ["%s_%d" % (of, gate)]))
        joined = g.node("Concat", parts, [of + "_iofc"], axis=0)
        return joined if part else g.unsqueeze(joined, of + "_3d", 0)

    weights, all_w, all_r, all_b = [], [], [], []
    for d in range(both):
        w, r = g.values(4 * hidden, inputs), g.values(4 * hidden, hidden)
        b, rb = g.values(4 * hidden), g.values(4 * hidden)
        weights.append((w, r, b, rb))
        g.weight("w%d" % d, w), g.weight("r%d" % d, r)
        g.weight("b%d" % d, b), g.weight("rb%d" % d, rb)
        all_w.append(reordered("w%d" % d, False))
        all_r.append(reordered("r%d" % d, False))
        bias = g.node("Concat", [reordered("b%d" % d, True), reordered("rb%d" % d, True)],
                      ["bias%d" % d], axis=0)
        all_b.append(g.unsqueeze(bias, "bias%d_2d" % d, 0))
    if bidirectional:
        w = g.node("Concat", all_w, ["w_all"], axis=0)
        r = g.node("Concat", all_r, ["r_all"], axis=0)
        b = g.node("Concat", all_b, ["b_all"], axis=0)
    else:
        w, r, b = all_w[0], all_r[0], all_b[0]
    g.node("LSTM", ["xt", w, r, b, "", "h0_part", "h0_part"], ["Y", "Y_h", "Y_c"],
           hidden_size=hidden, direction="bidirectional" if bidirectional else "forward")
    g.node("Transpose", ["Y"], ["Yt"], perm=[0, 2, 1, 3])
    g.node("Shape", ["Yt"], ["y_shape"])
    first = g.node("Slice", ["y_shape", g.ints("k0", 0), g.ints("k2", 2), "axis0"], ["y_first"])
    pair = g.node("Slice", ["y_shape", g.ints("k2b", 2), g.ints("k3", 3), "axis0"], ["y_dirs"])
    last = g.node("Slice", ["y_shape", g.ints("k3b", 3), g.ints("k4", 4), "axis0"], ["y_units"])
    width = g.node("Mul", [pair, last], ["y_width"])
    g.node("Concat", [first, width], ["y_to"], axis=0)
    g.node("Reshape", ["Yt", "y_to"], ["y_rows"], allowzero=1)
    g.node("Transpose", ["y_rows"], ["y_batch"], perm=[1, 0, 2])
    # the reference
    order = np.concatenate([np.arange(k * hidden, (k + 1) * hidden) for k in (0, 3, 1, 2)])
    xs = g.values(STEPS, inputs)
    outs, lasts = [], []
    for d, (w, r, b, rb) in enumerate(weights):
        bias = np.concatenate([b[order], rb[order]])
        read = xs if d == 0 else xs[::-1]
        hs, _ = lstm(read, w[order], r[order], bias)
        outs.append(hs if d == 0 else hs[::-1])
    ys = np.concatenate(outs, axis=1)
    if head == "gemm":
        # the last timestep: rank 2, so Gemm
        fc, fb = g.values(2, both * hidden), g.values(2)
        g.weight("fc", fc), g.weight("fb", fb)
        g.weight("minus1", np.array(-1, dtype=np.int64))
        g.node("Gather", ["y_batch", "minus1"], ["y_last"], axis=1)
        g.node("Gemm", ["y_last", "fc", "fb"], ["y"], transB=1, alpha=1.0, beta=1.0)
        ys = ys[-1:] @ fc.T.astype(np.float64) + fb
        g.output("y", "batch", 2)
    else:
        # every timestep: rank 3, so Transpose, MatMul, Add
        fc, fb = g.values(2, both * hidden), g.values(2)
        g.weight("fc", fc), g.weight("fb", fb)
        g.node("Transpose", ["fc"], ["fct"], perm=[1, 0])
        g.node("MatMul", ["y_batch", "fct"], ["product"])
        g.node("Add", ["product", "fb"], ["y"])
        ys = ys @ fc.T.astype(np.float64) + fb
        g.output("y", "batch", "time", 2)
    save(name, g.bytes(), xs, ys)


def tf2onnx(name, seed, opset, sequences, functions=("Sigmoid", "Tanh", "Tanh"), peephole=False,
            both=False, head=None):
    """tf2onnx 1.16: a Keras LSTM layer is rewritten to one LSTM node between a Transpose of its
    input to time-major and a Squeeze of its output, with the activations written out
    (rewriter/lstm_tf2_rewriter.py); two of opposite directions become a bidirectional one
    (rewriter/bilstm_rewriter.py)."""
    g = Graph(seed, opset)
    hidden, inputs, n = 5, 3, 2 if both else 1
    g.input("x", "unk__1", "unk__2", inputs)
    g.node("Transpose", ["x"], ["xt"], perm=[1, 0, 2])
    w, r, b = g.values(n, 4 * hidden, inputs), g.values(n, 4 * hidden, hidden), g.values(
        n, 8 * hidden)
    b[:, 4 * hidden:] = 0
    p = g.values(n, 3 * hidden) if peephole else None
    names = ["xt", g.weight("W", w), g.weight("R", r), g.weight("B", b)]
    if peephole:
        names += ["", "", "", g.weight("P", p)]
    attributes = {"hidden_size": hidden, "activations": list(functions) * n,
                  "direction": "bidirectional" if both else "forward"}
    if "HardSigmoid" in functions:
        attributes["activation_alpha"] = [0.2] * n
        attributes["activation_beta"] = [0.5] * n
    g.node("LSTM", names, ["Y", "Y_h", "Y_c"], **attributes)
    xs = g.values(STEPS, inputs)
    outs, ends = [], []
    for d in range(n):
        hs, _ = lstm(xs if d == 0 else xs[::-1], w[d], r[d], b[d], functions,
                     p[d] if peephole else None)
        outs.append(hs if d == 0 else hs[::-1])
        ends.append(hs[-1])
    if sequences and both:
        g.node("Transpose", ["Y"], ["Yt"], perm=[2, 0, 1, 3])
        g.node("Reshape", ["Yt", g.ints("to", 0, 0, n * hidden)], ["y_all"])
        ys = np.concatenate(outs, axis=1)
    elif sequences:
        g.squeeze("Y", "Y3", 1)
        g.node("Transpose", ["Y3"], ["y_all"], perm=[1, 0, 2])
        ys = outs[0]
    elif both:
        g.node("Transpose", ["Y_h"], ["Yt"], perm=[1, 0, 2])
        g.node("Reshape", ["Yt", g.ints("to", -1, n * hidden)], ["y_all"])
        ys = np.concatenate(ends)[None]
    else:
        g.squeeze("Y_h", "y_all", 0)
        ys = ends[0][None]
    result = "y_all"
    if head:
        fc, fb = g.values(n * hidden, 2), g.values(2)
        g.weight("kernel", fc), g.weight("bias", fb)
        if sequences:
            # Keras's Dense on three dimensions: merged to rows and back
            g.node("Reshape", [result, g.ints("merged", -1, n * hidden)], ["rows"])
            g.node("Shape", [result], ["shape"])
            g.node("Slice", ["shape", g.ints("z0", 0), g.ints("z2", 2), g.ints("za", 0)], ["first"])
            g.node("Concat", ["first", g.ints("two", 2)], ["apart"], axis=0)
            g.node("MatMul", ["rows", "kernel"], ["product2"])
            g.node("Reshape", ["product2", "apart"], ["product"])
        else:
            g.node("MatMul", [result, "kernel"], ["product"])
        g.node("Add", ["product", "bias"], ["sum"])
        g.node(head, ["sum"], ["activated"])
        ys = FUNCTIONS[head](ys @ fc.astype(np.float64) + fb)
        result = "activated"
    g.node("Identity", [result], ["y"])
    g.output("y", *(["a", "b", None] if sequences else ["a", None]))
    save(name, g.bytes(), xs, ys)


def plain(seed, opset=14, hidden=3, dtype=np.float32):
    """One LSTM, time-major, for variations on how it is written down."""
    g = Graph(seed, opset)
    g.input("x", "time", "batch", 2)
    g.w, g.r = g.values(1, 4 * hidden, 2).astype(dtype), g.values(1, 4 * hidden, hidden).astype(
        dtype)
    g.b = g.values(1, 8 * hidden).astype(dtype)
    g.xs = g.values(STEPS, 2)
    g.ys, _ = lstm(g.xs, g.w[0], g.r[0], g.b[0])
    return g


def finish(g, **attributes):
    g.node("LSTM", ["x", "W", "R", "B"], ["Y"], hidden_size=3, **attributes)
    g.squeeze("Y", "y", 1)
    g.output("y", "time", "batch", 3)


def spelled_family():
    g = plain(60)
    for key, value in (("W", g.w), ("R", g.r), ("B", g.b)):
        g.node("Constant", [], [key], value=onnx.numpy_helper.from_array(value))
    finish(g)
    save("constant_nodes", g.bytes(), g.xs, g.ys)

    g = plain(61)
    for key, value in (("W", g.w), ("R", g.r), ("B", g.b)):
        g.initializers.append(
            helper.make_tensor(key, TensorProto.FLOAT, value.shape, value.flatten().tolist()))
    finish(g)
    save("typed_data", g.bytes(), g.xs, g.ys)

    g = plain(62, dtype=np.float16)
    for key, value in (("W", g.w), ("R", g.r), ("B", g.b)):
        g.weight(key + "16", value)
        g.node("Cast", [key + "16"], [key], to=TensorProto.FLOAT)
    finish(g)
    save("half_weights", g.bytes(), g.xs, g.ys)

    g = plain(63)
    for key, value in (("W", g.w), ("R", g.r), ("B", g.b)):
        g.initializers.append(helper.make_tensor(
            key + "64", TensorProto.DOUBLE, value.shape, value.astype(np.float64).flatten().tolist()))
        g.node("Cast", [key + "64"], [key], to=TensorProto.FLOAT)
    finish(g)
    save("double_weights", g.bytes(), g.xs, g.ys)

    # layout 1: batch is the first dimension of everything
    g = plain(64)
    g.weight("W", g.w), g.weight("R", g.r), g.weight("B", g.b)
    g.node("LSTM", ["x", "W", "R", "B"], ["Y"], hidden_size=3, layout=1)
    g.squeeze("Y", "y", 2)
    g.output("y", "batch", "time", 3)
    save("layout1", g.bytes(), g.xs, g.ys)

    # the stepping form without a time dimension: [batch, input] in, [batch, hidden] out
    g = plain(65)
    g.inputs = []
    g.input("x", "batch", 2)
    g.input("h", 1, "batch", 3)
    g.input("c", 1, "batch", 3)
    g.weight("W", g.w), g.weight("R", g.r), g.weight("B", g.b)
    g.unsqueeze("x", "x3", 0)
    g.node("LSTM", ["x3", "W", "R", "B", "", "h", "c"], ["Y", "h_next", "c_next"], hidden_size=3)
    g.squeeze("h_next", "y", 0)
    for key in ("y", "h_next", "c_next"):
        g.output(key, *(["batch", 3] if key == "y" else [1, "batch", 3]))
    save("step_form", g.bytes(), g.xs, g.ys[-1:])

    def variation(name, reason, change, **attributes):
        g = plain(70)
        g.weight("W", g.w), g.weight("R", g.r), g.weight("B", g.b)
        finish(g, **attributes)
        refuse(name, change(g) or g.bytes(False), reason)

    def external(g):
        tensor = g.initializers[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"

    def unused(g):
        g.weight("forgotten", g.values(4))

    def branch(g):
        g.node("GlobalMaxPool", ["x"], ["pool"])

    def dead_layer(g):
        g.weight("fc", g.values(3, 2))
        g.node("MatMul", ["y", "fc"], ["nowhere"])

    def custom(g):
        g.nodes.append(helper.make_node("FusedLstm", ["y"], ["z"], domain="com.example"))

    def shifted(g):
        g.node("Add", ["x", "x"], ["xx"])
        g.nodes.insert(0, g.nodes.pop())
        g.nodes[1].input[0] = "xx"

    def second_output(g):
        g.output("Y", "time", 1, "batch", 3)
        g.weight("fc", g.values(3, 3))
        g.nodes[-1].output[0] = "y0"
        g.node("MatMul", ["y0", "fc"], ["y"])

    def unread_input(g):
        g.input("mask", "time", "batch")

    def wrong_shape(g):
        g.initializers[1].CopyFrom(onnx.numpy_helper.from_array(g.values(1, 12, 2), "R"))

    def old(g):
        data = g.bytes(False)
        model = onnx.load_from_string(data)
        model.opset_import[0].version = 6
        return model.SerializeToString(deterministic=True)

    variation("external_data", "another file", external)
    variation("unused_initializer", "forgotten", unused)
    variation("unsupported_branch", "(GlobalMaxPool)", branch)
    variation("dead_layer", "nowhere_MatMul", dead_layer)
    variation("custom_op", "com.example.FusedLstm", custom)
    variation("sum_of_inputs", "(Add)", shifted)
    variation("second_output", "middle of the network", second_output)
    variation("unread_input", "mask", unread_input)
    variation("wrong_shape", "R is [1, 12, 2]", wrong_shape)
    variation("unknown_attribute", "peephole_kind", lambda g: None, peephole_kind=2)
    variation("unknown_activation", "Swish", lambda g: None, activations=["Swish", "Tanh", "Tanh"])
    variation("old_opset", "opset 6", old)


def main():
    os.makedirs(os.path.join(OUT, "refused"), exist_ok=True)
    torch_family()
    torch_new_exporter("torch_new_every", 50, False, "matmul")
    torch_new_exporter("torch_new_last", 51, False, "gemm")
    torch_new_exporter("torch_new_both", 52, True, "matmul")
    tf2onnx("tf_sequences_op11", 53, 11, True)
    tf2onnx("tf_last_op15", 54, 15, False, head="Sigmoid")
    tf2onnx("tf_dense_op15", 55, 15, True, head="Relu")
    tf2onnx("tf_hard_op13", 56, 13, True, functions=("HardSigmoid", "Tanh", "Tanh"))
    tf2onnx("tf_peephole_op11", 57, 11, True, peephole=True)
    tf2onnx("tf_both_op15", 58, 15, True, both=True)
    tf2onnx("tf_both_last_op12", 59, 12, False, both=True, head="Tanh")
    spelled_family()


if __name__ == "__main__":
    main()
