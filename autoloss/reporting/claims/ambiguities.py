"""What the paper leaves open (ambiguities.yaml), and how much another choice changes the result."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from autoloss.errors import UserError
from autoloss.reporting.claims.read import FOLDER, read_yaml, validated
from autoloss.reporting.comparisons import Comparison, compared
from autoloss.reporting.groups import Place
from autoloss.reporting.results import Result, by_seed

HEADLINE = "autoloss"  # whose result another dataset, model or training regime may move
METRICS = ("auc", "logloss")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Variant(_Frozen):
    """A name in params.yaml that differs from `of` in nothing but the open question."""

    kind: Literal["method", "training", "dataset", "model"]
    name: str
    of: str


class Ambiguity(_Frozen):
    """An open question: our default, its reason, the alternatives, the keys that set it, the variants that test it."""

    id: str = Field(min_length=1)
    question: str
    default: str
    reason: str
    alternatives: tuple[str, ...]
    where: tuple[str, ...]
    sensitivity: tuple[Variant, ...]


@dataclass(frozen=True)
class Shift:
    """What a variant does to the result of a method: variant minus default, over the seeds that both have.

    Attributes:
        variant: which.
        training: the default's regime.
        comparison: at the default's place; for a variant of the data the test rows differ as well.
    """

    variant: Variant
    training: str
    comparison: Comparison


def load_ambiguities(folder: Path = FOLDER) -> list[Ambiguity]:
    """The open questions.

    Raises:
        UserError: the file cannot be read, has an unknown key or an id twice.
    """
    path = folder / "ambiguities.yaml"
    questions = list(validated(tuple[Ambiguity, ...], read_yaml(path), str(path)))
    ids = [question.id for question in questions]
    for twice in {i for i in ids if ids.count(i) > 1}:
        raise UserError(f"{path}: the id '{twice}' occurs twice")
    return questions


def shifts(variant: Variant, results: Sequence[Result], training: str = "paper") -> list[Shift]:
    """How much a variant changes the result, wherever both it and its default were trained.

    Args:
        variant: from an `Ambiguity`.
        results: at one scale.
        training: the regime in which variants of methods, datasets and models are compared.
    """
    defaults = {_place(r) for r in results if getattr(r, variant.kind) == variant.of and _counts(r, variant, training)}
    return [
        Shift(variant, place[-1], comparison)
        for place in sorted(defaults)
        for metric in METRICS
        if (comparison := _compared(place, variant, results, metric)).over_seeds.n
    ]


def _counts(result: Result, variant: Variant, training: str) -> bool:
    regime = variant.kind == "training" or result.training == training
    return regime and (variant.kind == "method" or result.method == HEADLINE)


def _compared(place: tuple[str, str, str, str], variant: Variant, results: Iterable[Result], metric: str) -> Comparison:
    trained = [r for r in results if r.kind == "train" and r.transfer_from is None]
    # Those of the variant, renamed to the default: what stands at the default's place is its counterpart.
    renamed = [replace(r, **{variant.kind: variant.of}) for r in trained if getattr(r, variant.kind) == variant.name]
    ours, theirs = ([r for r in found if _place(r) == place] for found in (renamed, trained))
    dataset, model, method, _ = place
    looks = max((r.looks for r in (*ours, *theirs)), key=len, default=())
    return compared(
        Place(dataset, model), metric, method, by_seed(ours, metric), method, by_seed(theirs, metric), looks
    )


def _place(result: Result) -> tuple[str, str, str, str]:
    return result.dataset, result.model, result.method, result.training
