"""Why a cell would run: what differs from the last result of the same name."""

import json
from pathlib import Path
from typing import Any

from autoloss.cells.cell import Cell, error, state
from autoloss.cells.run import describe


def reasons(cells: tuple[Cell, ...], root: Path) -> dict[str, str]:
    """For each cell id, one phrase; empty for a cell that is done."""
    earlier = _earlier(root)
    return {cell.id: _reason(cell, earlier.get(_name(describe(cell))), root) for cell in cells}


def _reason(cell: Cell, before: dict[str, Any] | None, root: Path) -> str:
    if state(cell, root) == "done":
        return ""
    if (root / "results" / "archive" / cell.id).is_dir():
        return "comes back from the archive"
    if state(cell, root) == "failed":
        return f"failed before: {error(cell, root)}"
    if before is None:
        return "never trained"
    now, then = _flat(json.loads(json.dumps(describe(cell)))), _flat(before)
    keys = [k for k in sorted({*now, *then}) if k.split(".")[0] in ("spec", "upstream", "code", "hardware")]
    changes = [_change(key, then.get(key), now.get(key)) for key in keys if now.get(key) != then.get(key)]
    return "; ".join(changes[:3]) + ("; …" if changes[3:] else "") or "its specification changed"


def _change(key: str, then: Any, now: Any) -> str:
    if key.startswith("code."):
        return f"code changed: {key.removeprefix('code.')}"
    if key == "spec.data.sha256":
        return "the data changed"
    if key.startswith("upstream."):
        return f"its {key.removeprefix('upstream.')} cell changed"
    return f"{key.removeprefix('spec.')}: {then} → {now}"


def _flat(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        # module names have dots of their own: one level is enough for them
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _name(about: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(about[key] for key in ("kind", "scale", "dataset", "model", "method", "training", "seed"))


def _earlier(root: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The newest result under each name, wherever it lies."""
    results = root / "results"
    files = [f for pattern in ("cells/*", "timing/*/*", "archive/*") for f in results.glob(f"{pattern}/cell.json")]
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for file in sorted(files, key=lambda f: f.stat().st_mtime):
        about = json.loads(file.read_text())
        newest[_name(about)] = about
    return newest
