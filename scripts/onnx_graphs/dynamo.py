# SPDX-License-Identifier: Apache-2.0
"""dyn_*: the graphs of torch.onnx.export(dynamo=True), built by hand.

They follow onnxscript 0.7.2 (a39c0a5), whose torchlib translates PyTorch's aten operators:
function_libs/torch_lib/ops/core.py (aten_lstm, aten_zeros, aten_select, aten_expand,
aten_sym_size) and ops/nn.py (aten_linear), and optimizer/ for what is left of the graph
after optimisation. An LSTM layer is

    W = Unsqueeze(Concat(i, o, f, g of Slice(weight_ih)))       the same for R, and for B
    h, c = Slice(h0), Slice(c0)                                   rows of this layer
    Y, Y_h, Y_c = LSTM(X, W, R, B, "", h, c)                     [T, D, N, H]
    y = Reshape(Transpose(Y, [0, 2, 1, 3]), (T, N, D * H))

and the three forms of the fixtures are

    raw     optimize=False: hidden sizes by Shape and Mul, constants as Constant nodes
    large   optimised, but the weights are above the optimiser's limit of 8192 numbers, so that
            their Slice, Concat and Unsqueeze stay (as they would: ours are small)
    small   optimised: weights reordered, zero states and shapes that are static folded

PyTorch's own exporter adds names, types and metadata that are not imitated here, and the
producer's version is an assumption. What no output needs is left out in all three forms.

RNN layers other than LSTM and GRU have no translation there, so they can't be exported.
"""
import numpy as np
import torch
from torch import nn

from onnx_graphs.builder import Graph
from onnx_graphs.modules import (
    BothHidden, LastHidden, LastStep, LearnedState, Sequence, Standardised, Stepping, evaluate,
    fill, tensors)

FORMS = {
    "raw": "not optimised",
    "large": "optimised, weights above the limit of folding",
    "small": "optimised, all constants folded",
}


