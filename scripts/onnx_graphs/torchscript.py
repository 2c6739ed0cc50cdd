# SPDX-License-Identifier: Apache-2.0
"""pt_*: graphs that PyTorch 1.13's torch.onnx.export writes (its TorchScript exporter).

Sequences are [T, N, I], or [N, T, I] where the model is batch_first. A graph without
dynamic axes has N = 1. PyTorch refuses to export proj_size ("LSTM with projection is not
supported"), which make() holds it to.
"""
import io
import warnings

import numpy as np
import torch
from torch import nn

from onnx_graphs.modules import (
    BothHidden, FlatHead, KeptAxis, LastHidden, LastStep, LastStepTime, LearnedState, OneTimestep,
    Packed, ScriptedLoop, Sequence, Standardised, StandardisedScalar, Stepping, SteppingRnn,
    TwoLayers, Unbatched, UnrolledCell, ViewedHidden, ZeroState, evaluate, fill, tensors)

warnings.filterwarnings("ignore")  # of LSTM with a batch above 1, of a mode of tracing


def export(model, given, opset, names, outputs, dynamic=None, **options):
    out = io.BytesIO()
    torch.onnx.export(model, tuple(given), out, opset_version=opset, input_names=names,
                      output_names=outputs, dynamic_axes=dynamic, **options)
    return out.getvalue()


def sequence(fixtures, name, model, opset, inputs, comment, batch_first=False, dynamic=None,
             outputs=("y",), steps=5, **options):
    """A graph of x alone. dynamic: the names of the axes of x and of each output.

    options are those of torch.onnx.export.
    """
    model, rng = fill(name, model)

    def shape(t, n):
        return (n, t, inputs) if batch_first else (t, n, inputs)

    given = tensors(rng, shape(steps, 1))
    runs = [("as exported", given)]
    data = export(model, given, opset, ["x"], list(outputs), dynamic, **options)
    if dynamic:
        runs.append(("longer, three sequences", tensors(rng, shape(steps + 1, 3))))
    cases = [(text, *evaluate(model, ["x"], outputs, g)) for text, g in runs]
    layout = "[N, T, I]" if batch_first else "[T, N, I]"
    fixtures.accept(name, data, cases, f"PyTorch 1.13, opset {opset}: {comment}; x {layout}")


def stepping(fixtures, name, model, opset, comment, batch_first=False, dynamic=None, steps=1,
             names=("x", "h", "c"), outputs=("y", "h_n", "c_n")):
    """A graph with the state in and out; each case goes on from the one before."""
    model, rng = fill(name, model)
    rnn = model.rnn
    state = (rnn.num_layers * (2 if rnn.bidirectional else 1), 1, rnn.hidden_size)
    x = (1, steps, rnn.input_size) if batch_first else (steps, 1, rnn.input_size)
    now = tensors(rng, *[state] * (len(names) - 1))
    data, cases = None, []
    for call in range(3):
        given = tensors(rng, x) + now
        if data is None:
            data = export(model, given, opset, list(names), list(outputs), dynamic)
        given, found = evaluate(model, names, outputs, given)
        cases.append((f"call {call + 1}, the state rounded to float32 from the call before"
                      if call else "call 1, from a random state", given, found))
        now = [torch.from_numpy(v.astype(np.float32)) for v in list(found.values())[1:]]
    layout = "[N, T, I]" if batch_first else "[T, N, I]"
    fixtures.accept(name, data, cases, f"PyTorch 1.13, opset {opset}: {comment}; x {layout}")


TIME_MAJOR = {"x": {0: "time", 1: "batch"}, "y": {0: "time", 1: "batch"}}
BATCH_FIRST = {"x": {0: "batch", 1: "time"}, "y": {0: "batch", 1: "time"}}
BATCH_LAST = {"x": {0: "batch", 1: "time"}, "y": {0: "batch"}}
TIME_LAST = {"x": {0: "time", 1: "batch"}, "y": {0: "batch"}}


