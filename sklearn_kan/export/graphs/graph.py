"""A graph under construction: operators and constants, each with a name of its own."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

# The oldest set of standard operators that has all that is used here for both types of numbers.
OPSET = 13
# Where operators for texts are, and the set of them that has all that is used.
ML_DOMAIN, ML_OPSET = "ai.onnx.ml", 2
TYPES = {np.dtype(np.float64): TensorProto.DOUBLE, np.dtype(np.float32): TensorProto.FLOAT}


class Graph:
    """Operators and constants, in the order in which they were added.

    Parameters
    ----------
    dtype : dtype
        Of its numbers, float64 or float32.
    prefix : str, default=""
        All names begin with it.

    Attributes
    ----------
    nodes : list of NodeProto
    constants : list of TensorProto
    """

    def __init__(self, dtype, prefix=""):
        self.dtype, self.prefix = np.dtype(dtype), prefix
        self.nodes, self.constants, self._known, self._count = [], [], {}, 0

    @property
    def element_type(self):
        """Type of its numbers, as ONNX has it."""
        return TYPES[self.dtype]

    @property
    def domains(self):
        """Domains of its operators."""
        return {node.domain for node in self.nodes}

    def name(self, what):
        """A new name."""
        self._count += 1
        return f"{self.prefix}{what}_{self._count}"

    def op(self, kind, *inputs, **attributes):
        """Add an operator; returns the name of its output."""
        return self.ops(kind, inputs, 1, **attributes)[0]

    def ops(self, kind, inputs, n_outputs, **attributes):
        """Add an operator of several outputs; returns their names."""
        outputs = [self.name(kind.lower()) for _ in range(n_outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name=self.name("node"), **attributes))
        return outputs

    def numbers(self, values):
        """Name of a constant of the graph's type."""
        return self.constant(np.asarray(values, dtype=self.dtype))

    def integers(self, values):
        """Name of a constant of integers."""
        return self.constant(np.asarray(values, dtype=np.int64))

    def constant(self, values):
        """Name of a constant; equal ones are kept once."""
        values = np.ascontiguousarray(values) if np.ndim(values) else np.asarray(values)
        key = (values.dtype.str, values.shape, values.tobytes() if values.dtype != object else tuple(values.ravel()))
        if key not in self._known:
            self._known[key] = self.name("constant")
            self.constants.append(numpy_helper.from_array(values, self._known[key]))
        return self._known[key]

    def sum(self, terms):
        """Sum of values, or None if there are none."""
        total = None
        for term in terms:
            total = term if total is None else self.op("Add", total, term)
        return total

    def rows(self, values, indices, size):
        """Rows of values that has `size` of them; itself if these are all."""
        if list(indices) == list(range(size)):
            return values
        return self.op("Gather", values, self.integers(indices), axis=0)

    def flat(self, values, n_rows):
        """Values of shape (a, b, n) as (a b, n)."""
        return self.op("Reshape", values, self.integers([n_rows, -1]))

    def proto(self, name, inputs, outputs):
        """The graph itself; inputs and outputs are dicts of name to number of columns."""
        values = [
            [helper.make_tensor_value_info(key, self.element_type, [None, width]) for key, width in side.items()]
            for side in (inputs, outputs)
        ]
        return helper.make_graph(self.nodes, name, *values, initializer=self.constants)
