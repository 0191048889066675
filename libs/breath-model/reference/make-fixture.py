"""The untrained networks that the tests of libs/breath-model run: the recipe's shape, outputs without meaning.

    pip install onnx==1.23.2 numpy && python3 libs/breath-model/reference/make-fixture.py

Writes model.onnx of ../fixtures/untrained, and of ../fixtures/untrained-64, which reads 64 features of 10 ms and no level
statistics; their manifests
are written by hand. Sizes are those of METHOD ("The recipe, complete"), since how the runtime adds up depends on them;
weights are sines computed inside the graph, so the file stays small.
"""

import math
import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

nodes, constants = [], {}


def constant(name, value):
    constants[name] = numpy_helper.from_array(np.asarray(value), name)
    return name


def node(kind, inputs, **attributes):
    name = f"{kind.lower()}_{len(nodes)}"
    nodes.append(helper.make_node(kind, inputs, [name], **attributes))
    return name


def f32(value):
    return constant(f"f_{value}", np.float32(value))


def axes(*values):
    return constant("axes" + "_".join(map(str, values)), np.array(values, np.int64))


def weight(shape, fan_in):
    """sin(1.7 n + offset) / sqrt(fan_in), constant-folded when the model is loaded."""
    count = constant(f"count_{len(nodes)}", np.float32(math.prod(shape)))
    ramp = node("Range", [f32(0.0), count, f32(1.0)])
    angle = node("Add", [node("Mul", [ramp, f32(1.7)]), f32(0.1 * len(nodes))])
    scaled = node("Mul", [node("Sin", [angle]), f32(round(1 / math.sqrt(fan_in), 4))])
    return node("Reshape", [scaled, constant(f"shape_{len(nodes)}", np.array(shape, np.int64))])


def dense(x, size_in, size_out):
    return node("Add", [node("MatMul", [x, weight([size_in, size_out], size_in)]), weight([size_out], size_out)])


def ones(count):
    """To sum along rows by MatMul. A Reduce over rows whose length is no multiple of 16 adds in an order that depends on
    where a row lies in memory, and so on the batch: bits would differ."""
    return constant(f"ones_{count}", np.ones((count, 1), np.float32))


def relu(x):
    return node("Relu", [x])


def grid(rows, columns, function):
    """A matrix computed in the graph: function(row * column)."""
    row = node("Unsqueeze", [node("Range", [f32(0.0), f32(float(rows)), f32(1.0)]), axes(1)])
    column = node("Unsqueeze", [node("Range", [f32(1.0), f32(float(columns + 1)), f32(1.0)]), axes(0)])
    return function(node("Mul", [row, column]))


def tensor(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def write(name, width, levels, steps_per_second, longest):
    """The network for so many features and level statistics; its first convolution halves the rate to `steps_per_second`."""
    nodes.clear()
    constants.clear()
    x = node("Transpose", ["features"], perm=[0, 2, 1])
    x = relu(node("Conv", [x, weight([48, width, 5], 5 * width), weight([48], 48)], kernel_shape=[5], strides=[2], pads=[2, 2]))
    x = relu(node("Conv", [x, weight([48, 48, 3], 144), weight([48], 48)], kernel_shape=[3], pads=[1, 1]))

    lstm = f"lstm_{len(nodes)}"
    nodes.append(
        helper.make_node(
            "LSTM",
            [node("Transpose", [x], perm=[2, 0, 1]), weight([1, 128, 48], 48), weight([1, 128, 32], 32)],
            [lstm],
            hidden_size=32,
        )
    )
    memory = node("ReduceMean", [node("Squeeze", [lstm, axes(1)]), axes(0)], keepdims=0)

    # Periodicity: power at j/14 Hz of eight 25 Hz signals, and the autocorrelation at 48 lags.
    p = node("Conv", [x, weight([8, 48, 1], 48)], kernel_shape=[1])
    p = node("Sub", [p, node("ReduceMean", [p, axes(2)], keepdims=1)])
    steps = node("Slice", [node("Shape", [p]), axes(2), axes(3)])
    parts = []
    for kind in ("Cos", "Sin"):
        table = grid(longest, 96, lambda product: node(kind, [node("Mul", [product, f32(2 * math.pi / 14 / steps_per_second)])]))
        projected = node("MatMul", [p, node("Slice", [table, axes(0), steps, axes(0)])])
        parts.append(node("Mul", [projected, projected]))
    power = node("Add", parts)
    total = node("Add", [node("ReduceSum", [power, axes(2)], keepdims=1), f32(0.001)])
    power = node("Div", [power, total])
    logs = node("Log", [node("Add", [node("Slice", [power, axes(0), axes(60), axes(2)]), f32(0.001)])])
    lags = grid(48, 96, lambda product: node("Cos", [node("Mul", [product, f32(2 * math.pi * 0.08 / 14)])]))
    autocorrelation = node("MatMul", [power, node("Transpose", [lags], perm=[1, 0])])
    p = node("Flatten", [node("Concat", [logs, autocorrelation], axis=2)], axis=1)
    p = relu(dense(p, 8 * 108, 40))

    embedding = relu(dense(node("Concat", [memory, p], axis=1), 72, 48))
    rates = node("Softmax", [dense(embedding, 48, 46)], axis=1)
    centres = constant("centres", np.geomspace(5, 150, 46).astype(np.float32).reshape(46, 1))
    rr = node("MatMul", [rates, centres])
    spread = node("Sub", [node("Transpose", [centres], perm=[1, 0]), rr])
    variance = node("Squeeze", [node("MatMul", [node("Mul", [rates, node("Mul", [spread, spread])]), ones(46)]), axes(1)])
    heard = node("Concat", [memory, "levels"], axis=1) if levels else memory
    noise = relu(dense(heard, 32 + levels, 12))
    noise = node("Softmax", [dense(noise, 12, 2)], axis=1)

    nodes.extend([
        helper.make_node("Squeeze", [rr, axes(1)], ["rr"]),
        helper.make_node("Sqrt", [variance], ["rr_std"]),
        helper.make_node("Softmax", [dense(embedding, 48, 3)], ["breath_classes"], axis=1),
        helper.make_node("Gather", [noise, constant("one", np.int64(1))], ["noise"], axis=1),
    ])

    inputs = [tensor("features", ["batch", "frames", width])]
    if levels:
        inputs.append(tensor("levels", ["batch", levels]))
    outputs = [tensor("rr", ["batch"]), tensor("rr_std", ["batch"]), tensor("breath_classes", ["batch", 3]), tensor("noise", ["batch"])]
    graph = helper.make_graph(nodes, "untrained", inputs, outputs, list(constants.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    checker.check_model(model, full_check=True)
    target = pathlib.Path(__file__).parent.parent / "fixtures" / name / "model.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    save(model, target)
    print(target, target.stat().st_size, "bytes")


write("untrained", width=40, levels=80, steps_per_second=25, longest=200)
write("untrained-64", width=64, levels=0, steps_per_second=50, longest=400)