def make(fixtures):
    lstm, linear = nn.LSTM, nn.Linear
    # the layer alone, over the opsets and the options of nn.LSTM
    for opset in (9, 11, 14, 17):
        sequence(fixtures, f"pt_lstm_op{opset}", Sequence(lstm(3, 4)), opset, 3, "one LSTM")
        sequence(fixtures, f"pt_lstm_dynamic_op{opset}", Sequence(lstm(3, 4)), opset, 3,
                 "one LSTM, dynamic axes", dynamic=TIME_MAJOR)
        sequence(fixtures, f"pt_lstm_batch_first_dynamic_op{opset}",
                 Sequence(lstm(3, 5, batch_first=True)), opset, 3,
                 "one LSTM, batch_first, dynamic axes", batch_first=True, dynamic=BATCH_FIRST)
        sequence(fixtures, f"pt_lstm2_linear_op{opset}",
                 Sequence(lstm(4, 3, 2, batch_first=True), linear(3, 2)), opset, 4,
                 "two LSTM layers, Linear on every step, dynamic axes", batch_first=True,
                 dynamic=BATCH_FIRST)
        stepping(fixtures, f"pt_step_op{opset}", Stepping(lstm(3, 4, 2), linear(4, 2)), opset,
                 "two LSTM layers with the state in and out, Linear, one step")
        sequence(fixtures, f"pt_last_linear_op{opset}",
                 LastStep(lstm(3, 5, batch_first=True), linear(5, 2)), opset, 3,
                 "the last step's output, Linear, dynamic axes", batch_first=True,
                 dynamic=BATCH_LAST)
        sequence(fixtures, f"pt_bi2_op{opset}", Sequence(lstm(3, 4, 2, bidirectional=True)),
                 opset, 3, "two bidirectional LSTM layers", steps=6)
    sequence(fixtures, "pt_lstm_batch_first", Sequence(lstm(3, 4, batch_first=True)), 14, 3,
             "one LSTM, batch_first", batch_first=True)
    sequence(fixtures, "pt_lstm2", Sequence(lstm(3, 4, 2)), 14, 3, "two LSTM layers")
    sequence(fixtures, "pt_lstm3_state", Sequence(lstm(3, 4, 3), state=True), 14, 3,
             "three LSTM layers; the last states of all are outputs", outputs=("y", "h_n", "c_n"))
    sequence(fixtures, "pt_lstm3_dynamic", Sequence(lstm(3, 4, 3)), 14, 3,
             "three LSTM layers, dynamic axes", dynamic=TIME_MAJOR)
    for opset in (9, 17):
        sequence(fixtures, f"pt_lstm_no_bias_op{opset}", Sequence(lstm(3, 4, bias=False)), opset,
                 3, "one LSTM, bias=False")
    sequence(fixtures, "pt_lstm2_no_bias_linear_no_bias",
             Sequence(lstm(3, 4, 2, bias=False), linear(4, 2, bias=False)), 14, 3,
             "two LSTM layers and a Linear, all bias=False")
    sequence(fixtures, "pt_bi", Sequence(lstm(3, 4, bidirectional=True)), 14, 3,
             "one bidirectional LSTM")
    sequence(fixtures, "pt_bi_state", Sequence(lstm(3, 4, bidirectional=True), state=True), 14, 3,
             "one bidirectional LSTM and its last states", outputs=("y", "h_n", "c_n"))
    sequence(fixtures, "pt_bi_no_bias", Sequence(lstm(3, 4, bidirectional=True, bias=False)), 11,
             3, "one bidirectional LSTM, bias=False")
    sequence(fixtures, "pt_bi_linear_batch_first_dynamic",
             Sequence(lstm(3, 4, bidirectional=True, batch_first=True), linear(8, 2)), 17, 3,
             "one bidirectional LSTM, Linear, batch_first, dynamic axes", batch_first=True,
             dynamic=BATCH_FIRST)
    sequence(fixtures, "pt_lstm20", Sequence(lstm(2, 2, 20), linear(2, 1)), 14, 2,
             "twenty LSTM layers, Linear")
    # the state in and out
    stepping(fixtures, "pt_step_layer1", Stepping(lstm(3, 5)), 17,
             "one LSTM with the state in and out, one step")
    stepping(fixtures, "pt_step_layer3_batch_first",
             Stepping(lstm(3, 4, 3, batch_first=True), linear(4, 2)), 14,
             "three LSTM layers with the state in and out, Linear, one step", batch_first=True)
    stepping(fixtures, "pt_step_dynamic", Stepping(lstm(3, 4, 2), linear(4, 2)), 17,
             "two LSTM layers with the state in and out, Linear, dynamic axes, five steps a call",
             dynamic={**TIME_MAJOR, **{n: {1: "batch"} for n in ("h", "c", "h_n", "c_n")}},
             steps=5)
    stepping(fixtures, "pt_bi_state_given", Stepping(lstm(3, 4, bidirectional=True)), 14,
             "one bidirectional LSTM with the state in and out, five steps a call", steps=5)
    stepping(fixtures, "pt_rnn_step", SteppingRnn(nn.RNN(3, 4, 2)), 14,
             "two tanh RNN layers with the state in and out, one step", names=("x", "h"),
             outputs=("y", "h_n"))
    # heads
    sequence(fixtures, "pt_last_linear_fixed", LastStep(lstm(3, 5, batch_first=True), linear(5, 2)),
             14, 3, "the last step's output, Linear", batch_first=True)
    sequence(fixtures, "pt_last_linear_time_major", LastStepTime(lstm(3, 5), linear(5, 2)), 14, 3,
             "the last step's output, Linear, dynamic axes", dynamic=TIME_LAST)
    for opset in (9, 14):
        sequence(fixtures, f"pt_hidden_linear_op{opset}",
                 LastHidden(lstm(3, 4, 2, batch_first=True), linear(4, 2)), opset, 3,
                 "the last layer's h_n, Linear, dynamic axes", batch_first=True,
                 dynamic=BATCH_LAST)
        sequence(fixtures, f"pt_bi_hidden_cat_linear_op{opset}",
                 BothHidden(lstm(3, 4, 2, bidirectional=True, batch_first=True), linear(8, 2)),
                 opset, 3, "the h_n of both directions of the last layer, Linear, dynamic axes",
                 batch_first=True, dynamic=BATCH_LAST)
    sequence(fixtures, "pt_two_linears_relu",
             Sequence(lstm(3, 4, batch_first=True),
                      nn.Sequential(linear(4, 6), nn.ReLU(), linear(6, 2))), 14, 3,
             "Linear, ReLU, Linear on every step", batch_first=True, dynamic=BATCH_FIRST)
    sequence(fixtures, "pt_last_two_linears_relu",
             LastStep(lstm(3, 4, batch_first=True),
                      nn.Sequential(linear(4, 6), nn.ReLU(), linear(6, 2))), 11, 3,
             "the last step's output, Linear, ReLU, Linear", batch_first=True, dynamic=BATCH_LAST)
    sequence(fixtures, "pt_linear_sigmoid",
             Sequence(lstm(3, 4), nn.Sequential(linear(4, 2), nn.Sigmoid())), 14, 3,
             "Linear, Sigmoid on every step")
    sequence(fixtures, "pt_dropout",
             Sequence(lstm(3, 4, 2, dropout=0.2),
                      nn.Sequential(nn.Dropout(0.5), linear(4, 2))), 14, 3,
             "two LSTM layers with dropout, Dropout, Linear, in eval mode")
    # other layers and states
    for kind in ("tanh", "relu"):
        sequence(fixtures, f"pt_rnn_{kind}", Sequence(nn.RNN(3, 4, nonlinearity=kind)), 14, 3,
                 f"one {kind} RNN")
        sequence(fixtures, f"pt_rnn2_{kind}_linear",
                 Sequence(nn.RNN(3, 4, 2, nonlinearity=kind, batch_first=True), linear(4, 2)), 9,
                 3, f"two {kind} RNN layers, Linear, dynamic axes", batch_first=True,
                 dynamic=BATCH_FIRST)
    sequence(fixtures, "pt_rnn_bi", Sequence(nn.RNN(3, 4, bidirectional=True)), 14, 3,
             "one bidirectional tanh RNN")
    sequence(fixtures, "pt_two_lstms", TwoLayers(lstm(3, 6), lstm(6, 4), linear(4, 2)), 14, 3,
             "an LSTM of 6, an LSTM of 4, Linear, with Dropout between, dynamic axes",
             dynamic=TIME_MAJOR)
    for opset in (9, 14):
        sequence(fixtures, f"pt_learned_state_op{opset}",
                 LearnedState(lstm(3, 4, 2, batch_first=True), linear(4, 2)), opset, 3,
                 "a learned initial state expanded to the batch, dynamic axes", batch_first=True,
                 dynamic=BATCH_FIRST)
    sequence(fixtures, "pt_learned_state_fixed", LearnedState(lstm(3, 4, 2), linear(4, 2)), 14, 3,
             "a learned initial state, expanded to a batch of one")
    sequence(fixtures, "pt_zero_state", ZeroState(lstm(3, 4, 2, batch_first=True), linear(4, 2)),
             14, 3, "initial states of zeros spelled out, dynamic axes", batch_first=True,
             dynamic=BATCH_FIRST)
    sequence(fixtures, "pt_standardised", Standardised(lstm(3, 4), linear(4, 2), 2), 14, 3,
             "(x - mean) / std, LSTM, Linear, y * std + mean, dynamic axes", dynamic=TIME_MAJOR)
    sequence(fixtures, "pt_standardised_scalar", StandardisedScalar(lstm(3, 4), linear(4, 2)), 14,
             3, "the same with one number for all channels", dynamic=TIME_MAJOR)
    shapes(fixtures)
    options(fixtures)
    refused(fixtures)


