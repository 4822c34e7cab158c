"""Comparisons and verdicts of the made-up cells beside what is stored: a change of structure moves no number.

After a change that is meant to move one: `python tests/reporting/test_golden_comparisons.py`, and read the diff.
"""

import csv
import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden_comparisons"
TABLES = ("overall", "overall-tests", "transfer", "ablations", "ambiguities", "claims")
LEFT_OUT = ("cells",)  # their names hold digests


def build(root):
    """{file name: lines} of five seeds of everything at scale small, the data taken for real ones."""
    import fake_cells
    import fake_files
    from fake_facts import REAL

    from autoloss.reporting import tables
    from autoloss.reporting.material import gather

    config = fake_cells.config(scale="small", seeds=5, **fake_cells.DEMO)
    found = gather(config, fake_files.project(root, config, fail=("kl-deepfm-ml-20m-s1",)), root)
    found = replace(found, facts={n: replace(known, bayes=None, source=REAL) for n, known in found.facts.items()})
    files = tables.files(tables.build(found))
    return {f"{name}.csv": list(csv.DictReader(io.StringIO(files[f"{name}.csv"]))) for name in TABLES}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return build(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", [f"{name}.csv" for name in TABLES])
def test_no_number_and_no_verdict_moves(files, name):
    stored = list(csv.DictReader(io.StringIO((FOLDER / name).read_text())))
    assert len(files[name]) == len(stored)
    for line, expected in zip(files[name], stored, strict=True):
        for column, value in expected.items():
            assert _same(line[column], value), (expected, column, line[column])


def _same(value, expected):
    try:
        return float(value) == pytest.approx(float(expected), rel=1e-6, abs=1e-12)
    except ValueError:
        return value == expected


if __name__ == "__main__":
    import tempfile

    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as scratch:
        for name, lines in build(Path(scratch)).items():
            with (FOLDER / name).open("w") as file:
                kept = [column for column in lines[0] if column not in LEFT_OUT]
                writer = csv.DictWriter(file, kept, extrasaction="ignore", lineterminator="\n")
                writer.writeheader()
                writer.writerows(lines)
