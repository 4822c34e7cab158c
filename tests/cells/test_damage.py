"""A damaged cell is named and never in a table, whichever of its files is hurt and how."""

import os
import random
import shutil

import pytest

from autoloss import cells
from autoloss.cells import inspect
from autoloss.reporting.collect import collect

SAMPLE = int(os.environ.get("AUTOLOSS_DAMAGES", "12"))  # `make test-crashes` hurts 200 files


def _flip(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


@pytest.mark.parametrize("seed", range(SAMPLE))
def test_a_random_damage_is_named_and_nothing_wrong_is_collected(config, plan, tmp_path, seed):
    chance = random.Random(seed)
    before = {result.cell_id: result.test for result in collect(config, plan, tmp_path)}
    hurt = chance.choice(plan.cells)
    file = chance.choice(sorted(hurt.folder(tmp_path).iterdir()))
    file.write_bytes(chance.choice([_flip, _cut])(file.read_bytes(), chance))

    for result in collect(config, plan, tmp_path):
        if result.state == "done":  # a flipped bit of white space in cell.json hurts nothing
            assert result.test == before[result.cell_id]
        else:
            assert result.cell_id == hurt.id
            assert str(hurt.folder(tmp_path)) in result.error and "\n" not in result.error
            assert inspect.wrong(hurt.folder(tmp_path))
    assert file.name == "cell.json" or cells.state(hurt, tmp_path) != "done"


HALVES = [["metrics.json", "history.jsonl"], ["cell.json", "metrics.json"], ["cell.json"], ["test_predictions.npy"]]


@pytest.mark.parametrize("left", HALVES, ids="+".join)
def test_a_cell_with_some_of_its_files_is_not_done(plan, tmp_path, left):
    folder = plan.cells[0].folder(tmp_path)
    for file in folder.iterdir():
        if file.name not in left:
            file.unlink()
    assert cells.state(plan.cells[0], tmp_path) == "missing"
    assert cells.error(plan.cells[0], tmp_path).startswith("damaged: ")


def test_the_files_of_one_cell_under_the_name_of_another_are_damage(plan, tmp_path):
    one, other = (cell.folder(tmp_path) for cell in plan.cells[:2])
    shutil.rmtree(other)
    shutil.copytree(one, other)
    assert cells.state(plan.cells[1], tmp_path) == "missing"
    assert one.name in cells.error(plan.cells[1], tmp_path)
    assert "digest" in inspect.wrong(other)


def test_a_damaged_record_of_a_failure_is_one_line(plan, tmp_path):
    cell = plan.cells[0]
    shutil.rmtree(cell.folder(tmp_path))
    cell.failure(tmp_path).parent.mkdir(parents=True)
    cell.failure(tmp_path).write_bytes(b'{"id": "x", "err')
    assert cells.state(cell, tmp_path) == "failed"
    assert "not valid JSON" in cells.error(cell, tmp_path)
