import math

import pytest

from autoloss.errors import UserError
from autoloss.models.autoint import AutoInt


def product(matrix, vector):
    return [sum(w * v for w, v in zip(row, vector, strict=True)) for row in matrix]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def slow_attention(layer, fields):
    """Equations 5 to 8 of the paper: for each field and head, a softmax over fields; then the residual and a ReLU."""
    matrices = [part.tolist() for part in layer.weight.chunk(4)]
    query, key, value, residual = ([product(matrix, e) for e in fields] for matrix in matrices)
    per_head = len(matrices[0]) // layer.heads
    outputs = []
    for m in range(len(fields)):
        mixed = []
        for h in range(layer.heads):
            part = slice(h * per_head, (h + 1) * per_head)
            scores = [math.exp(dot(query[m][part], key[k][part])) for k in range(len(fields))]
            attention = [score / sum(scores) for score in scores]
            mixed += [sum(a * v[d] for a, v in zip(attention, value, strict=True)) for d in range(*part.indices(99))]
        outputs.append([max(0.0, x + r) for x, r in zip(mixed, residual[m], strict=True)])
    return outputs


@pytest.mark.parametrize(("n_outputs", "mlp", "heads"), [(1, (5, 4), 2), (3, (5, 4), 1), (3, (), 3)])
def test_logits_are_attention_layers_read_linearly_and_an_mlp(sizes, ids, shaken, slow_mlp, n_outputs, mlp, heads):
    model = shaken(AutoInt(sizes, n_outputs, dim=3, attention=6, layers=2, heads=heads, mlp=mlp)).eval()
    table = model.embedding.weight.tolist()
    expected = []
    for row in ids.tolist():
        fields = [table[i] for i in row]
        deep = slow_mlp(model.mlp, [v for e in fields for v in e]) if mlp else [0.0] * n_outputs
        for layer in model.attention:
            fields = slow_attention(layer, fields)
        linear = slow_mlp([model.output], [v for e in fields for v in e])
        expected += [a + b for a, b in zip(linear, deep, strict=True)]
    assert model(ids).flatten().tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 5])
@pytest.mark.parametrize(("attention", "layers", "heads"), [(64, 3, 2), (64, 5, 1)])
@pytest.mark.parametrize("mlp", [(128, 128), ()])
def test_number_of_parameters(sizes, mlp_size, n_parameters, n_outputs, attention, layers, heads, mlp):
    model = AutoInt(sizes, n_outputs, attention=attention, layers=layers, heads=heads, mlp=mlp)
    fields = len(sizes)
    four_matrices = 4 * attention * (16 + (layers - 1) * attention)
    output = (fields * attention + 1) * n_outputs
    expected = sum(sizes) * 16 + four_matrices + output + (mlp_size(fields * 16, mlp, n_outputs) if mlp else 0)
    assert n_parameters(model) == expected


@pytest.mark.parametrize("heads", [0, 3])
def test_heads_that_do_not_divide_the_attention_are_one_clear_line(sizes, heads):
    with pytest.raises(UserError, match=f"^model: heads: found {heads}, expected a divisor of the width, 64$"):
        AutoInt(sizes, 1, heads=heads)
