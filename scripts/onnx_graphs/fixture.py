# SPDX-License-Identifier: Apache-2.0
"""The files of a fixture: the graph, its golden, or the reason for its refusal."""
import zlib

import numpy as np
import onnx

from onnx_graphs import interpreter

# What onnx 1.12's checker knows. The nodes of the newer graphs mean the same in these.
NEWEST_IR, NEWEST_OPSET = 8, 17
TOLERANCE = 1e-12  # double against double: only the order of additions differs


def generator(name):
    """The random numbers of a fixture depend on nothing but its name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def shape_text(shape):
    return "x".join(str(d) for d in shape) if shape else "scalar"


def tensor_line(kind, name, value):
    value = np.asarray(value, np.float64)
    numbers = "".join(" " + repr(float(v)) for v in value.ravel())
    return f"{kind} {name} {shape_text(value.shape)}{numbers}\n"


class Fixtures:
    def __init__(self, root):
        self.root = root
        self.refused = root / "refused"
        self.refused.mkdir(parents=True, exist_ok=True)
        for folder in (root, self.refused):
            for old in sorted(folder.iterdir()):
                if old.name.endswith((".onnx", ".golden.txt", ".reason.txt")):
                    old.unlink()
        self.names = set()

    def accept(self, name, model, cases, comment):
        """Write a graph; each of cases is (text, inputs, outputs), arrays by name."""
        model = self._write(self.root, name, model)
        inputs, outputs = interpreter.interface(model)
        with open(self.root / f"{name}.golden.txt", "w", encoding="ascii") as golden:
            golden.write(f"# {comment}\n")
            for text, given, expected in cases:
                assert list(given) == inputs, (name, list(given), inputs)
                assert list(expected) == outputs, (name, list(expected), outputs)
                for value in given.values():
                    assert value.dtype in (np.float32, np.int32, np.int64), name
                found = interpreter.run(model, given)
                golden.write(f"case {text}\n")
                for key, value in given.items():
                    golden.write(tensor_line("input", key, value))
                for key, value in expected.items():
                    shape = found[key].shape
                    assert value.shape == shape, f"{name}: {key} is {value.shape}, not {shape}"
                    worst = np.abs(value - found[key]).max()
                    assert worst <= TOLERANCE, f"{name}: {key} differs by {worst}"
                    assert np.abs(value).max() > 1e-3, f"{name}: {key} is all zeros"
                    golden.write(tensor_line("output", key, value))

    def refuse(self, name, model, reasons, check=True):
        """Write a graph that has to be refused with a message that contains the reasons."""
        self._write(self.refused, name, model, check)
        with open(self.refused / f"{name}.reason.txt", "w", encoding="ascii") as out:
            out.writelines(reason + "\n" for reason in reasons)

    def _write(self, folder, name, model, check=True):
        assert name not in self.names, name
        self.names.add(name)
        if isinstance(model, bytes):
            data, model = model, onnx.load_from_string(model)
        else:
            data = model.SerializeToString(deterministic=True)
        if check:
            checked = onnx.ModelProto()
            checked.CopyFrom(model)
            checked.ir_version = min(model.ir_version, NEWEST_IR)
            for imported in checked.opset_import:
                imported.version = min(imported.version, NEWEST_OPSET)
            onnx.checker.check_model(checked, full_check=True)
        (folder / f"{name}.onnx").write_bytes(data)
        return model

    def report(self):
        files = [f for f in self.root.rglob("*") if f.is_file()]
        print(f"{len(self.names)} fixtures, {sum(f.stat().st_size for f in files)} bytes")
