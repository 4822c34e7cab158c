"""What a training job computes: from a cell's specification to the files of its directory."""

import json
import resource
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_model

from autoloss.data.encoded import EncodedData
from autoloss.files import write_json
from autoloss.methods import Method
from autoloss.training import search, settle
from autoloss.training.build import build
from autoloss.training.calibration import fit_temperature
from autoloss.training.checkpoint import Checkpoint
from autoloss.training.evaluation import evaluate
from autoloss.training.loop import fit, predict
from autoloss.training.progress import Progress

CHECKPOINT_SECONDS = 30.0


def compute(
    kind: str,
    spec: dict[str, Any],
    seed: int,
    data: EncodedData,
    upstream: dict[str, Path],
    scratch: Path,
    out: Path,
    threads: int = 1,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Does a cell's work and writes its files: metrics.json, and for a training (kinds train and timing)
    history.jsonl, test_predictions.npy and what the method learned.

    Args:
        kind: train, timing, tune or search.
        spec: the cell's resolved parameters.
        seed: of every random source.
        data: encoded, on the training device.
        upstream: directories of the cells this one uses, by role.
        scratch: folder for the checkpoint; what an interrupted job left there is used.
        out: folder for the results.
        threads: of this process.
        checkpoint_seconds: a checkpoint at most this often.

    Raises:
        UserError: training or its input went wrong; the message is one line.
    """
    settle.machine(threads)
    if kind == "search":
        write_json(out / "metrics.json", search.search_weights(spec, seed, data, scratch))
    elif kind == "tune":
        write_json(out / "metrics.json", search.tune(spec, seed, data, partial(_prepare, upstream=upstream), scratch))
    else:
        checkpoint = Checkpoint(scratch / "checkpoint.safetensors", checkpoint_seconds)
        _train(spec, seed, data, upstream, checkpoint, out)


def _train(
    spec: dict[str, Any], seed: int, data: EncodedData, upstream: dict[str, Path], checkpoint: Checkpoint, out: Path
) -> None:
    settings, spent = search.settings(spec, upstream)
    model, method = build(spec, data, seed)
    _prepare(method, upstream)
    progress = fit(model, method, data, settings, seed, checkpoint)
    test_logits = predict(model, data.test)

    _write_history(progress, method, out)
    metrics = {**_quality(model, test_logits, data, progress), "cost": {**_cost(progress, data), **spent}}
    write_json(out / "metrics.json", metrics)
    np.save(out / "test_predictions.npy", test_logits.float().cpu().numpy(), allow_pickle=False)
    if method.transferable:
        method.save_controller(out)
    if settings["keep_model"]:
        _save_model(model, spec, data, out)


def _prepare(method: Method, upstream: dict[str, Path]) -> None:
    """Gives a method what earlier cells learned for it."""
    if "controller" in upstream:
        method.load_controller(upstream["controller"])
        method.freeze()
    if "search" in upstream:
        method.set_weights(json.loads((upstream["search"] / "metrics.json").read_text())["weights"])


def _save_model(model: torch.nn.Module, spec: dict[str, Any], data: EncodedData, out: Path) -> None:
    """model.safetensors, and model.json with what the class is made with."""
    save_model(model, str(out / "model.safetensors"))
    made_with = {**spec["model"], "field_sizes": list(data.facts.field_sizes), "n_outputs": data.facts.n_outputs}
    write_json(out / "model.json", {**made_with, "task": data.facts.task, "field_names": list(data.facts.field_names)})


def _quality(
    model: torch.nn.Module, test_logits: torch.Tensor, data: EncodedData, progress: Progress
) -> dict[str, Any]:
    task = data.facts.task
    temperature = None if task == "regression" else fit_temperature(predict(model, data.valid), data.valid.y, task)
    test = evaluate(test_logits, data.test.y, task, data.facts.n_classes, temperature)
    if temperature is not None:
        test["temperature"] = temperature
    return {
        "valid": progress.best["valid"],
        "test": test,
        "best_step": progress.best["step"],
        "best_epoch": progress.best["epoch"],
        "steps": progress.step,
        "epochs": progress.history[-1]["epoch"],
        "stopped": progress.stopped,
    }


def _cost(progress: Progress, data: EncodedData) -> dict[str, Any]:
    last = progress.history[-1]
    return {
        "train_examples": last["train_examples"],
        "valid_examples": last["valid_examples"],
        "controller_updates": progress.updates,
        "seconds": progress.seconds,
        "train_seconds": progress.train_seconds,
        "epoch_seconds": progress.train_seconds / last["epoch"],
        "step_ms": 1000 * progress.train_seconds / progress.step,
        "examples_per_second": last["train_examples"] / progress.train_seconds,
        "peak_memory_mb": _peak_memory_mb(data.train.ids.device),
    }


def _peak_memory_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _write_history(progress: Progress, method: Method, out: Path) -> None:
    """history.jsonl, and apart from it (it is larger) the controller's picture at each evaluation."""
    maps = []
    with (out / "history.jsonl").open("w") as file:
        for record in progress.history:
            if picture := record.pop("picture", None):
                maps.append({"step": record["step"], **picture})
            file.write(json.dumps(record) + "\n")
    if maps:
        axes = {name: maps[0][name] for name in ("probabilities", "labels")}
        shown = [{name: each[name] for name in ("step", "selection", "hypergradient")} for each in maps]
        write_json(out / "selection.json", {**axes, "losses": method.loss_names, "maps": shown})
