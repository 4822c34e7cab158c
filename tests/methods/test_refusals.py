"""What would be trained on wrongly is refused at the first step, in one line that names the argument."""

import pytest
import torch

from autoloss import MAE, MSE, AutoLoss, CrossEntropy, Fixed, Focal, Uniform, UserError, train_step

B = 32


def first_loss(logits, y, losses=None, n_outputs=1):
    return Uniform(losses or [CrossEntropy(), Focal()], n_outputs).loss(logits.requires_grad_(), y)


def logits(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


Y = (torch.arange(B) % 2).float()


@pytest.mark.parametrize(
    ("z", "y", "losses", "n_outputs", "message"),
    [
        (logits(B, 1), Y, None, 1, r"logits: found shape \[32, 1\], expected \[32\] .*squeeze"),
        (logits(B, 1), Y, [MSE()], 1, r"logits: found shape \[32, 1\], expected \[32\]"),
        (logits(B), Y[:, None], None, 1, r"y: found shape \[32, 1\], expected \[32\]"),
        (logits(B, 4), Y.long(), None, 3, r"logits: found shape \[32, 4\], expected \[32, 3\]"),
        (
            logits(B),
            2 * Y - 1,
            None,
            1,
            r"y: found labels from -1 to 1, expected .* 0 to 1; .*\(y \+ 1\)",
        ),
        (logits(B), 0.2 + 0.6 * Y, None, 1, "y: found labels that are not whole"),
        (logits(B), torch.where(Y > 0, torch.nan, Y), None, 1, "y: found NaN"),
        (logits(B), torch.where(Y > 0, torch.inf, Y), [MSE()], 1, "y: found NaN or infinite"),
        (logits(B, 3), torch.arange(B) % 4, None, 3, "y: found labels from 0 to 3, expected whole numbers from 0 to 2"),
    ],
)
def test_logits_and_labels_that_do_not_fit_are_refused(z, y, losses, n_outputs, message):
    with pytest.raises(UserError, match=message):
        first_loss(z, y, losses, n_outputs)


def mean(logits, y):
    return (logits - y).square().mean()


def per_class(logits, y):
    return logits[:, None].expand(-1, 3)


def rounded(logits, y):
    return ((logits > 0).float() - y).abs()


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (mean, r"losses: mean: found shape \[\], expected \[32\], one value per example"),
        (per_class, r"losses: per_class: found shape \[32, 3\]"),
        (rounded, "losses: rounded: found no gradient"),
    ],
)
def test_candidates_that_are_no_losses_per_example_are_named(loss, message):
    with pytest.raises(UserError, match=message):
        first_loss(logits(B), Y, [CrossEntropy(), loss])


def test_candidates_of_two_tasks_or_none_are_refused():
    with pytest.raises(UserError, match="losses: cross_entropy: found a loss for binary and multiclass, .* regression"):
        AutoLoss([CrossEntropy(), MSE()], 1)
    with pytest.raises(UserError, match="losses: found an empty list"):
        AutoLoss([], 1)
    with pytest.raises(UserError, match="losses: mse: found a loss for regression"):
        AutoLoss([MSE()], 5)


def test_probabilities_in_place_of_logits_are_warned_of():
    with pytest.warns(UserWarning, match="look like probabilities; expected logits"):
        first_loss(logits(B).sigmoid(), Y)


@pytest.mark.parametrize("z", [torch.zeros(B), torch.full((B,), 0.3), torch.tensor([0.2, 0.6, 0.1])])
def test_equal_or_few_logits_are_not_taken_for_probabilities(z, recwarn):
    first_loss(z.clone(), Y[: len(z)])
    first_loss(torch.stack([0 * z, 0.1 + 0 * z, z], 1), torch.arange(len(z)) % 3, n_outputs=3)
    assert not recwarn


def test_whole_labels_of_any_dtype_train(recwarn):
    for y in (Y.long(), Y.bool(), Y.double()):
        assert first_loss(logits(B), y).isfinite()
    assert first_loss(logits(B), torch.arange(B), [MSE()]).isfinite()
    assert not recwarn


def test_whole_numbers_are_labels_of_a_regression_too():
    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0))
    optimizer = torch.optim.Adam(model.parameters())
    method = AutoLoss([MSE(), MAE()], 1, every=1, warmup=0)
    batch = logits(B, 3), torch.arange(B)
    for _ in range(3):
        assert train_step(model, optimizer, method, *batch, lambda: batch).isfinite()


def test_only_the_first_batch_is_checked():
    method = Fixed([CrossEntropy()], 1)
    method.loss(logits(B).requires_grad_(), Y)
    assert method.loss(logits(B).requires_grad_(), 0.2 + 0.6 * Y).isfinite()
