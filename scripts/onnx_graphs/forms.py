# SPDX-License-Identifier: Apache-2.0
"""form_*: one small LSTM, written in the many ways that ONNX allows.

No exporter is followed here: each file has one thing that the specification allows and a
reader can get wrong. x is [T, N, I] unless the comment says otherwise.
"""
import numpy as np
from onnx import TensorProto, helper

from onnx_graphs import fixture, reference
from onnx_graphs.builder import Graph
from onnx_graphs.reference import Cell, Dense, sigmoid

INPUTS, HIDDEN, OUTPUTS = 3, 4, 2


class Form:
    """The random parts of a fixture, and its graph as it grows."""

    def __init__(self, name, opset=14, ir_version=8, directions=1, bias=True, peephole=False,
                 constants="initializer"):
        self.name, rng = name, fixture.generator(name)
        self.rng = rng
        self.cells = [Cell(rng, INPUTS, HIDDEN, bias, peephole) for _ in range(directions)]
        if bias:
            for cell in self.cells:
                cell.with_second_bias(rng)
        self.dense = Dense(rng, HIDDEN * directions, OUTPUTS)
        self.g = Graph(opset, "quadgate", "1", ir_version, constants)
        self.w, self.r, self.b, self.p = reference.packed(self.cells)

    def x(self, steps="time", batch="batch"):
        return self.g.input("x", steps, batch, INPUTS)

    def lstm(self, x, tensor=None, lengths="", h="", c="", outputs=("y_all", "y_h", "y_c"),
             hidden_size=HIDDEN, **attributes):
        """The LSTM node; tensor(name, array) writes a weight. Returns the names of its outputs."""
        tensor = tensor or self.g.tensor
        inputs = [x, tensor("W", self.w), tensor("R", self.r),
                  "" if self.b is None else tensor("B", self.b), lengths, h, c,
                  "" if self.p is None else tensor("P", self.p)]
        while not inputs[-1]:
            inputs.pop()
        if len(self.cells) == 2:
            attributes.setdefault("direction", "bidirectional")
        self.g.node("LSTM", inputs, list(outputs), "lstm", hidden_size=hidden_size, **attributes)
        return outputs

    def run(self, x, options=({},), h=None, c=None, lengths=None):
        """x [T, N, I]: outputs [T, N, D * H], last h and c [D, N, H]; options a direction each."""
        steps, batch = x.shape[:2]
        ys = np.zeros((steps, batch, HIDDEN * len(self.cells)))
        hs, cs = (np.zeros((len(self.cells), batch, HIDDEN)) for _ in range(2))
        for d, cell in enumerate(self.cells):
            for n in range(batch):
                length = steps if lengths is None else lengths[n]
                rows, hs[d, n], cs[d, n] = reference.lstm(
                    cell, x[:length, n], h=None if h is None else h[d, n],
                    c=None if c is None else c[d, n], **options[d % len(options)])
                ys[:length, n, d * HIDDEN:(d + 1) * HIDDEN] = rows
        return ys, hs, cs

    def accept(self, fixtures, comment, function, sizes=((5, 1), (6, 3)), swap=False):
        """function(x [T, N, I]) -> the outputs by name. swap: the graph's x is [N, T, I]."""
        cases = []
        for steps, batch in sizes:
            x = self.rng.uniform(-1, 1, (steps, batch, INPUTS)).astype(np.float32)
            given = np.ascontiguousarray(x.transpose(1, 0, 2)) if swap else x
            cases.append((f"{steps} timesteps, {batch} sequences", {"x": given},
                          {k: np.asarray(v) for k, v in function(x.astype(np.float64)).items()}))
        fixtures.accept(self.name, self.g.model(), cases,
                        f"by hand, opset {self.g.opset}: {comment}; "
                        f"x {'[N, T, I]' if swap else '[T, N, I]'}")

    def sequence_output(self, value, width=HIDDEN):
        self.g.rename(value, "y")
        self.g.output("y", "time", "batch", width)


def make(fixtures):
    storage(fixtures)
    attributes(fixtures)
    states(fixtures)
    plumbing(fixtures)
    heads(fixtures)