class Exporter:
    """Builds the graph of one of the models of modules.py."""

    def __init__(self, model, opset, form, batch, steps):
        """batch, steps: numbers, or names of dynamic axes."""
        self.form, self.batch, self.steps, self.weights = form, batch, steps, {}
        self.g = Graph(opset, "pytorch", "2.9.0", 10, "node" if form == "raw" else "initializer",
                       lambda op, number: f"node_{op}_{number}")
        self.parameters = {k: v.numpy() for k, v in model.state_dict().items()}

    def parameter(self, name):
        if name not in self.weights:
            self.weights[name] = self.g.tensor(name, self.parameters[name])
        return self.weights[name]

    def static(self, size):
        return isinstance(size, int)

    def sizes(self, x, batch_axis, before, after):
        """The shape (before, batch, after) of a state, whose batch is an axis of x."""
        g = self.g
        if self.static(self.batch):
            if self.form != "raw":
                return g.ints(before, self.batch, after)
            return g.node("Concat", [g.ints(before), g.ints(self.batch), g.ints(after)], axis=0)
        size = g.node("Squeeze", [g.node("Shape", [x], start=batch_axis, end=batch_axis + 1)])
        size = g.node("Reshape", [size, g.ints(-1)])
        return g.node("Concat", [g.ints(before), size, g.ints(after)], axis=0)

    def zeros(self, x, batch_axis, before, after):
        if self.form != "raw" and self.static(self.batch):
            return self.g.constant(np.zeros((before, self.batch, after), np.float32))
        zero = self.g.constant(np.float32(0))
        return self.g.node("Expand", [zero, self.sizes(x, batch_axis, before, after)])

    def bounds(self, state, hidden):
        """The five bounds of the four gates, as Slice's inputs."""
        g = self.g
        if self.form != "raw":
            return [g.ints(k * hidden) for k in range(5)]
        size = g.node("Shape", [state], start=2, end=3)
        multiples = [g.node("Mul", [size, g.constant(np.int64(k))]) for k in (2, 3, 4)]
        return [g.ints(0), size] + multiples

    def reordered(self, name, bounds):
        """A parameter's gates from PyTorch's i, f, g, o to ONNX's i, o, f, g."""
        gates = [self.g.node("Slice", [self.parameter(name), start, end, self.g.ints(0)])
                 for start, end in zip(bounds, bounds[1:])]
        return self.g.node("Concat", [gates[0], gates[3], gates[1], gates[2]], axis=0)

    def folded(self, names):
        """The same of one layer, computed here: [D, 4H, ...], or [D, 8H] for two biases."""
        def reorder(value):
            i, f, g, o = np.split(value, 4)
            return np.concatenate((i, o, f, g))
        parts = [np.concatenate([reorder(self.parameters[n]) for n in group]) for group in names]
        return self.g.constant(np.stack(parts))

    def weight(self, names, bounds):
        """names: a group for each direction, of one weight or the two biases."""
        if self.form == "small":
            return self.folded(names)
        g, parts = self.g, []
        for group in names:
            gates = [self.reordered(n, bounds) for n in group]
            joined = gates[0] if len(gates) == 1 else g.node("Concat", gates, axis=0)
            parts.append(g.node("Unsqueeze", [joined, g.ints(0)]))
        return parts[0] if len(parts) == 1 else g.node("Concat", parts, axis=0)

    def lstm(self, prefix, rnn, x, h0, c0):
        """Returns y in the layout of x, and the last states of all layers."""
        g, directions = self.g, 2 if rnn.bidirectional else 1
        hidden, states = rnn.hidden_size, ([], [])
        if rnn.batch_first:
            x = g.transpose(x, 1, 0, 2)
        bounds = None if self.form == "small" else self.bounds(h0, hidden)
        for layer in range(rnn.num_layers):
            rows = layer * directions, (layer + 1) * directions
            h, c = (g.slice(s, *rows, 0) for s in (h0, c0))
            ends = [f"l{layer}", f"l{layer}_reverse"][:directions]
            w = self.weight([[f"{prefix}.weight_ih_{e}"] for e in ends], bounds)
            r = self.weight([[f"{prefix}.weight_hh_{e}"] for e in ends], bounds)
            b = "" if not rnn.bias else self.weight(
                [[f"{prefix}.bias_ih_{e}", f"{prefix}.bias_hh_{e}"] for e in ends], bounds)
            y, y_h, y_c = g.node("LSTM", [x, w, r, b, "", h, c], 3, hidden_size=hidden,
                                 direction="bidirectional" if directions == 2 else "forward")
            x = self.joined(g.transpose(y, 0, 2, 1, 3), directions * hidden)
            states[0].append(y_h)
            states[1].append(y_c)
        if rnn.batch_first:
            x = g.transpose(x, 1, 0, 2)
        return x, *(s[0] if len(s) == 1 else g.node("Concat", s, axis=0) for s in states)

    def joined(self, y, width):
        """[T, N, D, H] as [T, N, D * H]."""
        g = self.g
        if self.form != "raw" and self.static(self.steps) and self.static(self.batch):
            return g.node("Reshape", [y, g.ints(self.steps, self.batch, width)], allowzero=1)
        shape = g.node("Shape", [y], start=0)
        steps, batch = g.slice(shape, 0, 1, 0), g.slice(shape, 1, 2, 0)
        if self.form == "raw":
            last = g.node("Mul", [g.slice(shape, 2, 3, 0), g.slice(shape, 3, 4, 0)])
            last = g.node("Reshape", [last, g.ints(-1)], allowzero=0)
        else:
            last = g.ints(width)
        return g.node("Reshape", [y, g.node("Concat", [steps, batch, last], axis=0)],
                      allowzero=0)

    def linear(self, prefix, x, rank):
        g, bias = self.g, f"{prefix}.bias" in self.parameters
        if rank == 2:
            inputs = [x, self.parameter(f"{prefix}.weight")]
            return g.node("Gemm", inputs + ([self.parameter(f"{prefix}.bias")] if bias else []),
                          alpha=1.0, beta=1.0, transA=0, transB=1)
        if self.form == "raw":
            weight = g.transpose(self.parameter(f"{prefix}.weight"), 1, 0)
        else:  # a Transpose of a constant is always folded
            weight = g.constant(self.parameters[f"{prefix}.weight"].T)
        y = g.node("MatMul", [x, weight])
        return g.node("Add", [y, self.parameter(f"{prefix}.bias")]) if bias else y

    def head(self, prefix, head, x, rank):
        if head is None:
            return x
        if isinstance(head, nn.Linear):
            return self.linear(prefix, x, rank)
        for i, part in enumerate(head):
            if isinstance(part, nn.Linear):
                x = self.linear(f"{prefix}.{i}", x, rank)
            else:
                assert isinstance(part, nn.ReLU)
                x = self.g.node("Relu", [x])
        return x

    def select(self, x, index, axis):
        return self.g.node("Gather", [x, self.g.constant(np.int64(index))], axis=axis)

    def graph(self, model):
        """The whole graph; returns it and the names of its outputs."""
        g, rnn = self.g, model.rnn
        count = rnn.num_layers * (2 if rnn.bidirectional else 1)
        leading = [self.batch, self.steps] if rnn.batch_first else [self.steps, self.batch]
        x = given = g.input("x", *leading, rnn.input_size)
        batch_axis = 0 if rnn.batch_first else 1
        if isinstance(model, Stepping):
            h0, c0 = (g.input(n, count, self.batch, rnn.hidden_size) for n in ("h", "c"))
        elif isinstance(model, LearnedState):
            h0, c0 = (g.node("Expand", [self.parameter(n),
                                        self.sizes(given, batch_axis, 1, 1)])
                      for n in ("h0", "c0"))
        else:
            h0 = self.zeros(given, batch_axis, count, rnn.hidden_size)
            c0 = self.zeros(given, batch_axis, count, rnn.hidden_size)
        if isinstance(model, Standardised):
            x = g.node("Div", [g.node("Sub", [x, self.parameter("x_mean")]),
                               self.parameter("x_std")])
        y, h_n, c_n = self.lstm("rnn", rnn, x, h0, c0)
        if isinstance(model, LastStep):
            y, leading = self.select(y, -1, 1), [self.batch]
        elif isinstance(model, BothHidden):
            y = g.node("Concat", [self.select(h_n, -2, 0), self.select(h_n, -1, 0)], axis=1)
            leading = [self.batch]
        elif isinstance(model, LastHidden):
            y, leading = self.select(h_n, -1, 0), [self.batch]
        y = self.head("head", model.head, y, len(leading) + 1)
        if isinstance(model, Standardised):
            y = g.node("Add", [g.node("Mul", [y, self.parameter("y_std")]),
                               self.parameter("y_mean")])
        results = {"y": y}
        if isinstance(model, Stepping) or getattr(model, "state", False):
            results.update(h_n=h_n, c_n=c_n)
        return results, leading, [count, self.batch, rnn.hidden_size]


