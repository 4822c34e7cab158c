"""From a raw file to arrays that a training reads: `prepare` makes them, `load` reads them.

A training imports only `load`, `encoded` and `batches` (torch, numpy); what downloads and encodes is
imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoloss.data.build import prepare
    from autoloss.data.encoded import EncodedData, Meta, Split, load, read_meta

__all__ = ["EncodedData", "Meta", "Split", "load", "prepare", "read_meta"]
_HOME = {"prepare": "build"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"autoloss.data.{_HOME.get(name, 'encoded')}"), name)
