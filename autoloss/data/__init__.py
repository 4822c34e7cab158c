"""Data: a raw file is fetched (`fetch`), encoded (`encode`), and read by training and prediction.

`prepare` makes an encoded dataset; `load` reads one; `facts.read` reads its facts without loading torch.
Training imports only `encoded` and `batches`; everything else is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autoloss.data.encoded import EncodedData, Split, load
    from autoloss.data.facts import Facts
    from autoloss.data.preparation import prepare

__all__ = ["EncodedData", "Facts", "Split", "load", "prepare"]
_HOME = {"EncodedData": "encoded", "Split": "encoded", "load": "encoded", "Facts": "facts", "prepare": "preparation"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"autoloss.data.{_HOME[name]}"), name)