def build(model, opset, form, batch, steps, width):
    exporter = Exporter(model, opset, form, batch, steps)
    results, leading, state = exporter.graph(model)
    for name, value in results.items():
        exporter.g.rename(value, name)
        exporter.g.output(name, *(leading + [width] if name == "y" else state))
    exporter.g.prune()
    return exporter.g.model(), list(results)


def shape(rnn, steps, batch):
    return (batch, steps, rnn.input_size) if rnn.batch_first else (steps, batch, rnn.input_size)


def sequence(fixtures, name, model, form, comment, opset=18, dynamic=True):
    model, rng = fill(name, model)
    rnn, steps = model.rnn, 5
    first = tensors(rng, shape(rnn, steps, 1))
    runs = [("one sequence", first)]
    if dynamic:
        runs.append(("longer, three sequences", tensors(rng, shape(rnn, steps + 1, 3))))
    with torch.no_grad():
        y = model(*first)
    width = (y[0] if isinstance(y, tuple) else y).shape[-1]
    graph, outputs = build(model, opset, form, "batch" if dynamic else 1,
                           "time" if dynamic else steps, width)
    cases = [(text, *evaluate(model, ["x"], outputs, given)) for text, given in runs]
    describe(fixtures, name, graph, cases, comment, form, opset, rnn, dynamic)


def stepping(fixtures, name, model, form, comment, opset=18, dynamic=True):
    model, rng = fill(name, model)
    rnn, cases = model.rnn, []
    state = (rnn.num_layers, 1, rnn.hidden_size)
    now = tensors(rng, state, state)
    width = rnn.hidden_size if model.head is None else model.head.out_features
    graph, outputs = build(model, opset, form, "batch" if dynamic else 1,
                           "time" if dynamic else 1, width)
    for call in range(3):
        given, found = evaluate(model, ["x", "h", "c"], outputs,
                                tensors(rng, shape(rnn, 1, 1)) + now)
        cases.append((f"call {call + 1}, the state rounded to float32 from the call before"
                      if call else "call 1, from a random state", given, found))
        now = [torch.from_numpy(v.astype(np.float32)) for v in list(found.values())[1:]]
    describe(fixtures, name, graph, cases, comment, form, opset, rnn, dynamic)


