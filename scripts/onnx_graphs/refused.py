# SPDX-License-Identifier: Apache-2.0
"""refused/: graphs that an importer has to refuse, and what its message has to name.

Each is a sound LSTM and Linear (NAME of the nodes: lstm, squeeze, matmul, add) with one
thing that can't be read, so that a reader that ignores it gives a wrong answer in silence.
The checker of onnx refuses some of them too, which make() then expects of it.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onnx_graphs import fixture, reference
from onnx_graphs.builder import Graph
from onnx_graphs.reference import Cell, Dense

INPUTS, HIDDEN, OUTPUTS = 3, 4, 2


class Sound:
    """The graph before it is spoilt; x [T, N, I], y [T, N, O]."""

    def __init__(self, name, opset=14, inputs=INPUTS):
        rng = fixture.generator(name)
        cell = Cell(rng, inputs, HIDDEN).with_second_bias(rng)
        w, r, b, _ = reference.packed([cell])
        dense = Dense(rng, HIDDEN, OUTPUTS)
        g = self.g = Graph(opset, "quadgate", "1")
        g.input("x", "time", "batch", inputs)
        given = ["x", g.tensor("tensor_W", w), g.tensor("tensor_R", r), g.tensor("tensor_B", b)]
        g.node("LSTM", given, ["y_all", "y_h", "y_c"], "lstm", hidden_size=HIDDEN)
        if opset < 13:
            g.node("Squeeze", ["y_all"], ["sequence"], "squeeze", axes=[1])
        else:
            g.node("Squeeze", ["y_all", g.ints(1)], ["sequence"], "squeeze")
        g.node("MatMul", ["sequence", g.tensor("kernel", dense.w)], ["product"], "matmul")
        g.node("Add", ["product", g.tensor("bias", dense.b)], ["y"], "add")
        g.output("y", "time", "batch", OUTPUTS)

    def weight(self, name):
        return next(t for t in self.g.initializers if t.name == name)

    def replace(self, name, array):
        self.weight(name).CopyFrom(numpy_helper.from_array(array, name))


def checked(model):
    try:
        onnx.checker.check_model(model, full_check=True)
        return True
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError):
        return False


def make(fixtures):
    def refuse(name, spoil, *reasons, valid=True, **options):
        """spoil(sound) changes it, and may return a ModelProto to write in place of its own."""
        sound = Sound(name, **options)
        model = spoil(sound) or sound.g.model()
        assert checked(model) == valid, f"{name}: onnx's checker says {not valid}"
        fixtures.refuse(name, model, reasons, check=False)

    tensors(refuse)
    attributes(refuse)
    nodes(refuse)
    models(refuse)


def tensors(refuse):
    def external(s):
        t = s.weight("tensor_R")
        size = len(t.raw_data)
        t.ClearField("raw_data")
        t.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", str(size))):
            entry = t.external_data.add()
            entry.key, entry.value = key, value

    refuse("external_data", external, "tensor_R", valid=False)

    def climbing(s):
        external(s)
        s.weight("tensor_R").external_data[0].value = "../outside.bin"

    refuse("external_data_climbing", climbing, "tensor_R", valid=False)
    refuse("unused_initializer", lambda s: s.g.tensor("left_over", np.ones(3, np.float32)) and None,
           "left_over")
    refuse("unused_constant", lambda s: s.g.node(
        "Constant", [], ["left_over"], "left_over_node",
        value=numpy_helper.from_array(np.ones(3, np.float32))) and None, "left_over")

    def sparse(s):
        values = helper.make_tensor("kernel", TensorProto.FLOAT, [2], [0.5, 0.25])
        places = helper.make_tensor("kernel_places", TensorProto.INT64, [2], [1, 6])
        s.g.initializers.remove(s.weight("kernel"))
        model = s.g.model()
        model.graph.sparse_initializer.append(
            helper.make_sparse_tensor(values, places, [HIDDEN, OUTPUTS]))
        return model

    refuse("sparse_initializer", sparse, "field 15", valid=False)
    refuse("weight_of_wrong_shape",
           lambda s: s.replace("tensor_R", np.zeros((1, 4 * HIDDEN, HIDDEN + 1), np.float32)),
           "lstm", "[1, 16, 5]")
    refuse("bias_of_wrong_shape",
           lambda s: s.replace("tensor_B", np.zeros((1, 4 * HIDDEN), np.float32)),
           "lstm", "[1, 16]")
    refuse("kernel_of_wrong_shape",
           lambda s: s.replace("kernel", np.zeros((HIDDEN + 1, OUTPUTS), np.float32)), "matmul",
           valid=False)
    refuse("weight_of_integers",
           lambda s: s.replace("tensor_R", np.ones((1, 4 * HIDDEN, HIDDEN), np.int64)),
           "lstm", "R", valid=False)

    def short(s):
        s.weight("tensor_W").raw_data = s.weight("tensor_W").raw_data[:-4]

    refuse("short_data", short, "tensor_W")

    def huge(s):
        s.weight("tensor_W").dims[1] = 1 << 40

    refuse("huge_dimension", huge, "tensor_W")

    def twice(s):
        s.g.initializers.append(numpy_helper.from_array(
            np.ones((1, 4 * HIDDEN, HIDDEN), np.float32), "tensor_R"))

    refuse("two_initializers_of_a_name", twice, "tensor_R", valid=False)

    def given(s):
        s.g.initializers.remove(s.weight("tensor_R"))
        s.g.input("tensor_R", 1, 4 * HIDDEN, HIDDEN)

    refuse("weight_as_graph_input", given, "tensor_R")


def attributes(refuse):
    def attribute(name, value):
        def spoil(s):
            s.g.nodes[0].attribute.append(helper.make_attribute(name, value))
        return spoil

    refuse("unknown_attribute", attribute("zoneout", 0.1), "lstm", "zoneout", valid=False)
    refuse("unknown_attribute_of_add",
           lambda s: s.g.nodes[-1].attribute.append(helper.make_attribute("broadcast", 1)),
           "add", "broadcast", valid=False)
    refuse("hidden_size_disagrees", lambda s: setattr(s.g.nodes[0].attribute[0], "i", HIDDEN + 1),
           "lstm", "hidden_size", valid=False)
    refuse("unknown_activation", attribute("activations", ["Sigmoid", "Swish", "Tanh"]), "lstm",
           "Swish")
    refuse("too_few_activations", attribute("activations", ["Sigmoid", "Tanh"]), "lstm",
           "activations")
    refuse("unknown_direction", attribute("direction", "sideways"), "lstm", "sideways")
    refuse("bidirectional_of_one", attribute("direction", "bidirectional"), "lstm", valid=False)
    refuse("layout_before_opset_14", attribute("layout", 1), "lstm", "layout", valid=False,
           opset=12)
    refuse("attribute_of_wrong_type", attribute("clip", "much"), "lstm", "clip", valid=False)

    def functional(s):
        found = s.g.nodes[0].attribute.add()
        found.name, found.type, found.ref_attr_name = "clip", onnx.AttributeProto.FLOAT, "outer"

    refuse("attribute_reference", functional, "lstm", "clip")


def nodes(refuse):
    def branch(s):
        """A second output through an operator that no exporter of these models writes."""
        s.g.node("CumSum", ["sequence", s.g.constant(np.int64(0))], ["z"], "odd_node")
        s.g.output("z", "time", "batch", HIDDEN)

    refuse("extra_branch", branch, "odd_node", "CumSum")

    def dead(s):
        s.g.node("CumSum", ["sequence", s.g.constant(np.int64(0))], ["z"], "odd_node")

    refuse("dead_branch", dead, "odd_node", "CumSum")

    def between(op, name, second=None, **given):
        """An operator between the LSTM and the head."""
        def spoil(s):
            inputs = ["sequence"] + ([] if second is None else [second(s.g)])
            node = helper.make_node(op, inputs, ["changed"], name, **given)
            s.g.nodes.insert(2, node)
            s.g.nodes[3].input[0] = "changed"
        return spoil

    refuse("residual", between("Add", "odd_node", lambda g: "x"), "odd_node", "Add",
           inputs=HIDDEN)
    refuse("gated", between("Mul", "odd_node", lambda g: "sequence"), "odd_node", "Mul")
    refuse("reduce_mean", between("ReduceMean", "odd_node", axes=[0], keepdims=1), "odd_node",
           "ReduceMean")
    refuse("time_reversed",
           lambda s: between("Slice", "odd_node")(s) or s.g.nodes[2].input.extend(
               [s.g.ints(-1), s.g.ints(np.iinfo(np.int64).min), s.g.ints(0), s.g.ints(-1)]),
           "odd_node", "Slice")
    refuse("time_cut",
           lambda s: between("Slice", "odd_node")(s) or s.g.nodes[2].input.extend(
               [s.g.ints(1), s.g.ints(3), s.g.ints(0)]), "odd_node", "Slice")
    refuse("features_cut",
           lambda s: (between("Slice", "odd_node")(s) or s.g.nodes[2].input.extend(
               [s.g.ints(0), s.g.ints(2), s.g.ints(2)])
                      or s.replace("kernel", np.ones((2, OUTPUTS), np.float32))), "odd_node", "Slice")
    refuse("axes_mixed", between("Transpose", "odd_node", perm=[2, 1, 0]), "matmul")
    refuse("dropout_training",
           lambda s: between("Dropout", "odd_node")(s) or s.g.nodes[2].input.extend(
               [s.g.constant(np.float32(0.5)), s.g.constant(np.bool_(True))]),
           "odd_node", "Dropout")
    refuse("random_noise",
           lambda s: between("Add", "noisy", lambda g: "noise")(s) or s.g.nodes.insert(
               2, helper.make_node("RandomNormalLike", ["sequence"], ["noise"], "odd_node")),
           "odd_node", "RandomNormalLike")

    def squeezed(s):
        """Only a sequence of one timestep has this shape, and the graph's time is not fixed."""
        s.replace(s.g.nodes[1].input[1], np.zeros(1, np.int64))

    refuse("time_squeezed", squeezed, "squeeze", "Squeeze")

    def frozen(s):
        """The LSTM's input is a constant: x leads nowhere."""
        s.g.nodes[0].input[0] = s.g.tensor("fixed", np.ones((5, 1, INPUTS), np.float32))
        s.g.inputs[0].name = "ignored_input"

    refuse("unused_input", frozen, "lstm")

    def second_input(s):
        s.g.input("ignored_input", "time", "batch", INPUTS)

    refuse("unused_second_input", second_input, "ignored_input")

    def weights_from_input(s):
        s.g.nodes.insert(0, helper.make_node("Mul", ["tensor_R", "r_factor"], ["R_scaled"], "odd_node"))
        s.g.nodes[1].input[2] = "R_scaled"
        s.g.input("r_factor", 1)

    refuse("weight_computed_from_input", weights_from_input, "odd_node", "Mul")

    def custom(s):
        s.g.nodes[0].op_type, s.g.nodes[0].domain = "DynamicQuantizeLSTM", "com.microsoft"
        model = s.g.model()
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        return model

    refuse("other_domain", custom, "lstm", "com.microsoft", "DynamicQuantizeLSTM")

    def choice(s):
        """An If on whether to use the LSTM's output at all."""
        kind = helper.make_tensor_value_info("chosen", TensorProto.FLOAT, ["time", "batch", HIDDEN])
        branches = [helper.make_graph([helper.make_node(op, ["sequence"], ["chosen"], op.lower())],
                                      f"{op}_graph", [], [kind]) for op in ("Identity", "Neg")]
        s.g.nodes.insert(2, helper.make_node("If", [s.g.constant(np.bool_(True))], ["kept"],
                                             "odd_node", then_branch=branches[0],
                                             else_branch=branches[1]))
        s.g.nodes[3].input[0] = "kept"

    refuse("if_node", choice, "odd_node", "If")

    def unknown(s):
        s.g.nodes[2].input[0] = "nowhere"

    refuse("dangling_input", unknown, "nowhere", valid=False)

    def circle(s):
        s.g.nodes[0].input[0] = "y"

    refuse("cycle", circle, "lstm", valid=False)


