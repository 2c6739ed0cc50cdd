# SPDX-License-Identifier: Apache-2.0
"""A plain evaluation of a graph by the ONNX specification, in double precision.

It holds the built graphs against their goldens, so it has only the operators of the
fixtures, and knows nothing of the exporters.
"""
import numpy as np
from onnx import helper, numpy_helper


def interface(model):
    """The names of the graph's inputs and outputs, without those that initializers give."""
    given = {t.name for t in model.graph.initializer}
    inputs = [v.name for v in model.graph.input if v.name not in given]
    return inputs, [v.name for v in model.graph.output]


def widen(value):
    """Floats of any kind as doubles; integers and truth values as they are."""
    return value.astype(np.float64) if value.dtype.kind == "f" else value


def run(model, inputs):
    opset = next(i.version for i in model.opset_import if i.domain in ("", "ai.onnx"))
    values = {t.name: widen(numpy_helper.to_array(t)) for t in model.graph.initializer}
    values.update((name, widen(value)) for name, value in inputs.items())
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        given = [values[name] if name else None for name in node.input]
        found = OPERATORS[node.op_type](opset, attributes, *given)
        found = found if isinstance(found, tuple) else (found,)
        for name, value in zip(node.output, found):
            values[name] = value
    return {v.name: values[v.name] for v in model.graph.output}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# The activations of the LSTM and RNN operators: (function of x, alpha, beta), defaults.
ACTIVATIONS = {
    "sigmoid": (lambda x, a, b: sigmoid(x), None, None),
    "tanh": (lambda x, a, b: np.tanh(x), None, None),
    "relu": (lambda x, a, b: np.maximum(x, 0), None, None),
    "affine": (lambda x, a, b: a * x + b, 1.0, 0.0),
    "leakyrelu": (lambda x, a, b: np.where(x >= 0, x, a * x), float(np.float32(0.01)), None),
    "thresholdedrelu": (lambda x, a, b: np.where(x > a, x, 0.0), 1.0, None),
    "scaledtanh": (lambda x, a, b: a * np.tanh(b * x), 1.0, 1.0),
    "hardsigmoid": (lambda x, a, b: np.clip(a * x + b, 0, 1),
                    float(np.float32(0.2)), 0.5),
    "elu": (lambda x, a, b: np.where(x >= 0, x, a * (np.exp(x) - 1)), 1.0, None),
    "softsign": (lambda x, a, b: x / (1 + np.abs(x)), None, None),
    "softplus": (lambda x, a, b: np.log1p(np.exp(x)), None, None),
}


def activations(attributes, defaults, directions):
    """The functions of all directions; alpha and beta go to those that take them, in order."""
    names = [n.decode() for n in attributes.get("activations", [])] or defaults * directions
    alphas = list(attributes.get("activation_alpha", []))
    betas = list(attributes.get("activation_beta", []))
    functions = []
    for name in names:
        function, alpha, beta = ACTIVATIONS[name.lower()]
        alpha = alphas.pop(0) if alpha is not None and alphas else alpha
        beta = betas.pop(0) if beta is not None and betas else beta
        functions.append(lambda x, f=function, a=alpha, b=beta: f(x, a, b))
    assert not alphas and not betas
    return functions


def recurrent(step, x, directions, direction, lengths, state):
    """Run step(d, x_t, state) -> state over time; y [T, D, N, H], last states [D, N, H]."""
    steps, batch = x.shape[:2]
    y = np.zeros((steps, directions) + state[0].shape[1:])
    last = [s.copy() for s in state]
    for d in range(directions):
        reverse = direction == "reverse" or d == 1
        for n in range(batch):
            length = steps if lengths is None else int(lengths[n])
            now = [s[d, n] for s in state]
            for t in reversed(range(length)) if reverse else range(length):
                now = step(d, x[t, n], now)
                y[t, d, n] = now[0]
            for s, value in zip(last, now):
                s[d, n] = value
    return y, last


def lstm(opset, attributes, x, w, r, b=None, lengths=None, h0=None, c0=None, p=None):
    layout = attributes.get("layout", 0)
    if layout:
        x = x.transpose(1, 0, 2)
        h0, c0 = [s if s is None else s.transpose(1, 0, 2) for s in (h0, c0)]
    directions, hidden = w.shape[0], r.shape[2]
    direction = attributes.get("direction", b"forward").decode()
    f = activations(attributes, ["Sigmoid", "Tanh", "Tanh"], directions)
    clip = attributes.get("clip")
    bound = (lambda v: v) if clip is None else (lambda v: np.clip(v, -clip, clip))
    b = np.zeros((directions, 8 * hidden)) if b is None else b
    p = np.zeros((directions, 3 * hidden)) if p is None else p
    zeros = np.zeros((directions, x.shape[1], hidden))
    state = [zeros if s is None else s for s in (h0, c0)]

    def step(d, x_t, now):
        h, c = now
        z = w[d] @ x_t + r[d] @ h + b[d, :4 * hidden] + b[d, 4 * hidden:]
        zi, zo, zf, zc = np.split(z, 4)
        pi, po, pf = np.split(p[d], 3)
        i = f[3 * d](bound(zi + pi * c))
        forget = 1 - i if attributes.get("input_forget", 0) else f[3 * d](bound(zf + pf * c))
        c = forget * c + i * f[3 * d + 1](bound(zc))
        o = f[3 * d](bound(zo + po * c))
        return o * f[3 * d + 2](c), c

    y, (h, c) = recurrent(step, x, directions, direction, lengths, state)
    if layout:
        return y.transpose(2, 0, 1, 3), h.transpose(1, 0, 2), c.transpose(1, 0, 2)
    return y, h, c


