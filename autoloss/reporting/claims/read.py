"""Reads and validates the paper's overall table (overall.yaml) and its claims (claims.yaml)."""

import string
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from autoloss import registry
from autoloss.datasets import Format
from autoloss.errors import UserError, unknown
from autoloss.reporting import labels
from autoloss.reporting.claims.claim import AnyClaim, Claim
from autoloss.reporting.comparisons import phrase

FOLDER = Path("reports/paper")
PaperTable = dict[str, dict[str, dict[str, dict[str, float]]]]  # {dataset: {model: {metric: {method: value}}}}


def load_paper(folder: Path = FOLDER) -> PaperTable:
    """The paper's overall table.

    Raises:
        UserError: overall.yaml cannot be read, or is not a table of numbers.
    """
    path = folder / "overall.yaml"
    return validated(PaperTable, read_yaml(path), str(path))


def load_claims(folder: Path = FOLDER) -> list[Claim]:
    """Every claim of claims.yaml, in its order; an entry with `each: overall` becomes one claim per number or row
    of the overall table.

    Raises:
        UserError: a file cannot be read, an entry has an unknown key or a wrong value, an id occurs twice.
    """
    path = folder / "claims.yaml"
    entries = read_yaml(path)
    if not isinstance(entries, list):
        raise UserError(f"{path}: expected a list of claims, found {type(entries).__name__}")
    paper = load_paper(folder)
    claims = []
    for number, entry in enumerate(entries, 1):
        where = f"{path}: {entry.get('id', f'claim {number}') if isinstance(entry, dict) else f'claim {number}'}"
        claims += [validated(AnyClaim, e, where) for e in _expanded(entry, paper, where)]
    ids = [claim.id for claim in claims]
    for twice in {i for i in ids if ids.count(i) > 1}:
        raise UserError(f"{path}: the id '{twice}' occurs twice")
    return claims


def _expanded(entry: Any, paper: PaperTable, where: str) -> list[Any]:
    """`entry` for every place of the overall table, if it asks for that: numbers for a value, rows for a star."""
    if isinstance(entry, dict) and entry.get("check") == "dataset":
        return [_counted(entry, where)]
    if not isinstance(entry, dict) or "each" not in entry:
        return [entry]
    base = {k: v for k, v in entry.items() if k != "each"}
    if entry["each"] != "overall" or entry.get("check") not in ("value", "star"):
        raise UserError(f"{where}: each: expected 'overall' with check value or star, found {entry['each']!r}")
    rows = [
        (dataset, model, metric, row)
        for dataset, models in paper.items()
        for model, metrics in models.items()
        for metric, row in metrics.items()
    ]
    if entry["check"] == "star":
        return [_placed(base, where, d, m, metric, paper=row) for d, m, metric, row in rows]
    return [
        _placed(base, where, d, m, metric, method=method, value=value, tolerance=_tolerance(base, where, d, metric))
        for d, m, metric, row in rows
        for method, value in row.items()
    ]


def _placed(base: dict[str, Any], where: str, dataset: str, model: str, metric: str, **more: Any) -> dict[str, Any]:
    method = more.get("method")
    names = [dataset, model, *([method] if method else []), metric]
    words = {
        "dataset": labels.title(dataset),
        "model": labels.title(model),
        "metric": phrase(metric),
        "method": labels.title(method) if method else "",
        "value": f"{more['value']:.4f}" if "value" in more else "",
    }
    try:
        text = string.Formatter().vformat(str(base.get("text", "")), (), words)
    except (KeyError, IndexError, ValueError):
        known = ", ".join(words)
        raise UserError(f"{where}: text: {base['text']!r} has an unknown placeholder; known: {known}") from None
    place = {"dataset": dataset, "model": model, "metric": metric}
    return {**base, **place, **more, "id": "/".join([str(base.get("id", "")), *names]), "text": text}


def _counted(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """A claim about a count, with the value that the dataset's file has for it."""
    form: type[Format] = registry.load("datasets", str(entry.get("format")))
    if form.published is None:
        raise UserError(f"{where}: format: {entry['format']} has no published counts")
    counts = {
        "rows": form.published.rows,
        "fields": form.published.fields,
        "feature values": form.published.feature_values,
        "classes": form.published.classes,
    }
    if entry.get("quantity") not in counts:
        raise unknown("quantity", str(entry.get("quantity")), list(counts), where)
    value = counts[entry["quantity"]]
    return {**entry, "value": value, "text": str(entry.get("text", "")).format(value=f"{value:,}")}


def _tolerance(base: dict[str, Any], where: str, dataset: str, metric: str) -> float:
    try:
        return base["tolerance"][dataset][metric]
    except (KeyError, TypeError):
        raise UserError(f"{where}: tolerance: expected a number for {dataset}, {metric}") from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, or a UserError of one line."""
    try:
        return yaml.safe_load(path.read_text())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def validated(kind: Any, values: Any, where: str) -> Any:
    """`values` as a `kind`, or a UserError with the place and the first mistake."""
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        found = "" if first["type"] == "missing" else f", found {first['input']!r}"
        raise UserError(f"{where}: {place + ': ' if place else ''}{first['msg']}{found}") from None
