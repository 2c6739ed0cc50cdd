# SPDX-License-Identifier: Apache-2.0
"""A graph built node by node, with the differences between opsets in one place."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """names: maps (op, number) to a node's name, as the exporter names its nodes.

    constants says what shapes, axes and the like become: "initializer" or "node".
    """

    def __init__(self, opset, producer, version, ir_version=8, constants="initializer",
                 names=lambda op, number: f"{op}_{number}"):
        self.opset, self.ir_version, self.constants = opset, ir_version, constants
        self.producer, self.version, self.names = producer, version, names
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.known = {}

    def input(self, name, *shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, *shape):
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def tensor(self, name, array):
        """An initializer."""
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def constant(self, array, name=None):
        """A shape, axis or number, an initializer or the output of a Constant node."""
        array = np.asarray(array)
        key = (array.dtype.str, array.shape, array.tobytes())
        if self.constants == "initializer" and key in self.known:
            return self.known[key]
        name = name or f"const_{len(self.initializers) + len(self.nodes)}"
        if self.constants == "initializer":
            self.known[key] = self.tensor(name, array)
        else:
            self.node("Constant", [], [name], value=numpy_helper.from_array(array))
        return name

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def node(self, op, inputs, outputs=1, name=None, **attributes):
        """Append a node; outputs: their names, or how many to name. Returns the name or names."""
        number = len(self.nodes)
        if isinstance(outputs, int):
            outputs = [f"{op.lower()}_{number}_{i}" for i in range(outputs)]
        attributes = {k: v for k, v in attributes.items() if v is not None}
        self.nodes.append(helper.make_node(op, inputs, outputs, name or self.names(op, number),
                                           **attributes))
        return outputs[0] if len(outputs) == 1 else outputs

    def rename(self, old, new):
        """Give a value the name of a graph output."""
        for node in self.nodes:
            for field in (node.input, node.output):
                for i, value in enumerate(field):
                    if value == old:
                        field[i] = new

    def prune(self):
        """Drop what no output needs, as the exporters' optimisers do."""
        needed, nodes = {v.name for v in self.outputs}, []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                nodes.insert(0, node)
        self.nodes = nodes
        self.initializers = [t for t in self.initializers if t.name in needed]

    def squeeze(self, x, axis, outputs=1):
        if self.opset < 13:
            return self.node("Squeeze", [x], outputs, axes=[axis])
        return self.node("Squeeze", [x, self.ints(axis)], outputs)

    def unsqueeze(self, x, axis):
        if self.opset < 13:
            return self.node("Unsqueeze", [x], axes=[axis])
        return self.node("Unsqueeze", [x, self.ints(axis)])

    def slice(self, x, start, end, axis, step=None):
        if self.opset < 10:
            assert step is None
            return self.node("Slice", [x], starts=[start], ends=[end], axes=[axis])
        inputs = [x, self.ints(start), self.ints(end), self.ints(axis)]
        return self.node("Slice", inputs + ([] if step is None else [self.ints(step)]))

    def transpose(self, x, *perm):
        return self.node("Transpose", [x], perm=list(perm))

    def model(self):
        graph = helper.make_graph(self.nodes, "graph", self.inputs, self.outputs,
                                  self.initializers)
        model = helper.make_model(graph, producer_name=self.producer,
                                  producer_version=self.version,
                                  opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = self.ir_version
        return model
