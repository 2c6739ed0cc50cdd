# SPDX-License-Identifier: Apache-2.0
"""Layers and the file layouts of the versions of Keras, for make_keras_fixtures.py.

"2.1"   Keras 2.0 to 2.2: HDF5; a Sequential's config is the list of its layers; no cell in names
"2.15"  tf.keras 2.4 to tf_keras: HDF5; names as lstm/lstm_cell/kernel:0
"2.13z" tf.keras 2.12 and 2.13: a zip; the layers under _layer_checkpoint_dependencies, where a
        layer with weights takes two numbers, for it is found under two names
"2.14z" tf.keras 2.14: the same with one number each
"2.15z" tf_keras: a zip of config.json, metadata.json and model.weights.h5
"3.3"   Keras 3 before 3.6: a zip; vars groups everywhere
"3.14"  Keras 3.6 and newer: a zip; vars groups have the attribute name
"3.8h"  Keras 3 with save_format h5: names as sequential/lstm/lstm_cell/kernel
"""
import io
import json
import zipfile

import h5py
import numpy as np

CELLS = {"LSTM": "lstm_cell", "SimpleRNN": "simple_rnn_cell"}
SNAKE = {"LSTM": "lstm", "SimpleRNN": "simple_rnn", "InputLayer": "input_layer",
         "TimeDistributed": "time_distributed"}
ROLES = {"Bidirectional": ["forward_layer", "backward_layer"], "TimeDistributed": ["layer"]}


def layer(kind, name, weights=(), inner=(), **config):
    return {"kind": kind, "name": name, "weights": list(weights), "inner": list(inner),
            "config": config}


def random(rng, *shape):
    return rng.uniform(-1, 1, shape).astype(np.float32)


def recurrent(rng, kind, name, inputs, units, bias=True, sequences=True, **more):
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
    config.update(more)
    return layer(kind, name, weights, **config)


def bidirectional(rng, kind, name, inputs, units, sequences=True, backward=None, **more):
    """Two layers of a kind; backward is a dict of what the backward layer says of itself."""
    first = recurrent(rng, kind, "forward_" + name, inputs, units, sequences=sequences, **more)
    second = recurrent(rng, kind, (backward or {}).get("name", "backward_" + name), inputs, units,
                       sequences=sequences, **more)
    second["config"].update(go_backwards=True, **(backward or {}).get("config", {}))
    made = layer("Bidirectional", name, inner=[first, second], merge_mode="concat")
    made["described"] = backward is not None
    return made


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


def start(inputs):
    return layer("InputLayer", "input_1", batch_input_shape=[None, None, inputs])


def describe(entry, keras):
    """A layer as serialization_lib (Keras 3) or the older JSON has it."""
    config = {"name": entry["name"], "trainable": True, "dtype": "float32"}
    if keras == 3:
        config["dtype"] = {"module": "keras", "class_name": "DTypePolicy",
                           "config": {"name": "float32"}, "registered_name": None}
    config.update(entry["config"])
    if keras == 3 and entry["kind"] in CELLS:
        config["zero_output_for_mask"] = False
        config["seed"] = None
    elif entry["kind"] in CELLS:
        config["time_major"] = False
        config["implementation"] = 2
    if entry["kind"] == "TimeDistributed":
        config["layer"] = describe(entry["inner"][0], keras)
    if entry["kind"] == "Bidirectional":
        config["layer"] = describe(entry["inner"][0], keras)
        if keras == 2:  # the layer's own name; forward_ is put before it afterwards
            config["layer"]["config"]["name"] = entry["name"]
        if keras == 3 or entry["described"]:
            config["backward_layer"] = describe(entry["inner"][1], keras)
    item = {"class_name": entry["kind"], "config": config}
    if keras == 3:
        item.update(module="keras.layers", registered_name=None,
                    build_config={"input_shape": [None, None, 1]})
    return item


def tensor(name):
    return {"class_name": "__keras_tensor__",
            "config": {"shape": [None, None, 1], "dtype": "float32", "keras_history": [name, 0, 0]}}


def operation(kind, name, arguments, **config):
    """How Keras 3 writes down what Masking's compute_mask does."""
    return {"module": "keras.src.ops.numpy", "class_name": kind, "config": config,
            "registered_name": kind, "name": name,
            "inbound_nodes": [{"args": arguments, "kwargs": {}}]}