def stored(kind, array, name, raw):
    """A TensorProto of a kind, with raw bytes or in the field of its type."""
    onnx_kind = {np.float16: TensorProto.FLOAT16, np.float32: TensorProto.FLOAT,
                 np.float64: TensorProto.DOUBLE}[kind]
    array = array.astype(kind)
    if raw:
        return helper.make_tensor(name, onnx_kind, array.shape, array.tobytes(), raw=True)
    tensor = TensorProto(name=name, data_type=onnx_kind, dims=array.shape)
    if kind is np.float16:  # its bits, an int32 each
        tensor.int32_data.extend(int(v) for v in array.ravel().view(np.uint16))
    elif kind is np.float32:
        tensor.float_data.extend(float(v) for v in array.ravel())
    else:
        tensor.double_data.extend(float(v) for v in array.ravel())
    return tensor


def storage(fixtures):
    """Where the weights are, and in what type."""
    for kind, text in ((np.float16, "float16"), (np.float32, "float"), (np.float64, "double")):
        for raw in (True, False):
            form = Form(f"form_{text}_{'raw' if raw else 'typed'}")
            if kind is np.float16:  # numbers that float16 holds
                for cell in form.cells:
                    for group in (cell.w, cell.u, cell.b, cell.b2):
                        for gate, value in group.items():
                            group[gate] = value.astype(kind).astype(np.float32)
                form.w, form.r, form.b, form.p = reference.packed(form.cells)

            def tensor(name, array, form=form, kind=kind, raw=raw):
                g = form.g
                if kind is np.float32:
                    g.initializers.append(stored(kind, array, name, raw))
                    return name
                g.initializers.append(stored(kind, array, f"{name}_stored", raw))
                return g.node("Cast", [f"{name}_stored"], to=TensorProto.FLOAT)

            y, _, _ = form.lstm(form.x(), tensor)
            form.sequence_output(form.g.squeeze(y, 1))
            cast = "" if kind is np.float32 else ", Cast to float"
            form.accept(fixtures, f"weights as {text}, {'raw' if raw else 'typed'} data{cast}",
                        lambda x, form=form: {"y": form.run(x)[0]})

    form = Form("form_constant_nodes", constants="node")
    y, _, _ = form.lstm(form.x(), lambda name, array: form.g.constant(array, name))
    form.sequence_output(form.g.squeeze(y, 1))
    form.accept(fixtures, "weights and axes as Constant nodes", lambda x: {"y": form.run(x)[0]})

    form = Form("form_constant_lists")

    def listed(name, array):
        flat = form.g.node("Constant", [], value_floats=[float(v) for v in array.ravel()])
        shape = form.g.node("Constant", [], value_ints=list(array.shape))
        return form.g.node("Reshape", [flat, shape])

    y, _, _ = form.lstm(form.x(), listed)
    form.sequence_output(form.g.squeeze(y, 1))
    form.accept(fixtures, "weights as Constant nodes with value_floats, then Reshape",
                lambda x: {"y": form.run(x)[0]})

    form = Form("form_ir3_opset7", opset=7, ir_version=3)
    y, _, _ = form.lstm(form.x())
    for tensor in form.g.initializers:
        form.g.input(tensor.name, *tensor.dims, kind=tensor.data_type)
    form.sequence_output(form.g.squeeze(y, 1))
    form.accept(fixtures, "IR version 3: the initializers are graph inputs too",
                lambda x: {"y": form.run(x)[0]})

    form = Form("form_metadata")
    y, _, _ = form.lstm(form.x())
    form.sequence_output(form.g.squeeze(y, 1))
    plain = form.g.model

    def described():
        model = plain()
        model.doc_string, model.domain, model.model_version = "A model.", "org.quadgate", 7
        model.graph.doc_string = "A graph."
        model.graph.node[0].doc_string = "An LSTM."
        model.graph.input[0].doc_string = "The input."
        model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))
        helper.set_model_props(model, {"author": "nobody", "units": "m/s"})
        model.graph.value_info.append(
            helper.make_tensor_value_info("y_h", TensorProto.FLOAT, [1, "batch", HIDDEN]))
        return model

    form.g.model = described
    form.accept(fixtures, "doc strings, metadata, value_info, the import of an unused domain",
                lambda x: {"y": form.run(x)[0]})


