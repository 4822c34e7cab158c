from itertools import combinations

import pytest

from autoloss.models.ipnn import IPNN


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_logits_are_an_mlp_on_embeddings_and_their_inner_products(sizes, ids, shaken, slow_mlp, n_outputs):
    model = shaken(IPNN(sizes, n_outputs, dim=3, mlp=(5, 4))).eval()
    table = model.embedding.weight.tolist()
    expected = []
    for row in ids.tolist():
        signals = [v for i in row for v in table[i]]
        products = [sum(a * b for a, b in zip(table[i], table[j], strict=True)) for i, j in combinations(row, 2)]
        expected += slow_mlp(model.mlp, signals + products)
    assert model(ids).flatten().tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 5])
@pytest.mark.parametrize(("mlp", "batch_norm"), [((128, 128), True), ((1000, 1000), False)])
def test_number_of_parameters(sizes, mlp_size, n_parameters, n_outputs, mlp, batch_norm):
    model = IPNN(sizes, n_outputs, mlp=mlp, batch_norm=batch_norm)
    fields = len(sizes)
    inputs = fields * 16 + fields * (fields - 1) // 2
    assert n_parameters(model) == sum(sizes) * 16 + mlp_size(inputs, mlp, n_outputs, batch_norm)
