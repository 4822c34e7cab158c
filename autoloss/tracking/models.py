"""The best model and the best controller of each dataset, as MLflow models that load back and predict."""

import json
import math
import shutil
import warnings
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow.pyfunc
import pandas as pd
from mlflow.entities import LoggedModel, LoggedModelOutput, Metric
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature, infer_signature
from mlflow.pyfunc.model import PythonModelContext

from autoloss import metrics
from autoloss.data import encoder_files
from autoloss.errors import UserError
from autoloss.prediction import encoder
from autoloss.tracking import raw_input
from autoloss.tracking.runs import CellRun
from autoloss.tracking.store import Store
from autoloss.training.outcome import TrainingOutcome

PACKAGE = Path(__file__).parent.parent
ALIAS = "best"
_NEEDS = ("mlflow", "numpy", "pandas", "polars", "pyarrow", "pydantic", "pyyaml", "safetensors", "torch")


def log_best(store: Store, cells: Iterable[tuple[CellRun, str]], root: Path) -> tuple[list[str], list[str]]:
    """Registers, for each scale and dataset, the best model and controller on validation data, with the alias `best`.

    One that is already registered stays; a better one becomes a new version.

    Args:
        cells: the current cells and the ids of their runs. Only cells whose directory holds weights count; a model also
            needs the vocabulary that it was trained with.
        root: the project's folder, which holds the encoded data.

    Returns: the registered names of what was logged, and one line for each that does not load.
    """
    best: dict[tuple[str, str, str], tuple[float, CellRun, str]] = {}
    for record, run_id in cells:
        for what in ("model", "controller"):
            score = _score(record)
            if score is None or not (record.folder / f"{what}.safetensors").exists():
                continue
            if what == "model" and not _has_encoder(record, root):
                continue
            key = (what, record.about.dataset, record.about.scale)
            if key not in best or score > best[key][0]:
                best[key] = (score, record, run_id)
    logged, errors = [], []
    for key, (_, record, run_id) in best.items():
        name = registered_name(store.project, *key)
        if _is_best(store, name, record):
            continue
        try:
            _log(store, name, key[0], record, run_id, root)
            logged.append(name)
        except UserError as error:
            errors.append(str(error))
    return logged, errors


def registered_name(project: str, what: str, dataset: str, scale: str) -> str:
    """`autoloss-model-criteo-demo`: other projects on the same server have other names."""
    return f"{project}-{what}-{dataset}-{scale}"


def _score(record: CellRun) -> float | None:
    """The validation metric that decides when training stops, signed so that higher is better."""
    outcome, metric = record.cell.outcome, metrics.deciding(record.about.spec.data.task)
    if record.about.kind != "train" or not isinstance(outcome, TrainingOutcome):
        return None
    value = outcome.valid.get(metric.name, math.nan)
    if math.isnan(value):
        return None
    return value if metric.higher_is_better else -value


def _is_best(store: Store, name: str, record: CellRun) -> bool:
    try:
        tags = store.client.get_model_version_by_alias(name, ALIAS).tags
    except MlflowException:
        return False  # never registered
    return (tags.get("cell.id"), tags.get("cell.fingerprint")) == (record.id, record.fingerprint)


def _data(record: CellRun, root: Path) -> Path:
    return root / "data" / "encoded" / record.about.scale / record.about.dataset


def _has_encoder(record: CellRun, root: Path) -> bool:
    """Whether what encodes new rows for a cell is there: with the cell, or in its dataset, if that is as it was."""
    try:
        return bool(encoder.folder_of(record.cell, _data(record, root)))
    except UserError:
        return False


def _log(store: Store, name: str, what: str, record: CellRun, run_id: str, root: Path) -> None:
    """Logs and registers one. The alias is set last, so that an interrupted one is logged again."""
    tags = {"cell.id": record.id, "cell.fingerprint": record.fingerprint}
    client = store.client
    logged = client.create_logged_model(store.experiment_id, name, run_id, tags, record.params)
    with TemporaryDirectory() as scratch:
        try:
            folder = _written(record, what, Path(scratch), logged, root)
        except Exception as error:  # loading and predicting run the plug-in's code, which may raise anything
            client.delete_logged_model(logged.model_id)
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise UserError(f"{record.folder}: the {what} does not load or predict: {reason}") from None
        client.log_model_artifacts(logged.model_id, folder)
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    shown = [Metric(k, v, record.end, 0, logged.model_id, run_id=run_id) for k, v in record.finals.items()]
    client.log_batch(run_id, shown)
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    made = client.create_model_version(name, logged.artifact_location, run_id, tags, model_id=logged.model_id)
    client.set_registered_model_alias(name, ALIAS, made.version)


def _written(record: CellRun, what: str, scratch: Path, logged: LoggedModel, root: Path) -> str:
    """The folder of an MLflow model: weights, their description, the code that reads them, and an example input."""
    # torch takes seconds to import, and most syncs have no model to log
    from autoloss.tracking.served_controller import ServedController
    from autoloss.tracking.served_model import ServedModel

    cell = scratch / "cell"
    cell.mkdir()
    names = (f"{what}.safetensors", f"{what}.json")
    record.cell.check(*names)
    for name in names:
        shutil.copy(record.folder / name, cell)
    artifacts = {"cell": str(cell)}
    if what == "model":
        (scratch / "data").mkdir()
        encoder_files.keep(encoder.folder_of(record.cell, _data(record, root)), scratch / "data")
        artifacts["data"] = str(scratch / "data")
        served, known = ServedModel(), encoder.load(scratch / "data")
        example, columns = raw_input.example(known), raw_input.schema(known)
    else:
        served, example = ServedController(), _examples(json.loads((cell / f"{what}.json").read_text()))
        columns = infer_signature(example).inputs
    context = PythonModelContext(artifacts, {})
    served.load_context(context)
    answer = served.predict(context, example)  # here, because MLflow swallows errors of the example
    with warnings.catch_warnings(action="ignore"):  # about missing values in integer columns: ids have none
        mlflow.pyfunc.save_model(
            scratch / "model",
            python_model=str(PACKAGE / "tracking" / f"served_{what}.py"),
            artifacts=artifacts,
            code_paths=[str(PACKAGE)],
            pip_requirements=[f"{package}=={version(package)}" for package in _NEEDS],
            input_example=example,
            signature=ModelSignature(columns, infer_signature(answer).inputs),
            mlflow_model=Model(logged.artifact_location, logged.source_run_id, model_id=logged.model_id),
        )
    return str(scratch / "model")


def _examples(made_with: dict) -> pd.DataFrame:
    """Two rows as a controller expects them: an example predicted well, and one predicted badly."""
    classes = made_with["n_outputs"]
    if made_with["task"] == "regression":
        return pd.DataFrame({"label": [1.0, 1.0], "prediction": [1.0, 0.0]})
    if made_with["task"] == "binary":
        return pd.DataFrame({"label": [1.0, 1.0], "probability": [0.9, 0.1]})
    sure = [0.9, *[0.1 / (classes - 1)] * (classes - 1)]
    columns = ["label", *(f"probability_{c}" for c in range(classes))]
    return pd.DataFrame([[0.0, *sure], [1.0, *sure]], columns=columns)
