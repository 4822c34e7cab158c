"""Titles and captions of what lies in a report's folder: captions.json beside it, which Snakemake's report reads."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from autoloss import files
from autoloss.errors import UserError

NAME = "captions.json"
_MARKUP = re.compile(r"([\\*_`|])")


class Captioned(Protocol):
    """A table or a figure."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def caption(self) -> str: ...


def captions(things: Iterable[Captioned]) -> str:
    """{name of the files without ending: {title, caption}}, as json."""
    found = {thing.name: {"title": thing.title, "caption": thing.caption} for thing in things}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def read(folder: Path) -> dict[str, dict[str, str]]:
    """What `captions` wrote there, or nothing; captions are reStructuredText that says nothing but its words.

    A file that is not as it was written, after a merge for example, is as good as none: the next report replaces it,
    and that needs the workflow, which reads it.
    """
    try:
        found = files.read_json(folder / NAME)
        return {name: {**about, "caption": _MARKUP.sub(r"\\\1", about["caption"])} for name, about in found.items()}
    except (UserError, TypeError, KeyError):
        return {}
