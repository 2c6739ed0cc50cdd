# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers in double precision, gate by gate, from the papers' equations.

Nothing here knows ONNX's order of gates, its bias in two halves or its layouts; `packed`
alone does, so that an error in one of the two can't hide in the other.
"""
import numpy as np

GATES = "ifco"  # input, forget, cell, output: Keras's order


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def hard_sigmoid(x):
    """Keras 2's, with the slope 0.2 in single precision."""
    return np.clip(float(np.float32(0.2)) * x + 0.5, 0, 1)


def linear(x):
    return x


class Cell:
    """The weights of one direction of an LSTM, by gate: w [I, H], u [H, H], b [H], p [H]."""

    def __init__(self, rng, inputs, hidden, bias=True, peephole=False):
        def random(*shape):
            return rng.uniform(-0.8, 0.8, shape).astype(np.float32)
        self.inputs, self.hidden = inputs, hidden
        self.w = {g: random(inputs, hidden) for g in GATES}
        self.u = {g: random(hidden, hidden) for g in GATES}
        self.b = {g: random(hidden) for g in GATES} if bias else None
        # the second bias, which Keras has not: added to the first
        self.b2 = {g: np.zeros(hidden, np.float32) for g in GATES} if bias else None
        self.p = {g: random(hidden) for g in "ifo"} if peephole else None

    def with_second_bias(self, rng):
        self.b2 = {g: rng.uniform(-0.8, 0.8, self.hidden).astype(np.float32) for g in GATES}
        return self


def lstm(cell, x, gate=sigmoid, candidate=np.tanh, output=np.tanh, h=None, c=None, clip=None,
         coupled=False, backwards=False):
    """Run x [T, I]; returns the outputs [T, H] in x's order, and the last h and c."""
    h = np.zeros(cell.hidden) if h is None else np.asarray(h, np.float64)
    c = np.zeros(cell.hidden) if c is None else np.asarray(c, np.float64)
    bound = linear if clip is None else lambda v: np.clip(v, -clip, clip)
    rows = np.zeros((len(x), cell.hidden))

    def total(g, x_t, peeped):
        z = x_t @ cell.w[g].astype(np.float64) + h @ cell.u[g].astype(np.float64)
        if cell.b is not None:
            z = z + cell.b[g] + cell.b2[g].astype(np.float64)
        if cell.p is not None and g != "c":
            z = z + cell.p[g] * peeped
        return bound(z)

    order = range(len(x))
    for t in reversed(order) if backwards else order:
        x_t = np.asarray(x[t], np.float64)
        i = gate(total("i", x_t, c))
        f = 1 - i if coupled else gate(total("f", x_t, c))
        c_next = f * c + i * candidate(total("c", x_t, c))
        o = gate(total("o", x_t, c_next))
        h, c = o * output(c_next), c_next
        rows[t] = h
    return rows, h, c


def rnn(w, u, b, x, activation=np.tanh):
    """A simple recurrent layer, w [I, H], u [H, H], b [H]: outputs [T, H] and the last h."""
    h, rows = np.zeros(len(b)), []
    for x_t in np.asarray(x, np.float64):
        h = activation(x_t @ w.astype(np.float64) + h @ u.astype(np.float64) + b)
        rows.append(h)
    return np.stack(rows), h


def packed(cells):
    """ONNX's W [D, 4H, I], R [D, 4H, H], B [D, 8H] and P [D, 3H] of a cell a direction."""
    def stack(parts):
        return np.stack([np.concatenate(p) for p in parts])
    w = stack([[c.w[g].T for g in "iofc"] for c in cells])
    r = stack([[c.u[g].T for g in "iofc"] for c in cells])
    b = p = None
    if cells[0].b is not None:
        b = stack([[c.b[g] for g in "iofc"] + [c.b2[g] for g in "iofc"] for c in cells])
    if cells[0].p is not None:
        p = stack([[c.p[g] for g in "iof"] for c in cells])
    return w, r, b, p


class Dense:
    def __init__(self, rng, inputs, outputs, activation=linear):
        self.w = rng.uniform(-0.8, 0.8, (inputs, outputs)).astype(np.float32)
        self.b = rng.uniform(-0.8, 0.8, outputs).astype(np.float32)
        self.activation = activation

    def __call__(self, x):
        return self.activation(x @ self.w.astype(np.float64) + self.b)
