"""What things are called in tables and figures."""

import re

from autoloss import metrics
from autoloss.contrasts import OURS as OURS

METHODS = {
    "focal": "Focal",
    "kl": "KL",
    "hinge": "Hinge",
    "ce": "CE",
    "melu": "MeLU",
    "bohb": "BOHB",
    "darts": "DARTS",
    "slf": "SLF",
    "autoloss": "AutoLoss",
    "autoloss_tabular": "AutoLoss, tabular",
    "uniform": "Uniform",
    "grid": "Grid search",
    "manual": "Hand-set weights",
    "autoloss_global": "AutoLoss, one distribution for all examples",
    "autoloss_hard": "AutoLoss, hard selection",
    "autoloss_mixture": "AutoLoss, mixture as validation objective",
    "autoloss_anneal": "AutoLoss, temperature by length of training",
    "autoloss_no_hinge": "AutoLoss without hinge",
    "autoloss_average": "AutoLoss's average as constant weights",
    "autoloss_regression": "AutoLoss",
    "uniform_regression": "Uniform",
    "darts_first_order": "DARTS, first order",
    "kl_reverse": "KL, reversed",
    "focal_alpha": "Focal with α",
    "mse": "MSE",
    "mae": "MAE",
    "huber": "Huber",
    "log_cosh": "Log-cosh",
}
MODELS = {"deepfm": "DeepFM", "ipnn": "IPNN", "nfm": "NFM", "autoint": "AutoInt"}
DATASETS = {
    "criteo": "Criteo",
    "ml-20m": "ML-20m",
    "ml-25m": "ML-25m",
    "avazu": "Avazu",
    "corrupted": "Synthetic, corrupted labels",
    "ml-20m-regression": "ML-20m as regression",
    "ml-latest-small": "ml-latest-small",
    "ml-latest-small-half-down": "ml-latest-small, halves rounded down",
    "ml-latest-small-whole-stars": "ml-latest-small, whole stars only",
    "ml-20m-half-down": "ML-20m, halves rounded down",
    "ml-20m-whole-stars": "ML-20m, whole stars only",
    "criteo-x4": "Criteo, published split",
    "criteo-train-vocabulary": "Criteo, vocabulary of training rows",
    "ml-latest-small-regression": "ml-latest-small as regression",
    "criteo-synthetic": "Synthetic Criteo",
    "avazu-synthetic": "Synthetic Avazu",
}
EXPERIMENTS = {
    "overall": "Overall performance",
    "corrupted": "Corrupted training labels",
    "regression": "Regression",
    "searched": "Overall performance, all tuned alike",
    "tuned": "The tuned regime",
    "split-validation": "Validation split in two",
    "split_validation": "Validation split in two",
}
LOSSES = {"cross_entropy": "CE"}
HIGHER_IS_BETTER = {name for name in metrics.names() if metrics.get(name).higher_is_better}


def title(name: str) -> str:
    """The name as the paper writes it, or a readable form of it: `autoloss_f1` → `AutoLoss, f = 1`."""
    for known in (METHODS, MODELS, DATASETS, LOSSES):
        if name in known:
            return known[name]
    if f := re.fullmatch(r"autoloss_f(\d+)", name):
        return f"AutoLoss, f = {f[1]}"
    head, _, tail = name.partition("_")
    return f"{(METHODS | MODELS)[head]} {tail.replace('_', ' ')}" if head in METHODS | MODELS and tail else _words(name)


def experiment(name: str) -> str:
    """The heading of an experiment of params.yaml."""
    words = _words(name)
    return EXPERIMENTS.get(name, words[:1].upper() + words[1:])


def metric(name: str) -> str:
    """The metric's name in a heading."""
    return metrics.get(name).title


def headline_metrics(task: str) -> tuple[str, ...]:
    """The metrics that a table shows for a task, the first being the one that decides."""
    return metrics.headline(task)


def answering_metrics(task: str) -> tuple[str, ...]:
    """The two metrics that the page answers with: the deciding one, and the calibrated one where there is one."""
    first, *others = headline_metrics(task)
    calibrated = [name for name in others if metrics.get(name).calibrated]
    return first, *(calibrated or others)[:1]


def _words(name: str) -> str:
    return re.sub("[_-]", " ", name)