def rnn(opset, attributes, x, w, r, b=None, lengths=None, h0=None):
    assert not attributes.get("layout", 0)
    directions, hidden = w.shape[0], r.shape[2]
    direction = attributes.get("direction", b"forward").decode()
    f = activations(attributes, ["Tanh"], directions)
    b = np.zeros((directions, 2 * hidden)) if b is None else b
    state = [np.zeros((directions, x.shape[1], hidden)) if h0 is None else h0]

    def step(d, x_t, now):
        return [f[d](w[d] @ x_t + r[d] @ now[0] + b[d, :hidden] + b[d, hidden:])]

    y, (h,) = recurrent(step, x, directions, direction, lengths, state)
    return y, h


def axes_of(attributes, axes):
    found = attributes.get("axes") if axes is None else axes
    return None if found is None else [int(a) for a in found]


def squeeze(opset, attributes, x, axes=None):
    found = axes_of(attributes, axes)
    return np.squeeze(x) if found is None else np.squeeze(x, tuple(found))


def unsqueeze(opset, attributes, x, axes=None):
    return np.expand_dims(x, tuple(axes_of(attributes, axes)))


def slice_(opset, attributes, x, starts=None, ends=None, axes=None, steps=None):
    starts = attributes["starts"] if starts is None else starts
    ends = attributes["ends"] if ends is None else ends
    axes = attributes.get("axes", range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    index = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        start, end = int(start), int(end)
        if step < 0 and end < -x.shape[axis]:
            end = None
        index[axis] = slice(start, end, int(step))
    return x[tuple(index)]


def gather(opset, attributes, x, indices):
    return np.take(x, indices, axis=attributes.get("axis", 0))


def reshape(opset, attributes, x, shape):
    sizes = [x.shape[i] if d == 0 and not attributes.get("allowzero", 0) else int(d)
             for i, d in enumerate(shape)]
    return x.reshape(sizes)


def gemm(opset, attributes, a, b, c=None):
    a = a.T if attributes.get("transA", 0) else a
    b = b.T if attributes.get("transB", 0) else b
    y = attributes.get("alpha", 1.0) * (a @ b)
    return y if c is None else y + attributes.get("beta", 1.0) * c


def constant(opset, attributes):
    (kind, value), = attributes.items()
    if kind == "value":
        return widen(numpy_helper.to_array(value))
    return np.asarray(value, {"value_int": np.int64, "value_ints": np.int64,
                              "value_float": np.float64, "value_floats": np.float64}[kind])


def constant_of_shape(opset, attributes, shape):
    value = attributes.get("value")
    fill = np.zeros(1) if value is None else widen(numpy_helper.to_array(value))
    return np.full([int(d) for d in shape], fill[0])


def cast(opset, attributes, x):
    to = helper.mapping.TENSOR_TYPE_TO_NP_TYPE[attributes["to"]]
    return widen(x.astype(to)) if to.kind != "f" else x.astype(np.float64)


def expand(opset, attributes, x, shape):
    return x * np.ones([int(d) for d in shape], x.dtype)


def flatten(opset, attributes, x):
    axis = attributes.get("axis", 1)
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


def split(opset, attributes, x, sizes=None):
    axis = attributes.get("axis", 0)
    sizes = attributes["split"] if sizes is None else sizes
    return tuple(np.split(x, np.cumsum(sizes)[:-1], axis))


OPERATORS = {
    "LSTM": lstm,
    "RNN": rnn,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Slice": slice_,
    "Gather": gather,
    "Reshape": reshape,
    "Gemm": gemm,
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "Cast": cast,
    "Expand": expand,
    "Flatten": flatten,
    "Split": split,
    "MatMul": lambda opset, attributes, a, b: a @ b,
    "Add": lambda opset, attributes, a, b: a + b,
    "Sub": lambda opset, attributes, a, b: a - b,
    "Mul": lambda opset, attributes, a, b: a * b,
    "Div": lambda opset, attributes, a, b: a / b if a.dtype.kind == "f" else a // b,
    "Relu": lambda opset, attributes, x: np.maximum(x, 0),
    "Sigmoid": lambda opset, attributes, x: sigmoid(x),
    "Tanh": lambda opset, attributes, x: np.tanh(x),
    "Identity": lambda opset, attributes, x: x,
    "Dropout": lambda opset, attributes, x, *rest: x,
    "Equal": lambda opset, attributes, a, b: a == b,
    "Where": lambda opset, attributes, c, a, b: np.where(c, a, b),
    "Concat": lambda opset, attributes, *x: np.concatenate(x, attributes["axis"]),
    "Transpose": lambda opset, attributes, x: x.transpose(attributes.get("perm")),
    "Shape": lambda opset, attributes, x: np.asarray(
        x.shape[attributes.get("start", 0):attributes.get("end")], np.int64),
}
