"""What each method's result cost: steps, examples, seconds, and the searches before it."""

from autoloss.reporting.groups import Group, Place, by_place, group
from autoloss.reporting.material import Material
from autoloss.reporting.tables._columns import Column, places, seed_counts, spread_over_seeds, stored, table
from autoloss.reporting.tables._mixtures import mixtures
from autoloss.reporting.tables._numbers import ABSENT, absent, beside, short, whole
from autoloss.reporting.tables._table import Table, Value
from autoloss.statistics import Summary, summarise


def _quantity(name: str, title: str) -> tuple[Column[Group], ...]:
    """A number that every finished training reports."""

    def summary(members: Group) -> Summary:
        return summarise(members.costs(name))

    return spread_over_seeds(name, title, summary, lambda members: _entry(members, name, summary(members)))


COLUMNS: tuple[Column[Group], ...] = (
    *stored("scale", "experiment"),
    *places("dataset", "model", group=True),
    *places("method"),
    Column("training", "Regime", lambda g: g.training, head=True, numeric=False),
    *seed_counts(lambda g: g),
    *_quantity("steps", "Steps"),
    *_quantity("train_examples", "Training examples seen"),
    *_quantity("valid_examples", "Validation examples seen"),
    *_quantity("controller_updates", "Controller updates"),
    *_quantity("seconds", "Seconds"),
    *_quantity("peak_memory_mb", "Peak memory, MB"),
    *_quantity("search_steps", "Search steps"),
    *_quantity("trials", "Search trials"),
)


def cost(material: Material) -> Table | None:
    """One row per training of the grid experiments, each once; None where there is none."""
    grids = [n for n, e in material.config.experiments.items() if e.kind == "grid"]
    once = {r.cell_id: r for r in reversed(material.of(*grids))}
    results = [r for r in material.of(*grids) if once[r.cell_id] is r]
    if not results:
        return None
    groups = group(results, "dataset", "model", "method", "training").values()
    order = list(by_place(results))
    return table(
        "cost",
        "What it cost",
        "Mean over seeds of what one training run took. Search steps and trials are those of the one search before all "
        "seeds.",
        COLUMNS,
        sorted(groups, key=lambda g: order.index(Place(g.dataset, g.model))),
        behind=lambda g: g.results,
        notes=(
            f"Scale: {material.config.scale}.",
            "These training runs shared their machine with others, so their seconds cannot be compared between "
            "methods; the efficiency table can. Seconds are without the search, and validation examples are those of "
            "controller updates, without evaluations.",
            *mixtures(material, results, "cost"),
        ),
    )


def _entry(members: Group, quantity: str, summary: Summary) -> Value:
    if not summary.n:
        return Value(ABSENT) if members.counts["done"] else absent(members)
    note = members.shortfall if quantity == "steps" else ""  # once a row
    if quantity == "seconds":
        text, deviation = short(summary.mean), beside(summary.std, summary.mean)
    else:
        text, deviation = whole(summary.mean), f"± {whole(summary.std)}"
    varies = summary.n > 1 and summary.std > 0
    return Value(text, deviation if varies else "", note=note, sort=summary.mean)
