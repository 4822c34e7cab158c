"""MeLU (Lee, Im, Jang, Cho, Chung: MeLU: Meta-Learned User Preference Estimator, KDD 2019), on the weights of losses.

MeLU is MAML (Finn et al., ICML 2017) for recommenders: an inner loop adapts to a support set by plain gradient
steps, an outer loop moves what is shared so that the adapted model does well on a query set; the inner loop
leaves the embeddings alone. Here the shared parameter is the vector of loss weights, φ:

    inner, n times, support = the training batch:  θ ← θ - a ∇_θ 1/B Σ_ij softmax(φ)_j c_j ℓ_ij(θ)
    outer, query = a validation batch:             φ ← Adam(∇_φ L_query(θ_n(φ))),  L plain cross-entropy

The outer gradient is second order: it goes through all inner steps, by nesting `torch.func.grad`. The inner loop starts
from W before the step that is looked at and is thrown away afterwards, as in MAML; unlike the look-ahead of DARTS and
AutoLoss it is not the optimiser's own step.

Left open, and our choice: the weights are softmax(φ), so that they stay a mixture; θ is all parameters but embeddings,
as in MeLU (`local: all` adapts embeddings too); squared error for regression. Inner steps run in train mode: batch norm
uses the batch's statistics, and dropout masks are drawn from the state the training pass started from (the first inner
step has that pass's masks). The query runs in eval mode. Neither changes running statistics or torch's random state.
Where the loop scales its loss (mixed precision) or has several passes in a step, the inner loop takes the plain mean.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.func import grad

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss, stack
from autoloss.methods import GlobalVector, LookAhead, as_validated, outer_loss, random_from
from autoloss.models import Embedding, FirstOrder
from autoloss.ranges import PositiveFloat, PositiveInt

TABLES = (torch.nn.Embedding, torch.nn.EmbeddingBag, Embedding, FirstOrder)  # weights looked up by id


class MeLU(GlobalVector):
    """One global vector of weights, meta-learned.

    Args:
        losses, n_outputs: as in `Method`.
        every: steps of the model between outer updates.
        learning_rate: of the outer Adam.
        inner_learning_rate, inner_steps: a and n.
        local: what the inner loop adapts: the "decision" layers (all but the `TABLES`), or "all" layers.
        normalise: whether candidates are brought to one gradient scale.
    """

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        *,
        every: PositiveInt = 7,
        learning_rate: PositiveFloat = 0.001,
        inner_learning_rate: PositiveFloat = 0.01,
        inner_steps: PositiveInt = 1,
        local: Literal["decision", "all"] = "decision",
        normalise: bool = True,
    ):
        super().__init__(losses, n_outputs, normalise, every)
        self.inner_learning_rate, self.inner_steps, self.local = inner_learning_rate, inner_steps, local
        self.optimizers["alpha"] = torch.optim.Adam([self.alpha], lr=learning_rate)

    def update(self, ahead: LookAhead) -> None:
        """One outer step."""
        gradient = self._gradient(ahead)
        # a linear function with this gradient, so that `descend` takes the step as for every other method
        self.record.gradient(self.descend("alpha", (self.alpha * gradient).sum(), torch.ones_like(gradient[0])))

    def probe(self, ahead: LookAhead) -> None:
        """Refuses a model that cannot be differentiated twice."""
        try:
            self._gradient(ahead)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            reason = str(error).strip().split("\n")[0]
            raise UserError(f"model: MeLU differentiates it twice, which fails: {reason}") from None

    def _gradient(self, ahead: LookAhead) -> Tensor:
        """[K] of the query loss, by α."""
        with random_from(ahead.rng_state, ahead.y.device):
            return grad(lambda alpha: self._query_loss(alpha, ahead))(self.alpha.detach())

    def _query_loss(self, alpha: Tensor, ahead: LookAhead) -> Tensor:
        fixed, adapted = self._split(ahead)
        weights = alpha.softmax(0).to(ahead.logits.dtype) * self.coefficients(ahead.logits)
        total = torch.stack([each.factor for each in ahead.passes]).sum()

        def support_loss(theta: dict[str, Tensor]) -> Tensor:
            logits = [ahead.forward(each, {**fixed, **theta}) for each in ahead.passes]
            means = [
                (weights * stack(self.losses, z, each.y)).sum(1).mean() * (each.factor / total)
                for z, each in zip(logits, ahead.passes, strict=True)
            ]
            return torch.stack(means).sum()

        for _ in range(self.inner_steps):
            gradients = grad(support_loss)(adapted)
            adapted = {name: p - self.inner_learning_rate * gradients[name] for name, p in adapted.items()}
        with as_validated(ahead.model):
            logits = ahead.validate({**fixed, **adapted})
        return outer_loss(self.task)(logits, ahead.valid_y)

    def _split(self, ahead: LookAhead) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """W before the step: what the inner loop keeps, and what it adapts."""
        tables = {p for m in ahead.model.modules() if isinstance(m, TABLES) for p in m.parameters()}
        fixed, adapted = {}, {}
        for name, p in ahead.model.named_parameters():
            kept = self.local == "decision" and p in tables
            (fixed if kept else adapted)[name] = ahead.before.get(name, p.detach())
        return fixed, adapted
