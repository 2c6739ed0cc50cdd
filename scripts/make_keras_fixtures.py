#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the test fixtures for Keras files, without Keras.

    /usr/bin/python3 scripts/make_keras_fixtures.py [ROOT]

Needs h5py and NumPy. keras_layouts.py has the layouts and says which version of
Keras each follows; keras_reference.py has Keras's equations in double precision.

NAME.h5 or NAME.keras is a model with random weights. NAME.golden.txt is a line a
timestep of a stream, the inputs, then the outputs (of the layers' weights as
float32). NAME.sequence.txt is a sequence: lines of inputs that begin with x, then
the rows that come out, which begin with y.
"""
import io
import sys
from pathlib import Path

import h5py
import numpy as np

from keras_layouts import (archive, bidirectional, dense, hdf5, layer, normalization,
                           recurrent, start)
from keras_reference import run

STEPS = 12


def streams():
    """Models of the streaming engine: layers, file, number of inputs, Keras 2 or 3."""
    rng = np.random.default_rng(5)
    stacked = [normalization(rng, "scale", 3), recurrent(rng, "LSTM", "first", 3, 5),
               layer("Dropout", "drop", rate=0.2, seed=None, noise_shape=None),
               recurrent(rng, "LSTM", "second", 5, 4, sequences=False),
               dense(rng, "hidden", 4, 3), dense(rng, "out", 3, 2)]
    plain = [recurrent(rng, "SimpleRNN", "rnn", 2, 3),
             recurrent(rng, "LSTM", "lstm", 3, 4, bias=False, sequences=False),
             dense(rng, "dense", 4, 1, bias=False)]
    rescaled = [layer("Rescaling", "rescaling", scale=0.25, offset=-0.5),
                recurrent(rng, "LSTM", "lstm", 2, 3)]
    return {
        "stacked_k2.h5": (stacked, hdf5(stacked), 3, 2),
        "stacked_k3.keras": (stacked, archive(stacked), 3, 3),
        "chain_k2.h5": (plain, hdf5([start(2)] + plain, functional=True), 2, 2),
        "chain_k3.keras": (plain, archive([start(2)] + plain, functional=True), 2, 3),
        "rescaled_k2.hdf5": (rescaled, hdf5(rescaled), 2, 2),
        "tiny_k2.h5": ([plain[0]], hdf5([plain[0]]), 2, 2),
    }


def sequences():
    """Models of what the streaming engine lacks: as streams()."""
    rng = np.random.default_rng(8)
    both = [bidirectional(rng, "LSTM", "both", 2, 3),
            bidirectional(rng, "SimpleRNN", "both_rnn", 6, 2, sequences=False),
            dense(rng, "dense", 4, 2, activation="sigmoid")]
    each = [bidirectional(rng, "LSTM", "both", 2, 3, bias=False),
            layer("TimeDistributed", "spread", inner=[dense(rng, "dense", 6, 2)])]
    first = [bidirectional(rng, "LSTM", "lstm_1", 2, 3, sequences=False,
                           recurrent_activation="hard_sigmoid")]
    chosen = [bidirectional(rng, "LSTM", "both", 2, 3, backward=dict(
        name="chosen", config=dict(activation="relu", recurrent_activation="hard_sigmoid")))]
    backwards = [recurrent(rng, "LSTM", "lstm", 2, 3, sequences=False, go_backwards=True),
                 dense(rng, "dense", 3, 2)]
    turned = [recurrent(rng, "LSTM", "lstm", 2, 3, go_backwards=True),
              recurrent(rng, "SimpleRNN", "rnn", 3, 4),
              recurrent(rng, "LSTM", "again", 4, 3, go_backwards=True),
              recurrent(rng, "LSTM", "last", 3, 2)]
    ends_turned = [recurrent(rng, "LSTM", "lstm", 2, 3, go_backwards=True),
                   recurrent(rng, "SimpleRNN", "rnn", 3, 4, sequences=False)]
    masked = [layer("Masking", "masking", mask_value=-1.0), recurrent(rng, "LSTM", "lstm", 2, 3),
              layer("Dropout", "drop", rate=0.2, seed=None, noise_shape=None),
              recurrent(rng, "SimpleRNN", "rnn", 3, 4), dense(rng, "dense", 4, 2)]
    scaled = [layer("Normalization", "scale", axis=[], invert=False, mean=0.25, variance=0.0625),
              layer("Masking", "masking", mask_value=-5.0),
              bidirectional(rng, "LSTM", "both", 2, 3),
              recurrent(rng, "LSTM", "lstm", 6, 3, sequences=False, go_backwards=True)]
    zeros = [layer("Rescaling", "scale", scale=0.3, offset=0.0),
             layer("Masking", "masking", mask_value=0.0), recurrent(rng, "LSTM", "lstm", 2, 3)]
    given = [layer("Normalization", "scale", axis=[2], invert=False, mean=[0.1, -0.2],
                   variance=[0.5, 2.0]), recurrent(rng, "LSTM", "lstm", 2, 3)]
    single = [layer("Normalization", "scale", [("mean", np.float32(0.3)),
                    ("variance", np.float32(0.7)), ("count", np.int64(3))],
                    axis=[], invert=False, mean=None, variance=None),
              recurrent(rng, "LSTM", "lstm", 2, 3)]
    old = [recurrent(rng, "LSTM", "first", 2, 3), recurrent(rng, "LSTM", "second", 3, 3),
           layer("Dropout", "drop", rate=0.2, seed=None, noise_shape=None),
           recurrent(rng, "LSTM", "third", 3, 3), dense(rng, "a", 3, 3), dense(rng, "b", 3, 3)]
    return {
        "bidirectional_k2.h5": (both, hdf5(both), 2, 2),
        "bidirectional_k2.keras": (both, archive(both, "2.15z"), 2, 2),
        "bidirectional_k3.h5": (both, hdf5(both, "3.8h"), 2, 3),
        "bidirectional_k3.keras": (both, archive(both, "3.14"), 2, 3),
        "bidirectional_each_k2.h5": (each, hdf5(each), 2, 2),
        "bidirectional_each_k3.keras": (each, archive(each), 2, 3),
        "bidirectional_k21.h5": (first, hdf5(first, "2.1"), 2, 2),
        "bidirectional_k213.keras": (first, archive(first, "2.13z"), 2, 2),
        "stacked_k213.keras": (old, archive(old, "2.13z"), 2, 2),
        "stacked_k214.keras": (old, archive(old, "2.14z"), 2, 2),
        "bidirectional_hdf5.keras": (first, hdf5(first, version="2.10.0"), 2, 2),
        "chosen_k2.h5": (chosen, hdf5(chosen), 2, 2),
        "chosen_k3.h5": (chosen, hdf5(chosen, "3.8h"), 2, 3),
        "chosen_k3.keras": (chosen, archive(chosen, "3.14"), 2, 3),
        "backwards_k2.h5": (backwards, hdf5(backwards), 2, 2),
        "backwards_k3.keras": (backwards, archive(backwards, "3.14"), 2, 3),
        "turned_k3.keras": (turned, archive(turned, "3.14"), 2, 3),
        "ends_turned_k2.h5": (ends_turned, hdf5(ends_turned), 2, 2),
        "masked_k2.h5": (masked, hdf5(masked), 2, 2),
        "masked_k3.keras": (masked, archive([start(2)] + masked, "3.14", True), 2, 3),
        "scaled_masked_k3.keras": (scaled, archive([start(2)] + scaled, "3.14", True), 2, 3),
        "zeros_masked_k2.h5": (zeros, hdf5(zeros), 2, 2),
        "given_k3.keras": (given, archive(given, "3.14"), 2, 3),
        "single_k2.h5": (single, hdf5(single), 2, 2),
        **activations(rng),
    }


def activations(rng):
    """Every function that is read, as an LSTM's, a SimpleRNN's and a Dense layer's."""
    def of(slope, keras):
        parts = {"module": "keras.layers", "registered_name": None} if keras == 3 else {}
        return [dict(class_name="LeakyReLU", config={"name": "leaky", slope: 0.1}, **parts),
                dict(class_name="ELU", config={"name": "elu", "alpha": 0.7}, **parts),
                dict(class_name="ReLU", config={"name": "relu", "max_value": None,
                                                "negative_slope": 0.25, "threshold": 0.0}, **parts)]

    def network(slope, keras):
        layers, width = [], 2
        names = ["relu", "elu", "softplus", "softsign", "leaky_relu", "sigmoid", "linear",
                 "hard_sigmoid"] + of(slope, keras)
        for number, name in enumerate(names):
            kind = "LSTM" if number % 2 == 0 else "SimpleRNN"
            more = dict(recurrent_activation=["hard_sigmoid", "softsign", "sigmoid"][number % 3]
                        ) if kind == "LSTM" else {}
            entry = recurrent(rng, kind, f"layer_{number}", width, 2, activation=name, **more)
            # values stay near 1, so that the tolerance says something
            entry["weights"] = [(key, value * np.float32(0.5)) for key, value in entry["weights"]]
            layers.append(entry)
            width = 2
        for number, name in enumerate(names + ["tanh"]):
            layers.append(dense(rng, f"dense_{number}", width, 3, activation=name))
            width = 3
        layers += [dense(rng, "a", 3, 3), layer("Activation", "tanh", activation="tanh"),
                   dense(rng, "b", 3, 3), layer("LeakyReLU", "leaky", **{slope: 0.2}),
                   dense(rng, "c", 3, 3), layer("ELU", "elu", alpha=0.5),
                   dense(rng, "d", 3, 2), layer("ReLU", "relu", max_value=None, negative_slope=0.5,
                                                threshold=0.0)]
        return layers

    two, three = network("alpha", 2), network("negative_slope", 3)
    return {"activations_k2.h5": (two, hdf5(two), 2, 2),
            "activations_k3.keras": (three, archive(three, "3.14"), 2, 3)}


