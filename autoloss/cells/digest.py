"""What a result depends on, as a digest: parameters, data, upstream cells, and the code that trains.

The code digest covers the `autoloss` modules reachable by module-level imports from the training entry
and the cell's plug-ins (autoloss/code_digest.py says what counts in each). `hidden_imports` finds, before a job, the
imports that escape this; `unforeseen_modules`, at its end, a module that was imported all the same.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

from autoloss import code_digest, imports, registry
from autoloss.training.spec import Spec

ENTRY = "autoloss.training.entry"
# These decide which cells there are and where they lie; what they resolve stands in a cell's specification.
OUTSIDE = ("autoloss.cells", "autoloss.cli", "autoloss.config")


def of(content: Any) -> str:
    """sha256 of anything that json can say, independent of the order of keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def roots(spec: Spec) -> tuple[str, ...]:
    """The modules that a cell's training starts from: the entry, the metrics, and the plug-ins of its specification."""
    plug_ins = [f"autoloss.models.{spec.model.use}", f"autoloss.methods.{spec.method.use}"]
    plug_ins += [f"autoloss.losses.{loss.use}" for loss in spec.losses.values()]
    return (ENTRY, *plug_ins, *(f"autoloss.metrics.{name}" for name in registry.names("metrics")))


def code(modules: Iterable[str]) -> str:
    """Digest of the closure of `modules`."""
    return _code(tuple(modules))


@cache
def _code(modules: tuple[str, ...]) -> str:
    return of(code_digest.modules_by_hash(modules))


def current_code(spec: Spec) -> str:
    """The code digest of a specification, from the files as they are now."""
    imports.forget()
    _code.cache_clear()
    return code(roots(spec))


def loaded_modules() -> set[str]:
    """The `autoloss` modules that this process has imported."""
    return {name for name in sys.modules if name.partition(".")[0] == "autoloss"}


def hidden_imports(spec: Spec) -> list[str]:
    """The imports inside functions by which training would load what the code digest of its specification lacks."""
    covered = imports.closure(roots(spec))
    found = ((place, name) for module in covered for place, name in imports.later(module) if name not in covered)
    return [f"{place} imports {name}" for place, name in found if not name.startswith(OUTSIDE)]


def unforeseen_modules(spec: Spec, before: set[str]) -> list[str]:
    """What a training has imported by some other way, `import_module` say, though the code digest does not cover it.

    Args:
        spec: the cell's specification.
        before: what earlier cells of this process had loaded: it cannot be told whether this one imported that, too.
    """
    new = loaded_modules() - before - set(imports.closure(roots(spec)))
    return sorted(name for name in new if not name.startswith(OUTSIDE))
