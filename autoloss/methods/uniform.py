"""Equal weights for all candidates: the ablation that shows whether choosing among losses is worth anything.

Equation: L = mean_i Σ_j c_j ℓ_ij / K, with c_j the gradient scale of `helpers.scale` (1 with normalise: false).
"""

from collections.abc import Sequence

from torch import Tensor

from autoloss.losses import CandidateLoss
from autoloss.methods import Mixture


class Uniform(Mixture):
    """The plain average of the candidates.

    Args:
        losses, n_outputs: as in `Method`.
        normalise: whether candidates are brought to one gradient scale first.
    """

    def __init__(self, losses: Sequence[CandidateLoss], n_outputs: int, *, normalise: bool = True):
        super().__init__(losses, n_outputs, normalise)

    def mixture_weights(self, logits: Tensor, y: Tensor, step: int) -> Tensor:
        """[K] 1/K each."""
        return self.equal_weights(logits)