def models(refuse):
    def opset(version):
        def spoil(s):
            model = s.g.model()
            model.opset_import[0].version = version
            return model
        return spoil

    refuse("opset_6", opset(6), "opset", "6", valid=False)

    def no_opset(s):
        model = s.g.model()
        del model.opset_import[:]
        return model

    refuse("no_opset", no_opset, "opset", valid=False)

    def function(s):
        """The Add is a call of the model's own function."""
        s.g.nodes[-1].op_type, s.g.nodes[-1].domain = "Plus", "own"
        body = helper.make_function("own", "Plus", ["a", "b"], ["sum"],
                                    [helper.make_node("Add", ["a", "b"], ["sum"])],
                                    [helper.make_opsetid("", 14)])
        model = s.g.model()
        model.opset_import.append(helper.make_opsetid("own", 1))
        model.functions.append(body)
        return model

    refuse("own_function", function, "field 25")

    def training(s):
        model = s.g.model()
        info = model.training_info.add()
        info.algorithm.CopyFrom(helper.make_graph([], "training", [], []))
        return model

    refuse("training_info", training, "field 20")

    def empty(s):
        model = s.g.model()
        model.ClearField("graph")
        return model

    refuse("no_graph", empty, "graph", valid=False)

    def headless(s):
        """No recurrent node: a Linear on x."""
        del s.g.nodes[:2]
        s.g.nodes[0].input[0] = "x"
        s.replace("kernel", np.ones((INPUTS, OUTPUTS), np.float32))
        s.g.initializers = [t for t in s.g.initializers if t.name in ("kernel", "bias")]

    refuse("no_recurrent_node", headless, "recurrent")