def description(layers, keras, functional, plain_list=False):
    entries, before, mask = [], None, None
    for entry in layers:
        item = describe(entry, keras)
        if functional:
            item["name"] = entry["name"]
            if before is None:
                item["inbound_nodes"] = []
            elif keras == 2:
                item["inbound_nodes"] = [[[before, 0, 0, {}]]]
            else:
                heeds = entry["kind"] in ("LSTM", "SimpleRNN", "Bidirectional")
                item["inbound_nodes"] = [{"args": [tensor(before)], "kwargs": {
                    "mask": tensor(mask) if mask and heeds else None}}]
            if keras == 3 and entry["kind"] == "Masking":
                mask = "any"
                entries.append(operation("NotEqual", "not_equal",
                                         [tensor(before), entry["config"]["mask_value"]]))
                entries.append(operation("Any", "any", [tensor("not_equal")], axis=-1,
                                         keepdims=False))
        before = entry["name"]
        entries.append(item)
    config = {"name": "model", "layers": entries}
    if functional:
        first, last = [layers[0]["name"], 0, 0], [before, 0, 0]
        config["input_layers"] = [first] if keras == 2 else first
        config["output_layers"] = [last] if keras == 2 else last
    return json.dumps({"class_name": "Functional" if functional else "Sequential",
                       "config": entries if plain_list else config})


def names(entry, style):
    """Paths of a layer's weights in HDF5, in the order in which Keras lists them."""
    if entry["inner"]:
        for inner in entry["inner"]:
            own = [entry["name"]] + ([inner["name"]] if style != "2.15" or len(entry["inner"]) > 1
                                     else [])
            yield from inner_names(inner, own, style)
    else:
        yield from inner_names(entry, [entry["name"]], style)


def inner_names(entry, path, style):
    if style != "2.1" and entry["kind"] in CELLS:
        path = path + [CELLS[entry["kind"]]]
    if style == "3.8h":
        path = ["sequential"] + path
    for name, value in entry["weights"]:
        yield "/".join(path + [name]) + ("" if style == "3.8h" else ":0"), value


def hdf5(layers, style="2.15", functional=False, version=None):
    data = io.BytesIO()
    keras = 3 if style == "3.8h" else 2
    with h5py.File(data, "w") as file:
        file.attrs["keras_version"] = version or {"2.1": "2.1.3", "2.15": "2.15.0",
                                                  "3.8h": "3.8.0"}[style]
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = description(layers, keras, functional, style == "2.1")
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [x["name"].encode() for x in layers]
        for entry in layers:
            inner = group.create_group(entry["name"])
            weights = list(names(entry, style))
            inner.attrs["weight_names"] = [name.encode() for name, _ in weights]
            for name, value in weights:
                inner.create_dataset(name, data=value)
        if style != "2.1":
            top = group.create_group("top_level_model_weights")
            top.attrs["weight_names"] = np.array([], "S1")
    return data.getvalue()


def store(file, path, entry, style):
    """A layer's variables as saving_lib.py of Keras 3 and tf_keras puts them."""
    group = file.create_group(path + "/vars")
    if style == "3.14":
        group.attrs["name"] = entry["name"]
    if entry["inner"]:
        for role, inner in zip(ROLES[entry["kind"]], entry["inner"]):
            store(file, path + "/" + role, inner, style)
        if style == "2.15z" and entry["kind"] == "Bidirectional":
            file.create_group(path + "/layer/vars")  # the one that was wrapped, never built
        return
    if entry["kind"] in CELLS:
        path += "/cell"
        group = file.create_group(path + "/vars")
        if style == "3.14":
            group.attrs["name"] = CELLS[entry["kind"]]
        if style.startswith("3"):
            seed = file.create_group(path + "/seed_generator/vars")
            seed.create_dataset("0", data=np.array([1, 2], np.uint32))
    for index, (_, value) in enumerate(entry["weights"]):
        group.create_dataset(str(index), data=value)


def archive(layers, style="3.3", functional=False, version=None):
    data, seen = io.BytesIO(), {}
    keras = 3 if style.startswith("3") else 2
    root = "_layer_checkpoint_dependencies/" if style in ("2.13z", "2.14z") else "layers/"
    with h5py.File(data, "w") as file:
        file.create_group("vars")
        if keras == 2:
            file.create_dataset("metrics/mean/vars/0", data=np.float32(1))
        for entry in layers:
            number = seen[entry["kind"]] = seen.get(entry["kind"], -1) + 1
            number *= 2 if style == "2.13z" and (entry["weights"] or entry["inner"]) else 1
            name = SNAKE.get(entry["kind"], entry["kind"].lower())
            store(file, root + name + (f"_{number}" if number else ""), entry, style)
    out = io.BytesIO()
    version = version or {"2.13z": "2.13.1", "2.14z": "2.14.0", "2.15z": "2.15.0", "3.3": "3.3.3",
                          "3.14": "3.14.1"}[style]
    with zipfile.ZipFile(out, "w") as file:
        for name, content in (
                ("metadata.json", json.dumps({"keras_version": version})),
                ("config.json", description(layers, keras, functional)),
                ("model.weights.h5", data.getvalue())):
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
