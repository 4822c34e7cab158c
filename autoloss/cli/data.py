"""`autoloss data`: prepares, encodes, checks and inspects data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoloss.errors import UserError

if TYPE_CHECKING:
    from autoloss.config import Dataset
    from autoloss.config.read import Plain

app = typer.Typer(no_args_is_help=True, help="Prepares encoded data, checks it and inspects it.")
ROOT = Path("data")
STATS = ("dataset", "rows", "full", "fields", "full", "feature values", "full", "labels", "best possible", "MB")
Name = Annotated[str, typer.Argument(help="A dataset of params.yaml.")]
Names = Annotated[list[str] | None, typer.Argument(help="Datasets of params.yaml (default: all that are in use).")]


@app.command()
def prepare(names: Names = None) -> None:
    """Generates or downloads datasets, verifies, splits and encodes them, unless that is already done.

    A dataset that cannot be prepared does not stop the next one.

    autoloss data prepare criteo
    """
    from autoloss.config import load
    from autoloss.data import prepare as make

    config = load()
    errors = []
    for name in names or config.used_datasets():
        try:
            print(make(config, name, ROOT), flush=True)
        except UserError as error:
            errors.append(str(error))
    if errors:
        raise UserError("\n".join(errors))


@app.command()
def sources() -> None:
    """Records the digests of local source files in data/sources.json, so that `dvc repro` notices an edited one.

    autoloss data sources
    """
    from autoloss import files
    from autoloss.config import load
    from autoloss.data.fetch import local
    from autoloss.data.fetch.checksums import Ledger

    config = load()
    used = [config.datasets[name] for name in config.used_datasets()]
    files.write_json(ROOT / local.FILE, local.digests(used, Ledger(ROOT / "raw")))


@app.command()
def encode(
    name: Annotated[
        str, typer.Argument(help="A dataset of params.yaml, or a format: criteo, avazu, movielens, table.")
    ],
    source: Annotated[Path, typer.Option(help="The file: plain, gz, zip or tar.gz; a table may be parquet.")],
    out: Annotated[Path, typer.Option(help="The folder to create.")],
    changed: Annotated[list[str], typer.Option("--set", help="key=value as in params.yaml; may be repeated.")] = [],  # noqa: B006
) -> None:
    """Encodes a file of your own with the settings of a dataset.

    autoloss data encode criteo --source mine.tsv.gz --out somewhere

    autoloss data encode table --source orders.csv --out orders --set label=clicked
    """
    from autoloss.data.preparation import encode_into

    entry = _entry(name, {**_parsed(changed, "autoloss data encode"), "source": str(source)})
    encode_into(entry, out, ROOT / "raw", out.absolute().parent)
    print(out)


@app.command()
def describe(
    source: Annotated[Path, typer.Argument(help="A csv (plain, gz, zip, tar.gz) or parquet file.")],
    label: Annotated[str, typer.Option(help="The column to predict.")] = "label",
    name: Annotated[str, typer.Option(help="The dataset's name (default: the file's).", show_default=False)] = "",
    changed: Annotated[list[str], typer.Option("--set", help="key=value as in params.yaml; may be repeated.")] = [],  # noqa: B006
) -> None:
    """Shows how each column of a table would be treated, and prints the entry for params.yaml.

    autoloss data describe orders.csv --label clicked

    autoloss data describe orders.tsv --label clicked --set 'separator="\\t"'
    """
    from autoloss.cli.describe import show
    from autoloss.data.describe import WHERE
    from autoloss.data.describe import describe as look

    show(look(source, {"label": label, **_parsed(changed, WHERE)}), name or source.name.partition(".")[0])


@app.command()
def check(names: Names = None) -> None:
    """Verifies encoded data (sizes, digests, labels, ids) and compares its counts with the published ones.

    autoloss data check criteo
    """
    from autoloss.config import load
    from autoloss.data.verify import verify

    config = load()
    for name in names or config.used_datasets():
        for line in verify(ROOT / "encoded" / config.scale / name):
            print(f"{name}: {line}")


@app.command()
def stats() -> None:
    """Prints the datasets at this scale, beside the counts of the full data.

    autoloss data stats
    """
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from autoloss.config import load

    config = load()
    table = Table(title=f"scale: {config.scale}", box=SIMPLE)
    for column in STATS:
        table.add_column(column, no_wrap=True)
    for name in config.used_datasets():
        table.add_row(*_stats(config.datasets[name], ROOT / "encoded" / config.scale / name))
    Console(width=200).print(table)


@app.command()
def lookup(
    name: Name,
    field: Annotated[str, typer.Argument(help="A feature field.")],
    value: Annotated[str, typer.Argument(help="A value as it appears in the raw file.")],
) -> None:
    """Prints the id of a value and how often it occurs.

    autoloss data lookup criteo C3 7f2a91c0
    """
    from autoloss.config import load
    from autoloss.data.lookup import find

    print(find(ROOT / "encoded" / load().scale / name, field, value))


def _stats(entry: "Dataset", folder: Path) -> tuple[str, ...]:
    """The cells of a dataset's row under STATS; dashes if it is not prepared or has no published counts."""
    from autoloss.data import facts, published

    full, known = published.counts(entry), facts.find(folder)
    rows, fields, values = map(_number, (full.rows, full.fields, full.feature_values) if full else (None,) * 3)
    if known is None:
        return entry.name, "not prepared", rows, "–", fields, "–", values, "–", "–", "–"
    best = ", ".join(f"{metric} {value:.4f}" for metric, value in (known.bayes or {}).items()) or "–"
    shares = " ".join(f"{share:.3f}" for share in known.class_shares["train"]) or "–"
    ours = _number(known.rows), _number(len(known.field_sizes)), _number(known.n_features)
    return entry.name, ours[0], rows, ours[1], fields, ours[2], values, shares, best, f"{known.bytes / 1e6:,.1f}"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _entry(name: str, values: dict[str, "Plain"]) -> "Dataset":
    """The dataset `name` of params.yaml with changed values; or else the format `name` with its defaults."""
    from autoloss import registry
    from autoloss.config import PARAMS, dataset, load
    from autoloss.errors import unknown

    known = load().datasets if PARAMS.exists() else {}
    if name in known:
        own = known[name].model_dump(exclude={"name", "source", "rows", "flip_positives"}, exclude_none=True)
        return dataset(name, {**own.pop("params"), **own, **values}, "autoloss data encode")
    if name not in registry.names("datasets"):
        raise unknown("dataset or format", name, (*known, *registry.names("datasets")), "autoloss data encode")
    defaults = registry.constant("datasets", name, "defaults", {})
    return dataset(name, {**defaults, **values}, "autoloss data encode")


def _parsed(changed: list[str], where: str) -> dict[str, "Plain"]:
    from autoloss.config import value as parse

    values: dict[str, Plain] = {}
    for text in changed:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"{where}: --set {text}: expected key=value")
        values[key.strip()] = parse(value, f"{where}: --set {key.strip()}")
    return values
