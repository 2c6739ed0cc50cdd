# SPDX-License-Identifier: Apache-2.0
"""The families of ONNX fixtures that scripts/make_onnx_graphs.py writes."""