def shapes(fixtures):
    """What models do to the shapes between the layers and the head, and to the batch."""
    lstm, linear = nn.LSTM, nn.Linear
    sequence(fixtures, "pt_flat_head", FlatHead(lstm(3, 4, batch_first=True), linear(4, 2)), 14, 3,
             "view(-1, H), Linear, view(N, T, -1), dynamic axes", batch_first=True,
             dynamic=BATCH_FIRST)
    sequence(fixtures, "pt_flat_head_fixed", FlatHead(lstm(3, 4, batch_first=True), linear(4, 2)),
             11, 3, "view(-1, H), Linear, view(N, T, -1)", batch_first=True)
    sequence(fixtures, "pt_last_kept_axis", KeptAxis(lstm(3, 4, batch_first=True), linear(4, 2)),
             14, 3, "y[:, -1:, :], Linear: y is [N, 1, O]; dynamic axes", batch_first=True,
             dynamic=BATCH_LAST)
    sequence(fixtures, "pt_bi_hidden_view",
             ViewedHidden(lstm(3, 4, 2, bidirectional=True, batch_first=True), linear(8, 2)), 14, 3,
             "h_n.view(L, 2, N, H)[-1], Linear, dynamic axes", batch_first=True,
             dynamic=BATCH_LAST)

    def special(name, model, opset, comment, runs, names, outputs, dynamic):
        data = export(model, runs[0], opset, names, outputs, dynamic)
        cases = [(f"run {i + 1}", *evaluate(model, names, outputs, given))
                 for i, given in enumerate(runs)]
        fixtures.accept(name, data, cases, f"PyTorch 1.13, opset {opset}: {comment}")

    name = "pt_unbatched"
    model, rng = fill(name, Unbatched(lstm(3, 4, 2), linear(4, 2)))
    special(name, model, 14, "one sequence without an axis for the batch; x [T, I], y [T, O]",
            [tensors(rng, (t, 3)) for t in (5, 6)], ["x"], ["y"],
            {"x": {0: "time"}, "y": {0: "time"}})
    name = "pt_step_one_timestep"
    model, rng = fill(name, OneTimestep(lstm(3, 4, 2), linear(4, 2)))
    special(name, model, 14, "one timestep x [N, I] with the state in and out; y [N, O]",
            [tensors(rng, (1, 3), (2, 1, 4), (2, 1, 4)) for _ in range(2)], ["x", "h", "c"],
            ["y", "h_n", "c_n"], None)
    name = "pt_packed"
    model, rng = fill(name, Packed(lstm(3, 4, batch_first=True), linear(4, 2)))
    special(name, model, 14, "pack_padded_sequence: int64 lengths are an input; x [N, T, I]",
            [tensors(rng, (n, 5, 3)) + [torch.tensor(lengths)]
             for n, lengths in ((3, [5, 3, 2]), (3, [5, 5, 1]))], ["x", "lengths"], ["y"],
            None)  # tracing fixes the batch, as the size of the zero state