def refused():
    """Files that a test expects to be refused, for what their name says."""
    rng = np.random.default_rng(6)

    def linked(write):
        data = io.BytesIO(hdf5([recurrent(rng, "LSTM", "lstm", 2, 3)]))
        with h5py.File(data, "r+") as file:
            del file["model_weights/lstm/lstm/lstm_cell/bias:0"]
            write(file, "model_weights/lstm/lstm/lstm_cell/bias:0")
        return data.getvalue()

    def external_storage(file, name):
        space, create = h5py.h5s.create_simple((12,)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        create.set_external(b"other.bin", 0, 48)
        create.set_obj_track_times(False)  # else the file says when it was made
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

    def infinite(file, name):
        file.create_dataset(name, data=np.full(12, np.inf, np.float32))

    def extra(file, name):
        file.create_dataset(name, data=np.zeros(12, np.float32))
        file.create_dataset("model_weights/lstm/lstm/more:0", data=np.zeros(1, np.float32))

    def swapped():
        entry = bidirectional(rng, "LSTM", "both", 2, 3)
        entry["inner"].reverse()
        return hdf5([entry])

    def third():
        entry = bidirectional(rng, "LSTM", "both", 2, 3)
        entry["inner"].append(recurrent(rng, "LSTM", "third", 2, 3))
        return hdf5([entry])

    body = [recurrent(rng, "LSTM", "lstm", 2, 3)]
    turned = [recurrent(rng, "LSTM", "lstm", 2, 3, go_backwards=True),
              bidirectional(rng, "LSTM", "both", 3, 2)]
    return {
        "bidirectional_turned": hdf5(turned),
        "gru": hdf5([layer("GRU", "gru")]),
        "keras_1": hdf5(body, version="1.2.2"),
        "soft_link": linked(soft),
        "external_link": linked(external),
        "external_storage": linked(external_storage),
        "compressed": linked(compressed),
        "shared": linked(shared),
        "integer": linked(integer),
        "infinite": linked(infinite),
        "extra": linked(extra),
        "swapped": swapped(),
        "third": third(),
    }


def text(begin, rows):
    return [begin + " ".join(repr(float(v)) for v in row) for row in rows]


def write(folder, name, model, rng, stream):
    layers, data, inputs, keras = model
    (folder / name).write_bytes(data)
    x = rng.uniform(-1, 1, (STEPS, inputs)).astype(np.float32)
    kinds = [entry["kind"] for entry in layers]
    if kinds[0] == "Normalization" and layers[0]["weights"] and inputs == 3:
        x[:, 0] = 0.5
    if "Masking" in kinds:
        # at the start, twice running, alone, at the end; and one row where a single value is it
        raw = {"masked": -1.0, "scaled": -1.0, "zeros_": 0.0}[name[:6]]
        x[[0, 3, 4, 7, 10, 11]] = raw
        x[6, 0] = raw
    if stream:
        each = [dict(e, config=dict(e["config"], return_sequences=True)) for e in layers]
        rows = np.hstack([x, run(each, x.astype(np.float64), keras)])
        (folder / (name + ".golden.txt")).write_text("\n".join(text("", rows)) + "\n")
    y = run(layers, x.astype(np.float64), keras)
    (folder / (name + ".sequence.txt")).write_text(
        "\n".join(text("x ", x) + text("y ", y)) + "\n")


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    folder = root / "src" / "test" / "resources" / "keras"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for name, model in streams().items():
        write(folder, name, model, rng, True)
    for name, model in sequences().items():
        write(folder, name, model, rng, False)
    (folder / "refused").mkdir(exist_ok=True)
    for name, data in refused().items():
        (folder / "refused" / (name + ".h5")).write_bytes(data)


main()