def attributes(fixtures):
    """The LSTM operator's attributes and its optional inputs that are weights."""

    def one(name, comment, options=({},), opset=14, directions=1, bias=True, peephole=False,
            hidden_size=HIDDEN, **given):
        form = Form(name, opset, directions=directions, bias=bias, peephole=peephole)
        y, _, _ = form.lstm(form.x(), hidden_size=hidden_size, **given)
        g = form.g
        if directions == 2:
            y = g.node("Reshape", [g.transpose(y, 0, 2, 1, 3), g.ints(0, 0, -1)])
        else:
            y = g.squeeze(y, 1)
        form.sequence_output(y, HIDDEN * directions)
        form.accept(fixtures, comment, lambda x: {"y": form.run(x, options)[0]})

    f32 = np.float32
    slope, shift = float(f32(0.3)), float(f32(0.4))
    scale, gain = float(f32(1.2)), float(f32(0.7))
    one("form_peephole", "peepholes", peephole=True)
    one("form_peephole_no_bias", "peepholes, B left out", peephole=True, bias=False)
    one("form_input_forget", "coupled gates: the forget gate is 1 - i", ({"coupled": True},),
        input_forget=1)
    one("form_clip", "clip", ({"clip": 0.25},), clip=0.25)
    one("form_reverse", "direction reverse", ({"backwards": True},), direction="reverse")
    one("form_hidden_size_left_out", "no hidden_size attribute", hidden_size=None)
    one("form_activations_defaults", "the default activations written out",
        activations=["Sigmoid", "Tanh", "Tanh"])
    one("form_hard_sigmoid", "HardSigmoid with alpha 0.3, beta 0.4",
        ({"gate": lambda v: np.clip(slope * v + shift, 0, 1)},),
        activations=["HardSigmoid", "Tanh", "Tanh"], activation_alpha=[slope],
        activation_beta=[shift])
    one("form_softsign_softplus", "Softsign for the candidate, Softplus for the output",
        ({"candidate": lambda v: v / (1 + np.abs(v)), "output": lambda v: np.log1p(np.exp(v))},),
        activations=["Sigmoid", "Softsign", "Softplus"])
    one("form_bi_activations", "activations that differ by direction, alpha and beta shared out",
        ({}, {"gate": lambda v: np.clip(slope * v + shift, 0, 1),
              "candidate": lambda v: scale * np.tanh(gain * v),
              "output": lambda v: np.where(v >= 0, v, scale * (np.exp(v) - 1)),
              "backwards": True}),
        directions=2,
        activations=["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "ScaledTanh", "Elu"],
        activation_alpha=[slope, scale, scale], activation_beta=[shift, gain])
    one("form_bi_peephole_clip", "both directions, peepholes and clip",
        ({"clip": 0.5}, {"clip": 0.5, "backwards": True}), directions=2, peephole=True, clip=0.5)
    one("form_op22", "the LSTM of opset 22", opset=22)

    for directions in (1, 2):
        form = Form(f"form_layout1_{'bi' if directions == 2 else 'forward'}",
                    directions=directions)
        y, y_h, y_c = form.lstm(form.x("batch", "time"), layout=1)
        width, g = HIDDEN * directions, form.g
        y = g.squeeze(y, 2) if directions == 1 else g.node("Reshape", [y, g.ints(0, 0, -1)])
        g.rename(y, "y")
        g.output("y", "batch", "time", width)
        g.output(y_h, "batch", directions, HIDDEN)
        g.output(y_c, "batch", directions, HIDDEN)

        def swapped(x, form=form):
            y, h, c = form.run(x, ({}, {"backwards": True}))
            return {"y": y.transpose(1, 0, 2), "y_h": h.transpose(1, 0, 2),
                    "y_c": c.transpose(1, 0, 2)}

        form.accept(fixtures, "layout 1, with the last states", swapped, swap=True)


def states(fixtures):
    """Initial states, lengths and the outputs that are used."""
    for which in ("both", "h", "c"):
        form = Form(f"form_initial_{which}")
        start = {n: form.rng.uniform(-1, 1, (1, 1, HIDDEN)).astype(np.float32) for n in "hc"
                 if which in ("both", n)}
        names = {n: form.g.tensor(f"initial_{n}", v) for n, v in start.items()}
        y, _, _ = form.lstm(form.x("time", 1), h=names.get("h", ""), c=names.get("c", ""))
        form.sequence_output(form.g.squeeze(y, 1))
        form.accept(fixtures, f"initial states as initializers: {' and '.join(start)}",
                    lambda x, form=form, start=start: {
                        "y": form.run(x, h=start.get("h"), c=start.get("c"))[0]},
                    sizes=((5, 1), (6, 1)))

    form = Form("form_sequence_lens_whole")
    lengths = form.g.tensor("lengths", np.array([5], np.int32))
    y, _, _ = form.lstm(form.x(5, 1), lengths=lengths)
    form.g.rename(form.g.squeeze(y, 1), "y")
    form.g.output("y", 5, 1, HIDDEN)
    form.accept(fixtures, "sequence_lens as an initializer, the whole length",
                lambda x: {"y": form.run(x)[0]}, sizes=((5, 1),))

    form = Form("form_states_only")
    form.lstm(form.x(), outputs=("", "y_h", "y_c"))
    form.g.output("y_h", 1, "batch", HIDDEN)
    form.g.output("y_c", 1, "batch", HIDDEN)
    form.accept(fixtures, "no Y, only the last states",
                lambda x: dict(zip(("y_h", "y_c"), form.run(x)[1:])))

    form = Form("form_y_only")
    form.lstm(form.x(), outputs=("y",))
    form.g.output("y", "time", 1, "batch", HIDDEN)
    form.accept(fixtures, "the LSTM node alone, one output: y is [T, 1, N, H]",
                lambda x: {"y": form.run(x)[0][:, None]})


def plumbing(fixtures):
    """Ways to get rid of the axis of directions, and to the last timestep."""

    def sequence(name, comment, change, **options):
        form = Form(name, **options)
        y, _, _ = form.lstm(form.x())
        form.sequence_output(change(form.g, y))
        form.accept(fixtures, comment, lambda x: {"y": form.run(x)[0]})

    sequence("form_squeeze_negative", "Squeeze of the axis -3", lambda g, y: g.squeeze(y, -3))
    sequence("form_squeeze_negative_op11", "Squeeze of the axis -3, an attribute",
             lambda g, y: g.squeeze(y, -3), opset=11)
    sequence("form_reshape_zero", "Reshape to [0, -1, 4]",
             lambda g, y: g.node("Reshape", [y, g.ints(0, -1, HIDDEN)]))
    sequence("form_gather_direction", "Gather of the direction 0",
             lambda g, y: g.node("Gather", [y, g.constant(np.int64(0))], axis=1))
    sequence("form_identity_dropout", "Identity, Dropout with a ratio and training_mode false",
             lambda g, y: g.node("Identity", [g.node(
                 "Dropout", [g.squeeze(y, 1), g.constant(np.float32(0.5)),
                             g.constant(np.bool_(False))])]))
    sequence("form_dropout_op9", "Dropout of opset 7 with its ratio as an attribute",
             lambda g, y: g.node("Dropout", [g.squeeze(y, 1)], ratio=0.25), opset=9)
    sequence("form_transposes_cancel", "two Transposes that undo each other",
             lambda g, y: g.transpose(g.transpose(g.squeeze(y, 1), 1, 0, 2), 1, 0, 2))
    sequence("form_unsqueeze_squeeze", "Unsqueeze, then Squeeze of the same axis",
             lambda g, y: g.squeeze(g.unsqueeze(g.squeeze(y, 1), 3), 3))

    def last(name, comment, change, **options):
        form = Form(name, **options)
        y, y_h, _ = form.lstm(form.x())
        form.g.rename(change(form.g, y, y_h), "y")
        form.g.output("y", "batch", HIDDEN)
        form.accept(fixtures, comment, lambda x: {"y": form.run(x)[1][0]})

    last("form_last_gather", "the last step by Gather of -1",
         lambda g, y, h: g.node("Gather", [g.squeeze(y, 1), g.constant(np.int64(-1))], axis=0))
    last("form_last_gather_list", "the last step by Gather of [-1], then Squeeze",
         lambda g, y, h: g.squeeze(g.node("Gather", [g.squeeze(y, 1), g.ints(-1)], axis=0), 0))
    last("form_last_slice", "the last step by Slice from -1, then Squeeze",
         lambda g, y, h: g.squeeze(g.slice(g.squeeze(y, 1), -1, np.iinfo(np.int64).max, 0), 0))
    last("form_last_slice_op9", "the last step by Slice with attributes, then Squeeze",
         lambda g, y, h: g.squeeze(g.slice(g.squeeze(y, 1), -1, np.iinfo(np.int64).max, 0), 0),
         opset=9)
    last("form_last_y_h_gather", "Y_h by Gather of the direction -1",
         lambda g, y, h: g.node("Gather", [h, g.constant(np.int64(-1))], axis=0))
    last("form_last_y_h_reshape", "Y_h by Reshape to [-1, 4]",
         lambda g, y, h: g.node("Reshape", [h, g.ints(-1, HIDDEN)]))
    last("form_last_y_h_squeeze_all", "Y_h by Squeeze of its axis 0, an Identity before it",
         lambda g, y, h: g.squeeze(g.node("Identity", [h]), 0))


def heads(fixtures):
    """Ways to write a Linear and what is around it."""
    f32 = np.float32

    def every(name, comment, change, after=lambda y: y, before=lambda x: x, first=None, **options):
        form = Form(name, **options)
        x = form.x()
        y, _, _ = form.lstm(first(form.g, x) if first else x)
        form.sequence_output(change(form.g, form.g.squeeze(y, 1), form.dense), OUTPUTS)
        form.accept(fixtures, comment,
                    lambda x: {"y": after(form.dense(form.run(before(x))[0]))})

    def linear(g, y, d):
        return g.node("Add", [g.node("MatMul", [y, g.tensor("kernel", d.w)]),
                              g.tensor("bias", d.b)])

    every("form_add_bias_first", "MatMul, Add with the bias as its first operand",
          lambda g, y, d: g.node("Add", [g.tensor("bias", d.b),
                                         g.node("MatMul", [y, g.tensor("kernel", d.w)])]))
    every("form_bias_rank3", "MatMul, Add of a bias [1, 1, 2]",
          lambda g, y, d: g.node("Add", [g.node("MatMul", [y, g.tensor("kernel", d.w)]),
                                         g.tensor("bias", d.b[None, None])]))
    every("form_head_tanh", "MatMul, Add, Tanh",
          lambda g, y, d: g.node("Tanh", [linear(g, y, d)]), np.tanh)
    every("form_head_sigmoid", "MatMul, Add, Sigmoid",
          lambda g, y, d: g.node("Sigmoid", [linear(g, y, d)]), sigmoid)
    every("form_scaled_by_scalars", "x * 0.5 - 0.25 before, y / 0.5 + 3 after, scalars",
          lambda g, y, d: g.node("Add", [
              g.node("Div", [linear(g, y, d), g.tensor("half", f32(0.5))]),
              g.tensor("three", f32(3))]),
          lambda y: y / 0.5 + 3, lambda x: x * 0.5 - 0.25,
          lambda g, x: g.node("Sub", [g.node("Mul", [x, g.tensor("scale", f32(0.5))]),
                                      g.tensor("shift", f32(0.25))]))

    def last(name, comment, change, after=lambda y: y):
        form = Form(name)
        _, y_h, _ = form.lstm(form.x())
        form.g.rename(change(form.g, form.g.squeeze(y_h, 0), form.dense), "y")
        form.g.output("y", "batch", OUTPUTS)
        form.accept(fixtures, comment, lambda x: {"y": after(form.run(x)[1][0], form.dense)})

    last("form_gemm_trans_b", "Gemm with transB",
         lambda g, y, d: g.node("Gemm", [y, g.tensor("kernel", d.w.T), g.tensor("bias", d.b)],
                                transB=1),
         lambda h, d: d(h))
    last("form_gemm_plain", "Gemm without transB, the bias [1, 2]",
         lambda g, y, d: g.node("Gemm", [y, g.tensor("kernel", d.w), g.tensor("bias", d.b[None])]),
         lambda h, d: d(h))
    last("form_gemm_no_bias", "Gemm without a bias",
         lambda g, y, d: g.node("Gemm", [y, g.tensor("kernel", d.w)]),
         lambda h, d: h @ d.w.astype(np.float64))
    last("form_gemm_alpha_beta", "Gemm with alpha 0.5 and beta 2",
         lambda g, y, d: g.node("Gemm", [y, g.tensor("kernel", d.w), g.tensor("bias", d.b)],
                                alpha=0.5, beta=2.0),
         lambda h, d: 0.5 * (h @ d.w.astype(np.float64)) + 2.0 * d.b)
    last("form_flatten", "Flatten before Gemm",
         lambda g, y, d: g.node("Gemm", [g.node("Flatten", [y], axis=1),
                                         g.tensor("kernel", d.w), g.tensor("bias", d.b)]),
         lambda h, d: d(h))
