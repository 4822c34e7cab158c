"""Chooses, at the first step, the way to the derivatives of the look-ahead: the first of `helpers.tangent` that works.

A way works if it raises no error and computes the logits of the training pass again. (A fused kernel and the plain one
in its place may draw different dropout masks.)
"""

import math
import re
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods.contract.look_ahead import LookAhead
from autoloss.methods.helpers.hypergradient import look_ahead_direction
from autoloss.methods.helpers.outer import Outer
from autoloss.methods.helpers.tangent import EXACT, FORWARD, Way, difference

LENGTHS = [4.0**-k for k in range(2, 11)]  # of the step of a central difference, relative to W
WAYS = (*EXACT, *(difference(length) for length in LENGTHS))  # saved by their places
SAME = 0.02  # distance from the logits of the training pass, relative to their spread


class OtherLogits(RuntimeError):
    """The logits of the training pass did not come again."""


def choose_way(ahead: LookAhead, losses: Sequence[CandidateLoss], outer: Outer, known: Way = FORWARD) -> Way:
    """The first way that works for a model; any but the first is named in a warning.

    Args:
        ahead: the first step; its own batch may serve as the validation batch.
        losses: the K candidates.
        outer: the objective on the validation batch.
        known: of a training that is resumed. It stays if it works: now another step length might be chosen.

    Raises:
        UserError: none works, or the look-ahead does not know the optimiser.
    """
    if known != FORWARD and _problem(known, ahead, losses, outer) is None:
        return known
    reasons: list[str] = []
    for way in EXACT:
        reason = _problem(way, ahead, losses, outer)
        if reason is None:
            if reasons:
                _warn(f"{reasons[0]}: the look-ahead uses {way.name}")
            return way
        reasons.append(reason)
    try:
        way, error = _best_difference(ahead, losses, outer)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise UserError(f"model: the look-ahead cannot differentiate it: {_reason(error)}") from None
    _warn(f"{reasons[0]}: the look-ahead uses {way.name}, relative error about {error:.0e}")
    return way


def _problem(way: Way, ahead: LookAhead, losses: Sequence[CandidateLoss], outer: Outer) -> str | None:
    """Why a way does not work; None if it does. Too little memory says nothing of the way."""
    try:
        _refuse_other_logits(_again(way, ahead, losses, outer)[0], ahead.logits)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        return _reason(error)
    return None


def _best_difference(ahead: LookAhead, losses: Sequence[CandidateLoss], outer: Outer) -> tuple[Way, float]:
    """The step length that agrees best with the next shorter one, and its distance from it.

    Too long a step leaves the linear range, and too short a one is rounding noise.
    """
    ways = WAYS[len(EXACT) :]
    found = [_again(way, ahead, losses, outer) for way in ways]
    pairs = [(longer, shorter) for (_, longer), (_, shorter) in zip(found, found[1:], strict=False)]
    errors = [float((longer - shorter).norm() / shorter.norm().clamp_min(1e-30)) for longer, shorter in pairs]
    best = min(range(len(errors)), key=lambda k: errors[k] if math.isfinite(errors[k]) else math.inf)
    if not math.isfinite(errors[best]):
        raise RuntimeError("central differences of any length are infinite or not a number")
    _refuse_other_logits(found[-1][0], ahead.logits)
    return ways[best], errors[best]


def _again(way: Way, ahead: LookAhead, losses: Sequence[CandidateLoss], outer: Outer) -> tuple[Tensor, Tensor]:
    """[B] or [B, C] the logits of the step, computed again, and [B, K] the derivatives of the losses."""
    direction = look_ahead_direction(ahead, outer, way)
    with way.context():
        found = [way.tangent(ahead, each, losses, direction) for each in ahead.passes]
    return torch.cat([logits for logits, _ in found]), torch.cat([tangent for _, tangent in found])


def _refuse_other_logits(found: Tensor, expected: Tensor) -> None:
    spread = (expected - expected.mean(0)).norm() + 1e-3 * expected.norm()  # the logits of a batch may be all alike
    if not (found - expected).norm() <= SAME * spread:
        raise OtherLogits("a second pass from the same random state gives other logits")


def _reason(error: RuntimeError) -> str:
    text = str(error)
    if operation := re.search(r"forward AD with (\w+)", text):
        return f"{operation[1]} has no forward-mode derivative"
    return text.strip().split("\n")[0].split(". ")[0][:120]


def _warn(message: str) -> None:
    warnings.warn(f"model: {message}", stacklevel=6)
