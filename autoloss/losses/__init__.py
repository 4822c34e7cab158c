"""Candidate losses, one file each: `loss(logits, y)` gives [B], one value per example, no reduction.

    from autoloss.losses import Loss, Prediction

A file that starts with an underscore is a helper of this package.
"""

from typing import TYPE_CHECKING

from autoloss.lazy import attach

if TYPE_CHECKING:
    from autoloss.losses._loss import CandidateLoss as CandidateLoss
    from autoloss.losses._loss import Loss as Loss
    from autoloss.losses._loss import Prediction as Prediction
    from autoloss.losses._loss import stack as stack
else:
    __getattr__, __dir__ = attach(__name__)
