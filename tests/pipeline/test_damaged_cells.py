"""Cells that a disk, a hand or a killed copy spoiled: named, set aside, trained again; a table never has them."""

import json
import shutil


def _truncate(cell):
    (cell / "metrics.json").write_bytes((cell / "metrics.json").read_bytes()[:40])


def _empty(cell):
    (cell / "metrics.json").write_bytes(b"")


def _change_a_number(cell):
    metrics = json.loads((cell / "metrics.json").read_text())
    metrics["test"]["auc"] = 0.99
    (cell / "metrics.json").write_text(json.dumps(metrics))


def _remove(cell):
    (cell / "metrics.json").unlink()


def _leave_half(cell):
    for file in cell.iterdir():
        if file.name not in ("cell.json", "history.jsonl"):
            file.unlink()


def test_every_damage_is_named_and_its_cell_trained_again_with_the_same_numbers(trained):
    before = trained.metrics()
    ways = (_truncate, _empty, _change_a_number, _remove, _leave_half)
    damaged = sorted(before)[: len(ways)]
    for hurt, name in zip(ways, damaged, strict=True):
        hurt(trained.root / "results" / "cells" / name)
    shutil.rmtree(trained.root / "results" / "archive")  # no second copy
    said = trained.autoloss("verify", "--cells", fails=True)
    assert all(name in said for name in damaged) and "5 damaged" in said
    printed = trained.autoloss("run", "quality")
    assert "1 of 6 cells are there, 5 to train" in printed and "none left" in printed
    assert all(f"set aside in results/damaged/{name}" in printed for name in damaged)
    assert trained.metrics() == before
    assert "0 to train" in trained.autoloss("run", "quality")
