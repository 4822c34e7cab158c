"""`autoloss params`: what params.yaml means at one scale."""

import json
from typing import Annotated

import typer


def params(
    scale: Annotated[
        str | None, typer.Option(help="demo, small or full: default that of params.yaml.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One nested JSON mapping instead of text.")] = False,
) -> None:
    """Prints every value of the configuration, with the line of params.yaml that it comes from.

    autoloss params --scale full
    """
    from autoloss.config import PARAMS, resolve, show

    config, document = resolve(PARAMS, scale)
    if as_json:
        print(json.dumps(show.mapping(config), indent=1))
        return
    rows = [(".".join(row.keys), show.text(row.value), row.source) for row in show.rows(config, document)]
    places, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for place, value, source in rows:
        print(f"{place:{places}}  {value:{min(values, 40)}}  {source}")
    for section, names in show.unused(config).items():
        print(f"not used at scale {config.scale}: {section} {', '.join(names)}")
