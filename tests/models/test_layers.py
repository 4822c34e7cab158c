import pytest
import torch

from autoloss.errors import UserError
from autoloss.models import MLP, Dropout, Embedding, FactorizationMachine, FirstOrder, InnerProducts, bi_interaction


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    dropped = Dropout(0.2)(torch.ones(400, 500))
    values, counts = dropped.unique(return_counts=True)
    assert values.tolist() == [0.0, 1.25] and counts[0].item() / dropped.numel() == pytest.approx(0.2, abs=0.005)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.005)


def test_dropout_scales_the_gradient_by_the_mask_that_it_drew():
    torch.manual_seed(0)
    x = torch.ones(50, 4, requires_grad=True)
    dropped = Dropout(0.5)(x)
    dropped.sum().backward()
    assert torch.equal(x.grad, dropped.detach())


def test_dropout_changes_nothing_in_eval_mode():
    x = torch.randn(5, 4)
    assert torch.equal(Dropout(0.9).eval()(x), x)


def test_dropout_draws_the_same_mask_from_the_same_state():
    x, dropout = torch.ones(50, 4), Dropout(0.5)
    state = torch.get_rng_state()
    first, other = dropout(x), dropout(x)
    torch.set_rng_state(state)
    assert torch.equal(dropout(x), first) and not torch.equal(first, other)


def test_first_order_terms_reach_every_class_of_every_value():
    layer = FirstOrder([2, 3], 4)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(20.0).view(5, 4))
        layer.bias.copy_(torch.tensor([0.5, 0, 0, -0.5]))
    ids = torch.tensor([[1, 4], [0, 2]]).int()
    assert layer(ids).tolist() == [[20.5, 22, 24, 25.5], [8.5, 10, 12, 13.5]]


def test_the_gradient_of_first_order_terms_counts_each_values_examples():
    layer = FirstOrder([2, 3], 2)
    layer(torch.tensor([[1, 4], [1, 2], [1, 4]]).int()).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [3, 3], [1, 1], [0, 0], [2, 2]]


def test_embeddings_and_their_gradients_are_those_of_a_plain_lookup_bit_for_bit():
    torch.manual_seed(0)
    ids = torch.randint(0, 50, (3000, 4)).int()  # 240 examples for each row
    upstream = torch.randn(3000, 4, 16)
    layer = Embedding([30, 20], 16)
    found = layer(ids)
    expected = torch.nn.functional.embedding(ids, layer.weight)
    assert torch.equal(found, expected)
    gradients = [torch.autograd.grad(e, layer.weight, upstream)[0] for e in (found, expected)]
    assert torch.equal(*gradients) and gradients[0].abs().min() > 0


def test_two_fields_interact_by_one_product():
    e = torch.randn(3, 2, 4)
    product = e[:, 0] * e[:, 1]
    assert torch.allclose(bi_interaction(e), product, atol=1e-6)
    assert torch.allclose(InnerProducts(2)(e), product.sum(1, keepdim=True), atol=1e-6)
    assert torch.allclose(FactorizationMachine(4, 1)(e), product.sum(1, keepdim=True), atol=1e-6)


def test_pooled_products_have_the_derivatives_of_their_formula_of_both_orders_and_ways():
    torch.manual_seed(0)
    e = torch.randn(3, 5, 4, dtype=torch.double, requires_grad=True)
    upstream, direction = torch.randn(3, 4, dtype=torch.double), torch.randn_like(e)

    def formula(e):
        return sum(e[:, i] * e[:, j] for i in range(5) for j in range(i))

    assert torch.allclose(bi_interaction(e), formula(e))
    assert torch.autograd.gradcheck(bi_interaction, e, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(bi_interaction, e, check_fwd_over_rev=True)
    for use in (
        lambda f: torch.autograd.grad(f(e), e, upstream)[0],
        lambda f: torch.func.jvp(f, (e,), (direction,))[1],
        lambda f: torch.func.vmap(lambda row: f(row[None])[0])(e),
    ):
        assert torch.allclose(use(bi_interaction), use(formula))


def test_embeddings_start_small_and_first_order_terms_at_zero():
    torch.manual_seed(0)
    assert Embedding([500, 500], 16).weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert not FirstOrder([500, 500], 3).weight.any()


@pytest.mark.parametrize("batch_norm", [True, False])
def test_the_signal_keeps_its_size_through_the_hidden_layers_and_the_output_starts_small(batch_norm):
    torch.manual_seed(0)
    mlp = MLP(200, (300, 300, 300), 1, dropout=0.0, batch_norm=batch_norm)
    x = torch.randn(1000, 200)
    hidden = torch.nn.Sequential(*list(mlp)[:-1])(x)
    expected = 0.5 if batch_norm else 1.0  # mean square after a ReLU, of a unit normal or in He's scale
    assert hidden.square().mean().item() == pytest.approx(expected, rel=0.15)
    assert 0 < mlp(x).std().item() < 0.3


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: Embedding([3], 0), "model: dim: found 0, expected at least 1"),
        (lambda: MLP(3, (4, 0), 1, 0.2, True), "model: mlp: found [4, 0], expected widths of at least 1"),
        (lambda: Dropout(1.0), "model: dropout: found 1.0, expected a number from 0 to less than 1"),
        (lambda: Dropout(-0.1), "model: dropout: found -0.1, expected a number from 0 to less than 1"),
    ],
)
def test_a_hyperparameter_out_of_its_range_is_one_clear_line(make, line):
    with pytest.raises(UserError) as caught:
        make()
    assert str(caught.value) == line
