"""Small training runs, and what two of them must have in common."""

from dataclasses import replace

import torch
from fake_records import SETTINGS
from fake_records import spec as fake_spec

from autoloss.training.build import build
from autoloss.training.history import Evaluation
from autoloss.training.loop import fit
from autoloss.training.progress import Progress
from autoloss.training.spec import Spec

LOSSES = ("focal", "kl", "hinge", "cross_entropy")


def spec_of(method: str = "autoloss", losses: tuple[str, ...] = LOSSES, **params) -> Spec:
    if method == "autoloss":
        params = {"warmup": 3, "every": 2, **params}
    return replace(fake_spec(method, losses, **params), keep_model=True)


def fitted(data, spec, seed=0, **keywords) -> tuple[torch.nn.Module, Progress]:
    model, method = build(spec, data, seed)
    return model, fit(model, method, data, keywords.pop("settings", SETTINGS), seed, **keywords)


def without_seconds(progress: Progress) -> list[Evaluation]:
    return [replace(each, seconds=0.0, train_seconds=0.0) for each in progress.history]
