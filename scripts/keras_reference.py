# SPDX-License-Identifier: Apache-2.0
"""Keras's equations in double precision with NumPy, for make_keras_fixtures.py.

Each layer is run in the way Keras describes it, one after the other, with its mask;
a layer that goes backwards puts out its sequence in the order in which it read.
Facts are those of Keras 3.15 (src/layers/rnn, src/activations) and tf_keras 2.21.
"""
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def leaky(slope):
    return lambda x: np.where(x >= 0, x, slope * x)


def function(value, keras):
    """An activation as a layer's configuration gives it, by a name or an object."""
    if isinstance(value, dict):
        config = value["config"]
        if value["class_name"] == "LeakyReLU":
            return leaky(np.float32(config.get("alpha", config.get("negative_slope"))))
        if value["class_name"] == "ELU":
            alpha = np.float32(config["alpha"])
            return lambda x: np.where(x >= 0, x, alpha * np.expm1(x))
        return leaky(np.float32(config["negative_slope"]))
    slope = 0.2 if keras == 2 else 1 / 6
    return {
        None: lambda x: x,
        "linear": lambda x: x,
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0),
        "hard_sigmoid": lambda x: np.clip(slope * x + 0.5, 0, 1),
        "elu": lambda x: np.where(x >= 0, x, np.expm1(x)),
        "softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
        "softsign": lambda x: x / (1 + np.abs(x)),
        "leaky_relu": leaky(0.2),
    }[value]


def double(entry):
    return {name: np.asarray(value, np.float64) for name, value in entry["weights"]}


def recurrent(entry, x, mask, keras, backwards=None, zero_masked=False):
    """Outputs of an LSTM or a SimpleRNN in the order in which it reads, [T, units]."""
    config, w = entry["config"], double(entry)
    units = config["units"]
    f = function(config["activation"], keras)
    h, c, last, rows = np.zeros(units), np.zeros(units), np.zeros(units), []
    backwards = config["go_backwards"] if backwards is None else backwards
    for t in reversed(range(len(x))) if backwards else range(len(x)):
        if mask is None or mask[t]:
            z = x[t] @ w["kernel"] + h @ w["recurrent_kernel"] + w.get("bias", 0)
            if entry["kind"] == "LSTM":
                gate = function(config["recurrent_activation"], keras)
                zi, zf, zc, zo = (z[k * units:(k + 1) * units] for k in range(4))
                c = gate(zf) * c + gate(zi) * f(zc)
                h = gate(zo) * f(c)
            else:
                h = f(z)
            last = h
            rows.append(h)
        else:
            rows.append(np.zeros(units) if zero_masked else last)
    return np.array(rows)


def run(layers, x, keras=3):
    """The rows that come out of x [T, I]: T of them, or one."""
    mask = None
    for entry in layers:
        w, kind, config = double(entry), entry["kind"], entry["config"]
        if kind in ("LSTM", "SimpleRNN"):
            x = recurrent(entry, x, mask, keras)
            x = x if config["return_sequences"] else x[-1:]
        elif kind == "Bidirectional":
            forward, backward = entry["inner"]
            sequences = forward["config"]["return_sequences"]
            a = recurrent(forward, x, mask, keras, False, sequences)
            b = recurrent(backward, x, mask, keras, True, sequences)
            x = np.hstack([a, b[::-1]]) if sequences else np.hstack([a[-1:], b[-1:]])
        elif kind == "TimeDistributed":
            x = run(entry["inner"], x, keras)
        elif kind == "Dense":
            x = function(config["activation"], keras)(x @ w["kernel"] + w.get("bias", 0))
        elif kind == "Activation":
            x = function(config["activation"], keras)(x)
        elif kind in ("LeakyReLU", "ReLU", "ELU"):
            x = function({"class_name": kind, "config": config}, keras)(x)
        elif kind == "Masking":
            mask = np.any(x.astype(np.float32) != np.float32(config["mask_value"]), axis=-1)
        elif kind == "Normalization":
            mean = w.get("mean", config["mean"])
            variance = w.get("variance", config["variance"])
            mean, variance = (np.float64(np.float32(v)) for v in (mean, variance))
            x = (x - mean) / np.maximum(np.sqrt(variance), 1e-7)
        elif kind == "Rescaling":
            x = x * config["scale"] + config["offset"]
    return x
