#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the demo model and the test fixtures with PyTorch.

    python3 scripts/make_fixtures.py [ROOT]

ROOT is the root of the repository (default: the parent of this script's folder).
Needs PyTorch and NumPy. Two runs on one machine with one PyTorch version write
the same bytes.

Demo (src/cli/main/resources/org/quadgate/cli/demo): a model trained on a simulated
pump, with a stream that it did not see in training and PyTorch's outputs for it.

Test fixtures (src/library/test/resources/fixtures): NAME.safetensors is a model with random
weights; NAME.golden.safetensors holds inputs x [T, I], PyTorch's outputs y [T, O]
and the final states h_n.K and c_n.K (LSTM only) of layer K, counted over all
recurrent modules in turn. All runs start from zero states. Those in
src/library/test/resources/directions have modules with bidirectional=True or proj_size;
their final states are left out.
"""
import copy
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = True  # leave no cache beside the scripts

import numpy as np
import torch
from torch import nn

from export_pytorch import save_quadgate, write_safetensors

FEATURES = ["load", "temperature", "flow", "event"]
TARGET = "pressure"
TRAIN_ROWS = 20000
DEMO_ROWS = 5000
GOLDEN_STEPS = 60
WEIGHT_SCALE = 2.5  # on PyTorch's default initial weights, so that gates saturate at times


# ---------------------------------------------------------------- demo

def simulate(rows, seed):
    """Simulate a pump's telemetry; returns the features [rows, 4] and the pressure [rows].

    load         percent; a slow random walk around 55
    temperature  degrees Celsius; follows the load with a lag of about 50 rows
    flow         litres per second; rises with the load, with noise
    event        1 in a row where a valve is closed, otherwise 0 (about 1 row in 45)
    pressure     bar; depends on the row's load, temperature and flow, and on each
                 valve event of the last 40 rows: the surge starts 8 rows after the
                 event, peaks 20 rows after it and ends 40 rows after it. Its height
                 grows with the load at the time of the event.

    A row's own features do not tell where in a surge it lies: a model has to remember.
    """
    rng = np.random.default_rng(seed)
    lag = np.arange(41)
    surge = np.where(lag < 8, 0.0, np.where(lag <= 20, (lag - 8) / 12, (40 - lag) / 20))

    features = np.zeros((rows, 4))
    pressure = np.zeros(rows + len(surge))
    load, temperature = 55.0, 60.0
    for t in range(rows):
        load += 0.05 * (55.0 - load) + 4.0 * rng.normal()
        load = min(max(load, 5.0), 100.0)
        temperature += 0.02 * (30.0 + 0.6 * load - temperature) + 0.1 * rng.normal()
        flow = 2.0 + 0.18 * load + 0.5 * rng.normal()
        event = float(rng.random() < 1 / 45)
        features[t] = load, temperature, flow, event
        if event:
            pressure[t:t + len(surge)] += (0.6 + 0.02 * load) * surge
        pressure[t] += 2.0 + 0.0002 * load * load + 0.01 * (temperature - 60.0)
        pressure[t] += 0.08 * (flow - 12.0) + 0.05 * rng.normal()
    return features, pressure[:rows]


def as_text(value, digits=5):
    """The value with at most the given number of significant digits."""
    return f"{value:.{digits}g}"


def parse(texts):
    """The 32-bit floats that a reader gets from a table of texts."""
    return torch.from_numpy(np.array(texts).astype(np.float32))


class DemoModel(nn.Module):
    """Two LSTM layers and a linear head, with inputs and output standardised."""

    def __init__(self, x, y):
        super().__init__()
        self.lstm = nn.LSTM(len(FEATURES), 32, num_layers=2, batch_first=True)
        self.fc = nn.Linear(32, 1)
        self.register_buffer("input_mean", x.mean(0))
        self.register_buffer("input_std", x.std(0))
        self.register_buffer("output_mean", y.mean(0))
        self.register_buffer("output_std", y.std(0))

    def forward(self, x, state=None):
        h, state = self.lstm((x - self.input_mean) / self.input_std, state)
        return self.fc(h) * self.output_std + self.output_mean, state


def train(model, x, y, streams=40, window=50, epochs=80):
    """Train with truncated backpropagation: cut the rows into parallel streams."""
    x = x.reshape(streams, -1, x.shape[1])
    y = y.reshape(streams, -1, 1)
    steps = epochs * (x.shape[1] // window)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=1e-4)
    for _ in range(epochs):
        state = None
        for start in range(0, x.shape[1], window):
            part = slice(start, start + window)
            predicted, state = model(x[:, part], state)
            loss = (((predicted - y[:, part]) / model.output_std) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            state = tuple(s.detach() for s in state)


@torch.no_grad()
def stream(model, x):
    """Feed the rows one at a time, carrying the state; returns outputs [rows, 1]."""
    state, outputs = None, []
    for row in x:
        y, state = model(row.reshape(1, 1, -1), state)
        outputs.append(y.reshape(1))
    return torch.stack(outputs)


def error_line(single, double):
    """How far 32-bit outputs lie from 64-bit ones, absolutely and against max |y|."""
    worst = float((single.double() - double).abs().max())
    return f"float32-float64 max {worst:.3g}, relative to max |y| {worst / float(double.abs().max()):.3g}"


def make_demo(folder):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(20240)
    features, pressure = simulate(TRAIN_ROWS + DEMO_ROWS, seed=7)
    texts = [[as_text(v) for v in row] for row in np.column_stack([features, pressure])]
    table = parse(texts)
    x, y = table[:, :-1], table[:, -1:]
    demo_x, demo_y = x[TRAIN_ROWS:], y[TRAIN_ROWS:]

    model = DemoModel(x[:TRAIN_ROWS], y[:TRAIN_ROWS])
    train(model, x[:TRAIN_ROWS], y[:TRAIN_ROWS])
    outputs = stream(model, demo_x)

    save_quadgate(model, folder / "model.safetensors", FEATURES, [TARGET])
    lines = [",".join(FEATURES + [TARGET])] + [",".join(row) for row in texts[TRAIN_ROWS:]]
    write_lines(folder / "stream.csv", lines)
    # str of a NumPy float32 is the shortest text that parses back to the same float
    write_lines(folder / "expected.csv", [TARGET] + [str(v) for v in outputs.numpy().ravel()])

    rmse = float(((outputs - demo_y) ** 2).mean().sqrt())
    naive = float(((model.output_mean - demo_y) ** 2).mean().sqrt())
    print(f"demo: held-out RMSE {rmse:.4f}, naive forecast (training mean) {naive:.4f}, "
          f"variance explained {1 - (rmse / naive) ** 2:.4f}")
    if rmse > 0.5 * naive:
        sys.exit("the demo model was not trained well")
    print("demo:", error_line(outputs, stream(copy.deepcopy(model).double(), demo_x.double())))


def write_lines(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


# ---------------------------------------------------------------- test fixtures

class Fixture:
    """Recurrent modules in turn, then linear modules in turn, each under its own name.

    A name of "" stands for a bare recurrent module, whose tensors have no prefix.
    """

    def __init__(self, recurrent, linear=(), **scales):
        self.recurrent = dict(recurrent)
        self.linear = dict(linear)
        self.scales = {name: torch.tensor(values) for name, values in scales.items()}

    def modules(self):
        return {**self.recurrent, **self.linear}

    def state_dict(self):
        return {f"{prefix}.{name}" if prefix else name: tensor
                for prefix, module in self.modules().items()
                for name, tensor in module.state_dict().items()}

    def double(self):
        other = copy.deepcopy(self)
        for module in other.modules().values():
            module.double()
        other.scales = {name: values.double() for name, values in self.scales.items()}
        return other

    @torch.no_grad()
    def run(self, x):
        """Run the rows x [T, I]; returns y [T, O] and the final states by tensor name."""
        states = {}
        layer = 0
        if "input_mean" in self.scales:
            x = (x - self.scales["input_mean"]) / self.scales["input_std"]
        for module in self.recurrent.values():
            x, final = module(x)
            h_n, c_n = final if isinstance(module, nn.LSTM) else (final, None)
            for k in range(module.num_layers):
                states[f"h_n.{layer}"] = h_n[k]
                if c_n is not None:
                    states[f"c_n.{layer}"] = c_n[k]
                layer += 1
        for module in self.linear.values():
            x = module(x)
        if "output_mean" in self.scales:
            x = x * self.scales["output_std"] + self.scales["output_mean"]
        return x, states


# Made on demand, so that each fixture's weights depend on its own seed only.
FIXTURES = {
    "tiny_1_1": lambda: Fixture({"lstm": nn.LSTM(1, 1)}),
    "odd_3_13": lambda: Fixture({"lstm": nn.LSTM(3, 13, 2)}, {"fc": nn.Linear(13, 2)}),
    "wide_5_100": lambda: Fixture({"lstm": nn.LSTM(5, 100)}, {"fc": nn.Linear(100, 3)}),
    "base_8_32": lambda: Fixture({"lstm": nn.LSTM(8, 32)}, {"fc": nn.Linear(32, 1)}),
    "mid_16_64x3": lambda: Fixture({"lstm": nn.LSTM(16, 64, 3)}, {"fc": nn.Linear(64, 4)}),
    "rnn_4_20": lambda: Fixture({"rnn": nn.RNN(4, 20, 2)}, {"fc": nn.Linear(20, 2)}),
    "chained_6": lambda: Fixture({"lstm": nn.LSTM(6, 24), "lstm2": nn.LSTM(24, 17, 3)},
                                 {"dense": nn.Linear(17, 5)}),
    "prefixed_4_16": lambda: Fixture({"model.encoder.lstm": nn.LSTM(4, 16)},
                                     {"model.head": nn.Linear(16, 1)}),
    "bare_7_21": lambda: Fixture({"": nn.LSTM(7, 21, 2)}),
    "nobias_3_9": lambda: Fixture({"lstm": nn.LSTM(3, 9, bias=False)}, {"fc": nn.Linear(9, 1)}),
    "two_linear_5_12": lambda: Fixture({"lstm": nn.LSTM(5, 12)},
                                       {"fc1": nn.Linear(12, 8), "fc2": nn.Linear(8, 2)}),
    "scaled_4_19": lambda: Fixture({"lstm": nn.LSTM(4, 19)}, {"fc": nn.Linear(19, 2)},
                                   input_mean=[1013.25, -40.0, 250.5, 12000.0],
                                   input_std=[8.5, 3.25, 60.0, 900.0],
                                   output_mean=[300.0, -0.02], output_std=[45.0, 0.005]),
}


# Whole sequences alone: what reads backwards cannot be streamed.
DIRECTIONS = {
    "both_3_5": lambda: Fixture({"lstm": nn.LSTM(3, 5, bidirectional=True)},
                                {"fc": nn.Linear(10, 2)}),
    "both_4_17x2_nobias": lambda: Fixture(
        {"lstm": nn.LSTM(4, 17, 2, bias=False, bidirectional=True)}),
    "both_rnn_3_6": lambda: Fixture({"rnn": nn.RNN(3, 6, bidirectional=True)}),
    "proj_4_9_3x2": lambda: Fixture({"lstm": nn.LSTM(4, 9, 2, proj_size=3)},
                                    {"fc": nn.Linear(3, 2)}),
    "both_proj_3_7_2x2": lambda: Fixture(
        {"lstm": nn.LSTM(3, 7, 2, proj_size=2, bidirectional=True)}),
    "chained_both_3": lambda: Fixture({"lstm": nn.LSTM(3, 4, bidirectional=True),
                                       "lstm2": nn.LSTM(8, 6)}, {"fc": nn.Linear(6, 1)}),
}


def make_fixture(folder, name, build, seed, with_states=True):
    torch.manual_seed(seed)
    fixture = build()
    with torch.no_grad():
        for module in fixture.modules().values():
            for parameter in module.parameters():
                parameter.mul_(WEIGHT_SCALE)
    inputs = next(iter(fixture.recurrent.values())).input_size
    x = torch.randn(GOLDEN_STEPS, inputs)
    if "input_mean" in fixture.scales:
        x = x * fixture.scales["input_std"] + fixture.scales["input_mean"]
    y, states = fixture.run(x)
    save_quadgate(fixture.state_dict(), folder / f"{name}.safetensors", **fixture.scales)
    write_safetensors(folder / f"{name}.golden.safetensors", 
                      {"x": x, "y": y, **(states if with_states else {})})
    print(f"{name}: {error_line(y, fixture.double().run(x.double())[0])}")


def main():
    if len(sys.argv) > 2 or any(argument.startswith("-") for argument in sys.argv[1:]):
        sys.exit(__doc__)
    root = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent.parent
    torch.set_num_threads(1)
    folder = root / "src/library/test/resources/fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, build) in enumerate(FIXTURES.items(), start=100):
        make_fixture(folder, name, build, seed)
    folder = root / "src/library/test/resources/directions"
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, build) in enumerate(DIRECTIONS.items(), start=200):
        make_fixture(folder, name, build, seed, with_states=False)
    make_demo(root / "src/cli/main/resources/org/quadgate/cli/demo")


if __name__ == "__main__":
    main()
