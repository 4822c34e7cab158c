"""Configurations and plans that the report is tested on, made without looking at plug-ins or data."""

from dataclasses import replace

import fake_records

from autoloss.cells import Cell, Plan
from autoloss.config import Config
from autoloss.training.spec import PlugIn, Spec

LOSSES = ["focal", "kl", "hinge", "cross_entropy"]
PAPER_METHODS = ["focal", "kl", "hinge", "ce", "melu", "bohb", "darts", "slf", "autoloss"]
SEARCHED = ("melu", "bohb")
TRANSFERABLE = ("slf", "autoloss")
LIFT = {"focal": -20, "kl": -25, "hinge": -10, "ce": 0, "melu": 5, "bohb": 8, "darts": 10, "slf": 22, "autoloss": 36}


def config(scale="demo", seeds=3, **experiments):
    """A configuration with all datasets, models and methods; each experiment is a mapping as in params.yaml."""
    methods = {name: {"use": "fixed" if name in LIFT and LIFT[name] <= 0 else name} for name in PAPER_METHODS}
    methods |= {"autoloss_global": {"use": "autoloss", "params": {"example_input": False}}}
    methods |= {"uniform": {"use": "uniform"}}
    methods |= {f"autoloss_f{f}": {"use": "autoloss", "params": {"every": f}} for f in (1, 3, 5, 9)}
    synthetic = {"source": "synthetic"}
    return Config.model_validate(
        {
            "scale": scale,
            "seeds": seeds,
            "datasets": {
                "criteo": {"name": "criteo", "use": "criteo", "task": "binary", **synthetic},
                "ml-20m": {"name": "ml-20m", "use": "movielens", "task": "multiclass", "n_classes": 5, **synthetic},
                "avazu": {"name": "avazu", "use": "avazu", "task": "binary", **synthetic},
                "ml-latest-small": {
                    "name": "ml-latest-small",
                    "use": "movielens",
                    "task": "multiclass",
                    "n_classes": 5,
                    "source": "remote",
                    "stands_in_for": "ml-20m",
                },
            },
            "losses": {name: {"name": name, "use": name} for name in LOSSES},
            "models": {name: {"name": name, "use": name} for name in ("deepfm", "ipnn", "nfm", "autoint")},
            "methods": {name: {"name": name, "losses": LOSSES, **entry} for name, entry in methods.items()},
            "training": {"paper": {}, "tuned": {}},
            "experiments": experiments,
        }
    )


DEMO = {
    "overall": {"datasets": ["criteo", "ml-20m"], "models": ["deepfm", "ipnn"], "methods": PAPER_METHODS},
    "transfer-models": {
        "kind": "transfer", "source_model": "deepfm",
        "datasets": ["criteo"], "models": ["nfm", "autoint"], "methods": ["ce", "slf", "autoloss"],
    },
    "transfer-datasets": {
        "kind": "transfer", "source_dataset": "criteo",
        "datasets": ["avazu"], "models": ["deepfm"], "methods": ["ce", "slf", "autoloss"],
    },
    "efficiency": {"kind": "timing", "datasets": ["criteo"], "models": ["deepfm"], "methods": PAPER_METHODS},
    "frequency": {
        "kind": "timing", "datasets": ["criteo"], "models": ["deepfm"],
        "methods": ["autoloss_f1", "autoloss_f3", "autoloss_f5", "autoloss", "autoloss_f9"],
    },
    "ablations": {
        "datasets": ["criteo"], "models": ["deepfm"], "methods": ["autoloss", "ce", "uniform", "autoloss_global"],
    },
}  # fmt: skip
SMALL = {
    "overall": {"datasets": ["criteo", "ml-20m"], "models": ["deepfm"], "methods": ["hinge", "ce", "slf", "autoloss"]},
    "transfer-models": DEMO["transfer-models"] | {"models": ["nfm"]},
    "efficiency": DEMO["efficiency"] | {"methods": ["ce", "bohb", "autoloss", "autoloss_f1"]},
    "ablations": DEMO["ablations"] | {"methods": ["autoloss", "uniform"]},
}  # an experiment of each kind
MANY = {
    "overall": {
        "datasets": ["criteo", "ml-20m", "avazu"], "models": ["deepfm", "ipnn", "nfm", "autoint"],
        "methods": PAPER_METHODS, "seeds": 5,
    }
}  # fmt: skip


def plan(config):
    """The cells of `config`, made without looking at plug-ins or data."""
    experiments = {}
    for name, experiment in config.experiments.items():
        experiments[name] = tuple(
            _cell(config, experiment, dataset, model, method, seed)
            for dataset in experiment.datasets
            for model in experiment.models
            for method in experiment.methods
            for seed in range(experiment.seeds or config.seeds)
        )
    every = {}
    for cell in (c for cells in experiments.values() for c in cells):
        every |= {source.id: source for source in cell.upstream.values()}
        every[cell.id] = cell
    return Plan(tuple(every.values()), experiments)


def _cell(config, experiment, dataset, model, method, seed):
    upstream = {}
    if experiment.kind == "transfer" and method in TRANSFERABLE:
        source = (experiment.source_dataset or dataset, experiment.source_model or model)
        upstream["controller"] = _plain(config, *source, method, experiment.training, seed, "train", {})
    if method in SEARCHED:
        upstream["search"] = _plain(config, dataset, model, method, experiment.training, 0, "search", {})
    kind = "timing" if experiment.kind == "timing" else "train"
    return _plain(config, dataset, model, method, experiment.training, seed, kind, upstream)


def _plain(config, dataset, model, method, training, seed, kind, upstream):
    rule = config.methods[method]
    params = {"every": 7, **rule.params} if rule.use == "autoloss" else rule.params
    spec = Spec(
        data=replace(fake_records.DATA, name=dataset),
        model=PlugIn(model, {}),
        method=PlugIn(rule.use, params),
        losses={name: PlugIn(name, {}) for name in rule.losses},
        training=fake_records.SETTINGS,
    )
    hardware = "hw-0a1b2c3d" if kind == "timing" else None
    return Cell(kind, config.scale, dataset, model, method, training, seed, spec, upstream, hardware)
