"""What each method's result cost: steps, examples, seconds, and the searches before it."""

from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import summarise
from autoloss.reporting.tables._groups import Group, absent, group
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, beside, short, whole
from autoloss.reporting.tables._table import Column, Row, Table, Value, head

QUANTITIES = {
    "steps": "Steps",
    "train_examples": "Training examples seen",
    "valid_examples": "Validation examples seen",
    "controller_updates": "Controller updates",
    "seconds": "Seconds",
    "peak_memory_mb": "Peak memory, MB",
    "search_steps": "Search steps",
    "trials": "Search trials",
}
_NAMES = ("scale", "experiment", "dataset", "model", "method", "seeds", "seeds_planned", "failed", "missing")
FIELDS = (*_NAMES, *(f"{quantity}_{what}" for quantity in QUANTITIES for what in ("mean", "std")))


def cost(material: Material) -> Table | None:
    """One row per training of the grid experiments, each once; None where there is none."""
    grids = [n for n, e in material.config.experiments.items() if e.kind == "grid"]
    once = {r.cell_id: r for r in reversed(material.of(*grids))}
    results = [r for r in material.of(*grids) if once[r.cell_id] is r]
    if not results:
        return None
    groups = group(results, "dataset", "model", "method", "training").values()
    heads = tuple(Column(t, numeric=False, head=True) for t in ("Dataset", "Model", "Method", "Regime"))
    return Table(
        name="cost",
        title="What it cost",
        caption="Mean over seeds of what one training took, and of the searches before it, once for all seeds.",
        columns=(*heads, *map(Column, QUANTITIES.values())),
        rows=tuple(Row((*_names(g), *(_entry(g, q) for q in QUANTITIES)), g.results) for g in groups),
        notes=(
            f"Scale: {material.config.scale}.",
            "Seconds are those of trainings that ran beside others, on whichever machine: "
            "compare methods by the efficiency table. Validation examples include those of evaluations.",
            *mixtures(material, results, "cost"),
        ),
        records=[_record(g) for g in groups],
        fields=FIELDS,
    )


def _names(members: Group) -> tuple[Value, ...]:
    first = members.results[0]
    return tuple(head(t) for t in (title(first.dataset), title(first.model), title(first.method), first.training))


def _entry(members: Group, quantity: str) -> Value:
    values = members.costs(quantity)
    if not values:
        return Value(ABSENT) if members.counts["done"] else absent(members)
    summary = summarise(values)
    write = short if quantity == "seconds" else whole
    some = summary.n > 1 and summary.std > 0
    deviation = "" if not some else beside(summary.std, summary.mean) if write is short else f"± {whole(summary.std)}"
    return Value(
        write(summary.mean), deviation, note=members.shortfall if quantity == "steps" else "", sort=summary.mean
    )


def _record(members: Group) -> dict:
    first = members.results[0]
    line = {name: getattr(first, name) for name in ("scale", "experiment", "dataset", "model", "method")}
    line |= {"seeds": members.counts["done"], "seeds_planned": members.planned}
    line |= {state: members.counts[state] for state in ("failed", "missing")}
    for quantity in QUANTITIES:
        summary = summarise(members.costs(quantity))
        line |= {f"{quantity}_mean": summary.mean, f"{quantity}_std": summary.std}
    return line
