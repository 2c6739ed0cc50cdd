#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the graphs of src/library/test/resources/onnx-graphs, test fixtures for ONNX files.

    /usr/bin/python3 scripts/make_onnx_graphs.py [ROOT]

Needs PyTorch 1.13, onnx 1.12 and NumPy (Debian 12's python3-torch and python3-onnx). The
same packages write the same bytes each time. ROOT is src/library/test/resources/onnx-graphs; the
files of an earlier run in it are deleted first.

The families, a module of scripts/onnx_graphs each; the first part of a file's name says
which one it is of:

* pt_*      graphs that torch.onnx.export of PyTorch 1.13 wrote (torchscript.py).
* dyn_*     the graphs of PyTorch's newer exporter, torch.onnx.export(dynamo=True), built
            by hand (dynamo.py).
* tf_*      the graphs of tf2onnx for Keras models, and k2o_* those of keras2onnx, built by
            hand (tensorflow.py).
* form_*    other ways to write the same graph: Constant nodes, weights as float16 or
            double, raw or typed data, old opsets, optional LSTM inputs (forms.py).
* refused/  graphs that an importer has to refuse (refused.py, and torchscript.py for the
            ones that PyTorch itself writes).

NAME.onnx is the graph. NAME.golden.txt says what it computes, a line each:

    # COMMENT
    case TEXT                       begins a run of the graph; a file has one or more
    input NAME SHAPE VALUE...       row-major; SHAPE is 5x1x3, or "scalar"
    output NAME SHAPE VALUE...

Every graph input and output has its line in every case, in the graph's order. The graph's
inputs are float32, or integers for lengths, and their values here are exact. The outputs are in double precision, of
the weights as the file stores them: by PyTorch itself for pt_*, otherwise by the LSTM of
reference.py, written from the frameworks' equations and not from ONNX's. Each graph is also
run by interpreter.py, a plain evaluation of ONNX's operators, and has to agree with them.

refused/NAME.onnx has a NAME.reason.txt: a line for each text that the importer's message
has to contain, such as the name of the node and its op.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from onnx_graphs import dynamo, fixture, forms, refused, tensorflow, torchscript  # noqa: E402

FAMILIES = [torchscript, dynamo, tensorflow, forms, refused]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "src/library/test/resources/onnx-graphs")
    fixtures = fixture.Fixtures(root)
    for family in FAMILIES:
        family.make(fixtures)
    fixtures.report()


main()