def describe(fixtures, name, graph, cases, comment, form, opset, rnn, dynamic):
    layout = "[N, T, I]" if rnn.batch_first else "[T, N, I]"
    fixtures.accept(name, graph, cases,
                    f"onnxscript 0.7.2, opset {opset}, {FORMS[form]}: {comment}"
                    f"{', dynamic axes' if dynamic else ''}; x {layout}")


def make(fixtures):
    lstm, linear = nn.LSTM, nn.Linear
    for form in FORMS:
        sequence(fixtures, f"dyn_lstm_{form}", Sequence(lstm(3, 4)), form, "one LSTM",
                 dynamic=False)
        sequence(fixtures, f"dyn_lstm_dynamic_{form}", Sequence(lstm(3, 5, batch_first=True)),
                 form, "one LSTM, batch_first")
        sequence(fixtures, f"dyn_lstm2_linear_{form}",
                 Sequence(lstm(4, 3, 2, batch_first=True), linear(3, 2)), form,
                 "two LSTM layers, Linear on every step")
        stepping(fixtures, f"dyn_step_{form}", Stepping(lstm(3, 4, 2), linear(4, 2)), form,
                 "two LSTM layers with the state in and out, Linear", dynamic=form == "large")
        sequence(fixtures, f"dyn_last_linear_{form}",
                 LastStep(lstm(3, 5, batch_first=True), linear(5, 2)), form,
                 "the last step's output, Linear")
        sequence(fixtures, f"dyn_bi2_hidden_cat_linear_{form}",
                 BothHidden(lstm(3, 4, 2, bidirectional=True, batch_first=True), linear(8, 2)),
                 form, "the h_n of both directions of the last of two layers, Linear")
        sequence(fixtures, f"dyn_learned_state_{form}",
                 LearnedState(lstm(3, 4, 2, batch_first=True), linear(4, 2)), form,
                 "a learned initial state expanded to the batch, Linear")
    sequence(fixtures, "dyn_hidden_linear", LastHidden(lstm(3, 4, 2), linear(4, 2)), "large",
             "the last layer's h_n, Linear")
    sequence(fixtures, "dyn_bi_linear", Sequence(lstm(3, 4, bidirectional=True), linear(8, 2)),
             "large", "one bidirectional LSTM, Linear on every step", dynamic=False)
    sequence(fixtures, "dyn_bi_state", Sequence(lstm(3, 4, bidirectional=True), state=True),
             "large", "one bidirectional LSTM and its last states")
    sequence(fixtures, "dyn_lstm2_no_bias",
             Sequence(lstm(3, 4, 2, bias=False), linear(4, 2, bias=False)), "large",
             "two LSTM layers and a Linear, all bias=False")
    sequence(fixtures, "dyn_two_linears_relu",
             Sequence(lstm(3, 4), nn.Sequential(linear(4, 6), nn.ReLU(), linear(6, 2))), "large",
             "Linear, ReLU, Linear on every step", opset=20)
    sequence(fixtures, "dyn_last_two_linears_relu",
             LastStep(lstm(3, 4, batch_first=True),
                      nn.Sequential(linear(4, 6), nn.ReLU(), linear(6, 2))), "small",
             "the last step's output, Linear, ReLU, Linear", opset=20)
    sequence(fixtures, "dyn_standardised", Standardised(lstm(3, 4), linear(4, 2), 2), "large",
             "(x - mean) / std, LSTM, Linear, y * std + mean", opset=22)
    sequence(fixtures, "dyn_lstm3_state_op22", Sequence(lstm(3, 4, 3), state=True), "small",
             "three LSTM layers; the last states of all are outputs", opset=22)
    sequence(fixtures, "dyn_lstm20", Sequence(lstm(2, 2, 20), linear(2, 1)), "small",
             "twenty LSTM layers, Linear", dynamic=False)
