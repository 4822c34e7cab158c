from itertools import combinations

import pytest
import torch

from autoloss.models.deepfm import DeepFM


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_logits_are_first_order_terms_pairwise_products_and_an_mlp(sizes, ids, shaken, slow_mlp, n_outputs):
    model = shaken(DeepFM(sizes, n_outputs, dim=3, mlp=(5, 4))).eval()
    table, weights = model.embedding.weight.tolist(), model.first_order.weight.tolist()
    per_class = model.fm.weight.tolist() if n_outputs > 1 else [[1.0] * 3]
    expected = []
    for row in ids.tolist():
        deep = slow_mlp(model.mlp, [v for i in row for v in table[i]])
        for c in range(n_outputs):
            z = model.first_order.bias[c].item() + sum(weights[i][c] for i in row) + deep[c]
            for i, j in combinations(row, 2):
                z += sum(r * a * b for r, a, b in zip(per_class[c], table[i], table[j], strict=True))
            expected.append(z)
    assert model(ids).flatten().tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 5])
@pytest.mark.parametrize(("mlp", "batch_norm"), [((128, 128), True), ((1000,) * 5, False), ((), True)])
def test_number_of_parameters(sizes, mlp_size, n_parameters, n_outputs, mlp, batch_norm):
    model = DeepFM(sizes, n_outputs, mlp=mlp, batch_norm=batch_norm)
    values, fields = sum(sizes), len(sizes)
    first_order, fm = (values + 1) * n_outputs, 16 * n_outputs if n_outputs > 1 else 0
    expected = first_order + values * 16 + fm + mlp_size(fields * 16, mlp, n_outputs, batch_norm)
    assert n_parameters(model) == expected


def test_the_products_alone_change_class_probabilities(sizes, ids, shaken):
    model = shaken(DeepFM(sizes, 3, mlp=())).eval()
    with torch.no_grad():
        for part in (model.first_order, model.mlp):
            for p in part.parameters():
                p.zero_()
        probabilities = model(ids).softmax(1)
    assert (probabilities - 1 / 3).abs().max() > 0.01  # a term that is the same for all classes would leave 1/3
