"""Prints the description of a table, and the entries for params.yaml."""

import re

import yaml
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from autoloss.config.read import Plain, needs_quotes
from autoloss.data.describe import Described

HEADER = ("column", "treated as", "distinct", "kept", "missing", "because")


def show(found: Described, name: str) -> None:
    """Prints the table, the warnings, and what to paste.

    Args:
        found: the description.
        name: the dataset's name in params.yaml.
    """
    console = Console(soft_wrap=True, highlight=False, markup=False)
    table = Table(title=f"{found.rows:,} rows; {found.label}", box=SIMPLE, title_justify="left")
    for title in HEADER:
        table.add_column(title, no_wrap=True, justify="right" if title in HEADER[2:5] else "left")
    for row in found.columns:
        counts = ("–" if n is None else f"{n:,}" for n in (row.distinct, row.kept, row.missing))
        table.add_row(row.column, row.treated, *counts, row.reason)
    Console(width=200, highlight=False, markup=False).print(table)
    for warning in found.warnings:
        console.print(f"warning: {warning}", style="yellow")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "mine"
    experiment: dict[str, Plain] = {"datasets": [name], "models": ["deepfm"], "methods": ["ce", "autoloss"]}
    print("For params.yaml:\n")
    print(_section("datasets", name, found.entry))
    print(_section("experiments", name, experiment), end="")


def _section(section: str, name: str, entry: dict[str, Plain]) -> str:
    """An entry as it stands in params.yaml: one key a line, short lists in brackets."""
    lines = [f"{section}:", f"  {_flow(name)}:", *(f"    {key}: {_flow(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def _flow(value: Plain) -> str:
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


class _Dumper(yaml.SafeDumper):
    """Quotes for the reader of params.yaml: PyYAML itself takes only what YAML 1.1 calls a number for one."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """A text in double quotes, on one line, unless PyYAML may decide."""
    style = '"' if needs_quotes(text) or not text.isprintable() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)
