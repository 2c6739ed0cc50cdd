#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Export a PyTorch LSTM or RNN model to a safetensors file for Quadgate.

From Python:

    from export_pytorch import save_quadgate
    save_quadgate(model, "model.safetensors",
                  input_names=["load", "flow"], output_names=["pressure"])

From a shell, with a state_dict saved by torch.save:

    python3 export_pytorch.py model.pt model.safetensors --input-names load,flow

Every tensor keeps its PyTorch name and is written as 32-bit floats. The optional
tensors input_mean, input_std, output_mean and output_std standardise the data:
x' = (x - input_mean) / input_std and y = y' * output_std + output_mean.
Only PyTorch is needed.
"""
import argparse
import array
import inspect
import json
import struct
import sys

import torch


def write_safetensors(path, tensors, metadata=None):
    """Write named tensors as F32, in name order, with optional string metadata."""
    header = {"__metadata__": dict(metadata)} if metadata else {}
    chunks = []
    offset = 0
    for name in sorted(tensors):
        data = _float_bytes(name, tensors[name])
        header[name] = {
            "dtype": "F32",
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the data starts on an 8-byte boundary
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)))
        out.write(text)
        out.writelines(chunks)


def _float_bytes(name, tensor):
    """The tensor's values as little-endian 32-bit floats, in row-major order."""
    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"'{name}' is a {type(tensor).__name__}, not a tensor")
    if not tensor.is_floating_point():
        raise ValueError(f"tensor '{name}' has type {tensor.dtype}; only float tensors can be exported")
    values = tensor.detach().to("cpu", torch.float32)
    if not bool(torch.isfinite(values).all()):
        raise ValueError(f"tensor '{name}' holds values that are not finite 32-bit floats")
    packed = array.array("f", values.reshape(-1).tolist())
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def save_quadgate(state_dict_or_module, path, input_names=None, output_names=None,
                  input_mean=None, input_std=None, output_mean=None, output_std=None):
    """Write a module or state_dict to a safetensors file that Quadgate reads.

    The means and standard deviations are sequences or tensors with one value per
    input or output. Raises ValueError for anything that cannot be exported.
    """
    if isinstance(state_dict_or_module, torch.nn.Module):
        tensors = dict(state_dict_or_module.state_dict())
    else:
        tensors = dict(state_dict_or_module)

    scales = {"input_mean": input_mean, "input_std": input_std,
              "output_mean": output_mean, "output_std": output_std}
    for name, values in scales.items():
        if values is None:
            continue
        if name in tensors:
            raise ValueError(f"'{name}' is given both in the state_dict and as an argument")
        tensors[name] = torch.as_tensor(values, dtype=torch.float32).reshape(-1)
    if not tensors:
        raise ValueError("the state_dict is empty")
    for side, names in (("input", input_names), ("output", output_names)):
        _check_scale(tensors, side, names)

    metadata = {}
    if input_names is not None:
        metadata["quadgate.input_names"] = json.dumps(list(input_names), ensure_ascii=False)
    if output_names is not None:
        metadata["quadgate.output_names"] = json.dumps(list(output_names), ensure_ascii=False)
    write_safetensors(path, tensors, metadata)


def _check_scale(tensors, side, names):
    """Check one side's mean, standard deviation and names against each other."""
    mean, std = tensors.get(f"{side}_mean"), tensors.get(f"{side}_std")
    if (mean is None) != (std is None):
        raise ValueError(f"{side}_mean and {side}_std must be given together")
    if mean is None:
        return
    if mean.dim() != 1 or mean.shape != std.shape:
        raise ValueError(f"{side}_mean and {side}_std must be vectors of the same length")
    if not bool((std > 0).all()):
        raise ValueError(f"{side}_std must be positive")
    if names is not None and len(names) != len(mean):
        raise ValueError(f"{len(names)} {side} names for {len(mean)} values in {side}_mean")


def load_state_dict(path):
    """Load a state_dict from a file, also one kept under the key "state_dict"."""
    options = {"map_location": "cpu"}
    if "weights_only" in inspect.signature(torch.load).parameters:
        options["weights_only"] = True  # never runs code from the file
    loaded = torch.load(path, **options)
    if isinstance(loaded, dict) and "state_dict" in loaded:
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict):
        raise ValueError(f"{path} holds a {type(loaded).__name__}, not a state_dict")
    return loaded


def _names(text):
    return [name.strip() for name in text.split(",")]


def main():
    parser = argparse.ArgumentParser(
        description="Export a PyTorch state_dict to a safetensors file for Quadgate.")
    parser.add_argument("model", help="file written by torch.save(module.state_dict(), file)")
    parser.add_argument("output", help="safetensors file to write")
    parser.add_argument("--input-names", type=_names, metavar="A,B", help="names of the inputs")
    parser.add_argument("--output-names", type=_names, metavar="Y", help="names of the outputs")
    options = parser.parse_args()
    try:
        state = load_state_dict(options.model)
    except Exception as error:  # torch.load raises many types for a file it cannot read
        sys.exit(f"cannot load {options.model}: {error}\n"
                 "Save the weights with torch.save(module.state_dict(), file).")
    try:
        save_quadgate(state, options.output, options.input_names, options.output_names)
    except (ValueError, OSError) as error:
        sys.exit(f"cannot export {options.model}: {error}")


if __name__ == "__main__":
    main()