def options(fixtures):
    """torch.onnx.export's options that change the file."""
    lstm, linear = nn.LSTM, nn.Linear
    for opset in (9, 14):
        sequence(fixtures, f"pt_unfolded_op{opset}",
                 Sequence(lstm(3, 4, 2, batch_first=True), linear(4, 2)), opset, 3,
                 "do_constant_folding=False: the weights' gates are reordered in the graph",
                 batch_first=True, dynamic=BATCH_FIRST, do_constant_folding=False)
        sequence(fixtures, f"pt_bi_unfolded_op{opset}",
                 Sequence(lstm(3, 4, bidirectional=True), linear(8, 2)), opset, 3,
                 "do_constant_folding=False, bidirectional", do_constant_folding=False)
    sequence(fixtures, "pt_initializers_as_inputs", Sequence(lstm(3, 4, 2), linear(4, 2)), 14, 3,
             "keep_initializers_as_inputs=True", keep_initializers_as_inputs=True)
    sequence(fixtures, "pt_rnn_unfolded", Sequence(nn.RNN(3, 4, 2)), 14, 3,
             "two tanh RNN layers, do_constant_folding=False", do_constant_folding=False)


def refused(fixtures):
    def refuse(name, model, reasons, dynamic=None, scripted=False, opset=14, **options):
        model, rng = fill(name, model)
        model = torch.jit.script(model) if scripted else model
        data = export(model, tensors(rng, (3, 1, 3)), opset, ["x"], ["y"], dynamic, **options)
        fixtures.refuse(name, data, reasons)

    refuse("pt_without_parameters", Sequence(nn.LSTM(3, 4)), ["/rnn/LSTM"], export_params=False)
    refuse("pt_layer_norm", Sequence(nn.LSTM(3, 4), nn.LayerNorm(4)),
           ["/head/LayerNormalization", "LayerNormalization"], opset=17)
    refuse("pt_modules_as_functions", Sequence(nn.LSTM(3, 4), nn.Linear(4, 2)), ["field 25"],
           opset=15, export_modules_as_functions={nn.Linear})

    refuse("pt_lstm_cell_unrolled", UnrolledCell(3, 4), ["/cell/Gemm", "Gemm"])
    refuse("pt_gru", Sequence(nn.GRU(3, 4)), ["/rnn/GRU", "GRU"], dynamic=TIME_MAJOR)
    refuse("pt_scripted_loop", ScriptedLoop(3, 4), ["/Loop", "Loop"], scripted=True)
    try:
        export(Sequence(nn.LSTM(3, 4, proj_size=2)), [torch.zeros(5, 1, 3)], 14, ["x"], ["y"])
    except torch.onnx.errors.OnnxExporterError as e:
        assert "projection" in str(e), e
    else:
        raise AssertionError("PyTorch exports proj_size now: make a fixture of it")
