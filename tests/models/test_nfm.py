from itertools import combinations

import pytest

from autoloss.models.nfm import NFM


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_logits_are_first_order_terms_and_an_mlp_on_pooled_products(
    sizes, ids, shaken, slow_mlp, n_outputs, batch_norm
):
    model = shaken(NFM(sizes, n_outputs, dim=3, mlp=(5, 4), batch_norm=batch_norm)).eval()
    table, weights = model.embedding.weight.tolist(), model.first_order.weight.tolist()
    expected = []
    for row in ids.tolist():
        pooled = [sum(table[i][d] * table[j][d] for i, j in combinations(row, 2)) for d in range(3)]
        deep = slow_mlp([*([model.norm] if batch_norm else []), *model.mlp], pooled)
        expected += [
            model.first_order.bias[c].item() + sum(weights[i][c] for i in row) + deep[c] for c in range(n_outputs)
        ]
    assert model(ids).flatten().tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 5])
@pytest.mark.parametrize(("mlp", "batch_norm"), [((128, 128), True), ((1000,) * 3, False)])
def test_number_of_parameters(sizes, mlp_size, n_parameters, n_outputs, mlp, batch_norm):
    model = NFM(sizes, n_outputs, mlp=mlp, batch_norm=batch_norm)
    expected = (sum(sizes) + 1) * n_outputs + sum(sizes) * 16 + mlp_size(16, mlp, n_outputs, batch_norm)
    assert n_parameters(model) == expected + (2 * 16 if batch_norm else 0)
