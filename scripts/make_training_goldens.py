#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the goldens of training with PyTorch's autograd and optimizers.

    python3 scripts/make_training_goldens.py [ROOT]

ROOT is the root of the repository (default: the parent of this script's folder).
Needs PyTorch and NumPy, and the models that make_fixtures.py wrote. Two runs on one
machine with one PyTorch version write the same bytes.

In src/library/test/resources/fixtures/training, for each of some models of ../:
  NAME.gradient.safetensors  dL/dparameter, under the names of the parameters, as if it
                             were a model; PyTorch's two biases have one gradient, so
                             bias_hh is 0 here
  NAME.data.safetensors      x [T, B, I], target [T, B, targets], weight [T, B] (0 for a
                             row that is not scored), loss [1], and the gradients of
                             the initial states, h0.K and c0.K of layer K
and
  curve.data.safetensors     x [N, T, B, I] and target [N, T, B, O] of N minibatches, taken
                             in turn for 200 steps, and the loss of each step with each
                             optimizer: sgd [200], adam [200]
The curve starts from the model base_8_32 with its two biases added up into one, since
PyTorch would move both.
"""
import json
import os
import struct
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = True  # leave no cache beside the scripts

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from export_pytorch import save_quadgate, write_safetensors

# model: (recurrent modules, linear modules, loss)
CASES = {
    "odd_3_13": ({"lstm": nn.LSTM(3, 13, 2)}, {"fc": nn.Linear(13, 2)}, "mse"),
    "base_8_32": ({"lstm": nn.LSTM(8, 32)}, {"fc": nn.Linear(32, 1)}, "binary"),
    "chained_6": ({"lstm": nn.LSTM(6, 24), "lstm2": nn.LSTM(24, 17, 3)},
                  {"dense": nn.Linear(17, 5)}, "softmax"),
    "rnn_4_20": ({"rnn": nn.RNN(4, 20, 2)}, {"fc": nn.Linear(20, 2)}, "huber"),
    "two_linear_5_12": ({"lstm": nn.LSTM(5, 12)},
                        {"fc1": nn.Linear(12, 8), "fc2": nn.Linear(8, 2)}, "mae"),
    "bare_7_21": ({"": nn.LSTM(7, 21, 2)}, {}, "mse"),
}
STEPS, SEQUENCES = 12, 5
LENGTHS = [12, 1, 7, 12, 4]
CURVE_BATCHES, CURVE_STEPS, CURVE_SEQUENCES, CURVE_UPDATES = 4, 20, 8, 200


def read_safetensors(path):
    data = path.read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, last = (8 + size + offset for offset in entry["data_offsets"])
            values = np.frombuffer(data[first:last], dtype="<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def load(folder, name, modules):
    tensors = read_safetensors(folder / f"{name}.safetensors")
    for prefix, module in modules.items():
        start = f"{prefix}." if prefix else ""
        module.load_state_dict({key: tensors[start + key] for key in module.state_dict()})


def run(recurrent, linear, x, states):
    """Outputs [T, B, O] for x [T, B, I], starting from states, a list of h0 and c0 per layer."""
    layer = 0
    for module in recurrent.values():
        own = states[layer:layer + module.num_layers]
        layer += module.num_layers
        h = torch.stack([s[0].expand(x.shape[1], -1) for s in own])
        if isinstance(module, nn.LSTM):
            x, _ = module(x, (h, torch.stack([s[1].expand(x.shape[1], -1) for s in own])))
        else:
            x, _ = module(x, h)
    for module in linear.values():
        x = module(x)
    return x


def row_losses(kind, y, target):
    """The loss of each row, [T, B]; the mean over a row's outputs."""
    if kind == "mse":
        return ((y - target) ** 2).mean(2)
    if kind == "mae":
        return (y - target).abs().mean(2)
    if kind == "huber":
        return functional.huber_loss(y, target, reduction="none", delta=0.7).mean(2)
    if kind == "binary":
        return functional.binary_cross_entropy_with_logits(y, target, reduction="none").mean(2)
    return functional.cross_entropy(y.permute(0, 2, 1), target[:, :, 0].long(), reduction="none")


def make_gradients(folder, name, seed):
    recurrent, linear, kind = CASES[name]
    modules = {**recurrent, **linear}
    load(folder, name, modules)
    torch.manual_seed(seed)
    first = next(iter(recurrent.values()))
    x = torch.randn(STEPS, SEQUENCES, first.input_size)
    weight = torch.ones(STEPS, SEQUENCES)
    for b, length in enumerate(LENGTHS):
        x[length:, b] = 0
        weight[length:, b] = 0
    weight[3, 0] = 0.5
    weight[5, 3] = 0
    states = [[torch.zeros(m.hidden_size, requires_grad=True) for _ in range(2)]
              for m in recurrent.values() for _ in range(m.num_layers)]
    y = run(recurrent, linear, x, states)
    if kind == "binary":
        target = torch.randint(0, 2, y.shape).float()
    elif kind == "softmax":
        target = torch.randint(0, y.shape[2], (STEPS, SEQUENCES, 1)).float()
    else:
        target = torch.randn(y.shape)
    loss = (row_losses(kind, y, target) * weight).sum() / weight.sum()
    loss.backward()
    gradient = {}
    for prefix, module in modules.items():
        for key, parameter in module.named_parameters():
            twin = key.startswith("bias_hh")
            gradient[f"{prefix}.{key}" if prefix else key] = (
                torch.zeros_like(parameter) if twin else parameter.grad)
    data = {"x": x, "target": target, "weight": weight, "loss": loss.reshape(1)}
    for k, (h, c) in enumerate(states):
        data[f"h0.{k}"] = h.grad
        if c.grad is not None:
            data[f"c0.{k}"] = c.grad
    save_quadgate(gradient, folder / "training" / f"{name}.gradient.safetensors")
    write_safetensors(folder / "training" / f"{name}.data.safetensors", data)
    print(f"{name}: {kind} {float(loss.detach()):.6f}")


def make_curve(folder):
    torch.manual_seed(500)
    x = torch.randn(CURVE_BATCHES, CURVE_STEPS, CURVE_SEQUENCES, 8)
    # something to be learned: an echo of the input two rows before, and a slow sum
    target = 0.5 * x[..., :1].roll(2, 1) + 0.3 * torch.tanh(x[..., 1:2].cumsum(1))
    data = {"x": x, "target": target}
    for kind in ("sgd", "adam"):
        lstm, fc = nn.LSTM(8, 32), nn.Linear(32, 1)
        load(folder, "base_8_32", {"lstm": lstm, "fc": fc})
        with torch.no_grad():
            lstm.bias_ih_l0 += lstm.bias_hh_l0
            lstm.bias_hh_l0.zero_()
        lstm.bias_hh_l0.requires_grad_(False)
        parameters = [p for m in (lstm, fc) for p in m.parameters() if p.requires_grad]
        optimizer = (torch.optim.SGD(parameters, lr=0.05) if kind == "sgd"
                     else torch.optim.Adam(parameters, lr=1e-3))
        losses = []
        for step in range(CURVE_UPDATES):
            n = step % CURVE_BATCHES
            optimizer.zero_grad()
            loss = ((fc(lstm(x[n])[0]) - target[n]) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        data[kind] = torch.stack(losses)
        print(f"curve {kind}: {float(losses[0]):.6f} to {float(losses[-1]):.6f}")
    write_safetensors(folder / "training" / "curve.data.safetensors", data)


def main():
    if len(sys.argv) > 2 or any(argument.startswith("-") for argument in sys.argv[1:]):
        sys.exit(__doc__)
    root = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent.parent
    torch.set_num_threads(1)
    folder = root / "src/library/test/resources/fixtures"
    (folder / "training").mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(CASES, start=400):
        make_gradients(folder, name, seed)
    make_curve(folder)


if __name__ == "__main__":
    main()
