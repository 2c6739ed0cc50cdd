# SPDX-License-Identifier: Apache-2.0
"""The PyTorch models of the pt_* and dyn_* fixtures, their weights and their outputs."""
import copy

import numpy as np
import torch
from torch import nn

from onnx_graphs import fixture


class Sequence(nn.Module):
    """A recurrent layer, then a head on every timestep."""

    def __init__(self, rnn, head=None, state=False):
        super().__init__()
        self.rnn, self.head, self.state = rnn, head, state

    def forward(self, x):
        y, state = self.rnn(x)
        y = y if self.head is None else self.head(y)
        if not self.state:
            return y
        return (y, *state) if isinstance(state, tuple) else (y, state)


class Stepping(Sequence):
    """The state comes in and goes out."""

    def forward(self, x, h, c):
        y, (h_n, c_n) = self.rnn(x, (h, c))
        return (y if self.head is None else self.head(y)), h_n, c_n


class SteppingRnn(Sequence):
    def forward(self, x, h):
        y, h_n = self.rnn(x, h)
        return (y if self.head is None else self.head(y)), h_n


class LastStep(Sequence):
    """The head on the last timestep of a batch_first layer's output."""

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[:, -1])


class LastStepTime(Sequence):
    """The head on the last timestep of a time-major layer's output."""

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[-1])


class LastHidden(Sequence):
    """The head on the last layer's last hidden state."""

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.head(h[-1])


class BothHidden(Sequence):
    """The head on the last hidden states of both directions."""

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.head(torch.cat((h[-2], h[-1]), 1))


class FlatHead(Sequence):
    """The head on the rows of all timesteps as one matrix."""

    def forward(self, x):
        y, _ = self.rnn(x)
        n, t, h = y.size(0), y.size(1), y.size(2)
        return self.head(y.contiguous().view(-1, h)).view(n, t, -1)


class KeptAxis(Sequence):
    """The head on the last timestep, whose axis stays."""

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[:, -1:, :])


class ViewedHidden(Sequence):
    """The last layer of h_n by a view of layers and directions."""

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        n, rnn = x.size(0), self.rnn
        last = h.view(rnn.num_layers, 2, n, rnn.hidden_size)[-1]
        return self.head(last.transpose(0, 1).reshape(n, 2 * rnn.hidden_size))


class Unbatched(Sequence):
    """One sequence [T, I], without an axis for the batch."""

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y)


class OneTimestep(Sequence):
    """x [N, I] is a timestep; the state comes in and goes out."""

    def forward(self, x, h, c):
        y, (h_n, c_n) = self.rnn(x.unsqueeze(0), (h, c))
        return self.head(y.squeeze(0)), h_n, c_n


class Packed(Sequence):
    """Sequences of different lengths, packed and padded again."""

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
        y, _ = self.rnn(packed)
        y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
        return self.head(y)


class LearnedState(nn.Module):
    """The initial state is a parameter, the same for each sequence."""

    def __init__(self, rnn, head):
        super().__init__()
        self.rnn, self.head = rnn, head
        self.h0 = nn.Parameter(torch.zeros(rnn.num_layers, 1, rnn.hidden_size))
        self.c0 = nn.Parameter(torch.zeros(rnn.num_layers, 1, rnn.hidden_size))

    def forward(self, x):
        n = x.size(0) if self.rnn.batch_first else x.size(1)
        y, _ = self.rnn(x, (self.h0.expand(-1, n, -1).contiguous(),
                            self.c0.expand(-1, n, -1).contiguous()))
        return self.head(y)


class ZeroState(Sequence):
    """The initial state is spelled out as zeros."""

    def forward(self, x):
        zeros = torch.zeros(self.rnn.num_layers, x.size(0), self.rnn.hidden_size, dtype=x.dtype)
        y, _ = self.rnn(x, (zeros, zeros))
        return self.head(y)


class Standardised(Sequence):
    """Input and output are in the data's units: (x - mean) / std before, y * std + mean after."""

    def __init__(self, rnn, head, outputs):
        super().__init__(rnn, head)
        self.register_buffer("x_mean", torch.zeros(rnn.input_size))
        self.register_buffer("x_std", torch.ones(rnn.input_size))
        self.register_buffer("y_mean", torch.zeros(outputs))
        self.register_buffer("y_std", torch.ones(outputs))

    def forward(self, x):
        y, _ = self.rnn((x - self.x_mean) / self.x_std)
        return self.head(y) * self.y_std + self.y_mean


class StandardisedScalar(Sequence):
    """The same with numbers in place of tensors."""

    def forward(self, x):
        y, _ = self.rnn((x - 0.375) / 1.25)
        return self.head(y) * 2.5 + 0.75


class TwoLayers(nn.Module):
    """Two LSTMs of different sizes with dropout between, as two modules."""

    def __init__(self, first, second, head):
        super().__init__()
        self.first, self.second, self.head = first, second, head
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):
        y, _ = self.first(x)
        y, _ = self.second(self.dropout(y))
        return self.head(self.dropout(y))


class UnrolledCell(nn.Module):
    """An LSTMCell in a Python loop; tracing unrolls it."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.cell = nn.LSTMCell(inputs, hidden)

    def forward(self, x):
        n = x.size(1)
        h = torch.zeros(n, self.cell.hidden_size, dtype=x.dtype)
        c = torch.zeros(n, self.cell.hidden_size, dtype=x.dtype)
        rows = []
        for t in range(x.size(0)):
            h, c = self.cell(x[t], (h, c))
            rows.append(h)
        return torch.stack(rows)


class ScriptedLoop(nn.Module):
    """A time loop that torch.jit.script keeps, an ONNX Loop."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.linear = nn.Linear(inputs + hidden, hidden)
        self.hidden = hidden

    def forward(self, x):
        h = torch.zeros(x.size(1), self.hidden)
        for t in range(x.size(0)):
            h = torch.tanh(self.linear(torch.cat((x[t], h), 1)))
        return h


def fill(name, model):
    """Distinct random weights that depend on the fixture's name alone."""
    rng = fixture.generator(name)
    with torch.no_grad():
        for key, value in model.state_dict().items():
            low, high = (0.5, 1.5) if key.endswith("_std") else (-0.8, 0.8)
            value.copy_(torch.from_numpy(rng.uniform(low, high, tuple(value.shape))))
    return model.eval(), rng


def tensors(rng, *shapes):
    return [torch.from_numpy(rng.uniform(-1, 1, s).astype(np.float32)) for s in shapes]


def evaluate(model, names, outputs, given):
    """The model's own outputs in double precision."""
    wide = copy.deepcopy(model).double()
    with torch.no_grad():
        found = wide(*[g.double() if g.is_floating_point() else g for g in given])
    found = found if isinstance(found, tuple) else (found,)
    return ({n: g.numpy() for n, g in zip(names, given)},
            {n: y.numpy() for n, y in zip(outputs, found)})
