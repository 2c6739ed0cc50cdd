#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the test fixtures for Keras files, without Keras.

    /usr/bin/python3 scripts/make_keras_fixtures.py [ROOT]

Needs h5py and NumPy. The layouts follow Keras 2.15 (saving/legacy/hdf5_format.py:
the attributes model_config, layer_names and weight_names, a group a layer) and
Keras 3 (src/saving/saving_lib.py: a zip of config.json, metadata.json and
model.weights.h5 with /layers/<kind>/[cell/]vars/<number>).

NAME.h5 or NAME.keras is a model with random weights, NAME.golden.txt a line a
timestep: the inputs, then the outputs that Keras's equations give in double
precision (of the layers' weights as float32), computed here with NumPy.
"""
import io
import json
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np

STEPS = 12


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def layer(kind, name, weights=(), **config):
    return {"kind": kind, "name": name, "weights": list(weights), "config": config}


def random(rng, *shape):
    return rng.uniform(-1, 1, shape).astype(np.float32)


def recurrent(rng, kind, name, inputs, units, bias=True, sequences=True):
    gates = 4 if kind == "LSTM" else 1
    weights = [("kernel", random(rng, inputs, gates * units)),
               ("recurrent_kernel", random(rng, units, gates * units))]
    if bias:
        weights.append(("bias", random(rng, gates * units)))
    config = dict(units=units, activation="tanh", use_bias=bias, dropout=0.1,
                  recurrent_dropout=0.0, return_sequences=sequences, return_state=False,
                  go_backwards=False, stateful=False, unroll=False)
    if kind == "LSTM":
        config.update(recurrent_activation="sigmoid", unit_forget_bias=True)
    return layer(kind, name, weights, **config)


def dense(rng, name, inputs, units, bias=True, activation="linear"):
    weights = [("kernel", random(rng, inputs, units))]
    if bias:
        weights.append(("bias", random(rng, units)))
    return layer("Dense", name, weights, units=units, activation=activation, use_bias=bias)


def normalization(rng, name, inputs):
    variance = np.abs(random(rng, inputs))
    variance[0] = 0  # Keras divides by epsilon there, and the mean is such that nothing explodes
    mean = random(rng, inputs)
    mean[0] = 0.5
    return layer("Normalization", name,
                 [("mean", mean), ("variance", variance), ("count", np.int64(0))],
                 axis=[-1], invert=False, mean=None, variance=None)


def run(layers, x):
    """Apply the layers to x [T, I] in double precision."""
    for entry in layers:
        w = {name: np.asarray(value, np.float64) for name, value in entry["weights"]}
        kind = entry["kind"]
        if kind == "LSTM":
            units = entry["config"]["units"]
            h, c, rows = np.zeros(units), np.zeros(units), []
            for row in x:
                z = row @ w["kernel"] + h @ w["recurrent_kernel"] + w.get("bias", 0)
                i, f, g, o = (z[k * units:(k + 1) * units] for k in range(4))
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                rows.append(h)
            x = np.array(rows)
        elif kind == "SimpleRNN":
            h, rows = np.zeros(entry["config"]["units"]), []
            for row in x:
                h = np.tanh(row @ w["kernel"] + h @ w["recurrent_kernel"] + w.get("bias", 0))
                rows.append(h)
            x = np.array(rows)
        elif kind == "Dense":
            x = x @ w["kernel"] + w.get("bias", 0)
        elif kind == "Normalization":
            x = (x - w["mean"]) / np.maximum(np.sqrt(w["variance"]), 1e-7)
        elif kind == "Rescaling":
            x = x * entry["config"]["scale"] + entry["config"]["offset"]
    return x


def description(layers, keras, functional):
    entries, before = [], None
    for entry in layers:
        config = {"name": entry["name"], "trainable": True, "dtype": "float32"}
        if keras == 3:
            config["dtype"] = {"module": "keras", "class_name": "DTypePolicy",
                               "config": {"name": "float32"}, "registered_name": None}
        config.update(entry["config"])
        item = {"class_name": entry["kind"], "config": config}
        if keras == 3:
            item.update(module="keras.layers", registered_name=None)
        if functional:
            item["name"] = entry["name"]
            if before is None:
                item["inbound_nodes"] = []
            elif keras == 2:
                item["inbound_nodes"] = [[[before, 0, 0, {}]]]
            else:
                tensor = {"class_name": "__keras_tensor__",
                          "config": {"shape": [None, None, 1], "dtype": "float32",
                                     "keras_history": [before, 0, 0]}}
                item["inbound_nodes"] = [{"args": [tensor], "kwargs": {"mask": None}}]
        before = entry["name"]
        entries.append(item)
    config = {"name": "model", "layers": entries}
    if functional:
        config["input_layers"] = [[layers[0]["name"], 0, 0]]
        config["output_layers"] = [[before, 0, 0]]
    return json.dumps({"class_name": "Functional" if functional else "Sequential",
                       "config": config})


def keras2(layers, functional=False):
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = description(layers, 2, functional)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [x["name"].encode() for x in layers]
        for entry in layers:
            inner = group.create_group(entry["name"])
            cell = {"LSTM": "lstm_cell/", "SimpleRNN": "simple_rnn_cell/"}.get(entry["kind"], "")
            names = [f"{entry['name']}/{cell}{name}:0" for name, _ in entry["weights"]]
            inner.attrs["weight_names"] = [name.encode() for name in names]
            for name, (_, value) in zip(names, entry["weights"]):
                inner.create_dataset(name, data=value)
        group.create_group("top_level_model_weights").attrs["weight_names"] = np.array([], "S1")
    return data.getvalue()


def snake(kind):
    return {"LSTM": "lstm", "SimpleRNN": "simple_rnn", "InputLayer": "input_layer"}.get(
        kind, kind.lower())


def keras3(layers, functional=False):
    data, seen = io.BytesIO(), {}
    with h5py.File(data, "w") as file:
        file.create_group("vars")
        for entry in layers:
            number = seen[entry["kind"]] = seen.get(entry["kind"], -1) + 1
            path = "layers/" + snake(entry["kind"]) + (f"_{number}" if number else "")
            file.create_group(path + "/vars")
            if entry["kind"] in ("LSTM", "SimpleRNN"):
                path += "/cell"
                seed = file.create_group(path + "/seed_generator/vars")
                seed.create_dataset("0", data=np.array([1, 2], np.uint32))
            for index, (_, value) in enumerate(entry["weights"]):
                file.require_group(path + "/vars").create_dataset(str(index), data=value)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (
                ("metadata.json", json.dumps({"keras_version": "3.3.3"})),
                ("config.json", description(layers, 3, functional)),
                ("model.weights.h5", data.getvalue())):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def models():
    rng = np.random.default_rng(5)
    stacked = [normalization(rng, "scale", 3), recurrent(rng, "LSTM", "first", 3, 5),
               layer("Dropout", "drop", rate=0.2, seed=None, noise_shape=None),
               recurrent(rng, "LSTM", "second", 5, 4, sequences=False),
               dense(rng, "hidden", 4, 3), dense(rng, "out", 3, 2)]
    start = layer("InputLayer", "input_1", batch_input_shape=[None, None, 2], sparse=False,
                  ragged=False)
    plain = [recurrent(rng, "SimpleRNN", "rnn", 2, 3),
             recurrent(rng, "LSTM", "lstm", 3, 4, bias=False, sequences=False),
             dense(rng, "dense", 4, 1, bias=False)]
    rescaled = [layer("Rescaling", "rescaling", scale=0.25, offset=-0.5),
                recurrent(rng, "LSTM", "lstm", 2, 3)]
    return {
        "stacked_k2.h5": (stacked, keras2(stacked), 3),
        "stacked_k3.keras": (stacked, keras3(stacked), 3),
        "chain_k2.h5": (plain, keras2([start] + plain, True), 2),
        "chain_k3.keras": (plain, keras3([start] + plain, True), 2),
        "rescaled_k2.hdf5": (rescaled, keras2(rescaled), 2),
        "tiny_k2.h5": ([plain[0]], keras2([plain[0]]), 2),
    }


def refused():
    """Files that a test expects to be refused, for what their name says."""
    rng = np.random.default_rng(6)

    def changed(**config):
        entry = recurrent(rng, "LSTM", "lstm", 2, 3)
        entry["config"].update(config)
        return keras2([entry])

    def linked(write):
        data = io.BytesIO(keras2([recurrent(rng, "LSTM", "lstm", 2, 3)]))
        with h5py.File(data, "r+") as file:
            del file["model_weights/lstm/lstm/lstm_cell/bias:0"]
            write(file, "model_weights/lstm/lstm/lstm_cell/bias:0")
        return data.getvalue()

    def external_storage(file, name):
        space, create = h5py.h5s.create_simple((12,)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        create.set_external(b"other.bin", 0, 48)
        h5py.h5d.create(file["/"].id, name.encode(), h5py.h5t.IEEE_F32LE, space, create)

    def soft(file, name):
        file[name] = h5py.SoftLink("/model_weights/lstm/lstm/lstm_cell/kernel:0")

    def external(file, name):
        file[name] = h5py.ExternalLink("other.h5", "/x")

    def compressed(file, name):
        file.create_dataset(name, data=np.zeros(12, np.float32), compression="gzip")

    def shared(file, name):
        file[name] = file["model_weights/lstm/lstm/lstm_cell/kernel:0"]

    def integer(file, name):
        file.create_dataset(name, data=np.zeros(12, np.int32))

    def extra(file, name):
        file.create_dataset(name, data=np.zeros(12, np.float32))
        file.create_dataset("model_weights/lstm/lstm/more:0", data=np.zeros(1, np.float32))

    body = [recurrent(rng, "LSTM", "lstm", 2, 3)]
    return {
        "go_backwards": changed(go_backwards=True),
        "return_state": changed(return_state=True),
        "activation": changed(activation="relu"),
        "recurrent_activation": changed(recurrent_activation="hard_sigmoid"),
        "unknown_attribute": changed(peephole=True),
        "no_sequences": keras2([recurrent(rng, "LSTM", "a", 2, 3, sequences=False),
                                recurrent(rng, "LSTM", "b", 3, 3)]),
        "softmax": keras2(body + [dense(rng, "dense", 3, 2, activation="softmax")]),
        "masking": keras2([layer("Masking", "masking", mask_value=0.0)] + body),
        "bidirectional": keras2([layer("Bidirectional", "both", merge_mode="concat")]),
        "gru": keras2([layer("GRU", "gru")]),
        "soft_link": linked(soft),
        "external_link": linked(external),
        "external_storage": linked(external_storage),
        "compressed": linked(compressed),
        "shared": linked(shared),
        "integer": linked(integer),
        "extra": linked(extra),
    }


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    folder = root / "src" / "test" / "resources" / "keras"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for name, (layers, data, inputs) in models().items():
        (folder / name).write_bytes(data)
        x = rng.uniform(-1, 1, (STEPS, inputs)).astype(np.float32)
        if layers[0]["kind"] == "Normalization":
            x[:, 0] = 0.5
        y = run(layers, x.astype(np.float64))
        lines = [" ".join(repr(float(v)) for v in np.concatenate([a, b])) for a, b in zip(x, y)]
        (folder / (name + ".golden.txt")).write_text("\n".join(lines) + "\n")
    (folder / "refused").mkdir(exist_ok=True)
    for name, data in refused().items():
        (folder / "refused" / (name + ".h5")).write_bytes(data)


main()
