"""`autoloss data`, as it is typed; and what must not depend on the process that runs it."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from typer.testing import CliRunner

from autoloss.cli.data import app
from autoloss.errors import UserError

FILES = ("--source", "x", "--out", "y")
PARAMS = {
    "datasets": {
        "criteo": {"task": "binary", "source": "synthetic", "rows": 1000, "threshold": 10},
        "idle": {"use": "criteo", "task": "binary", "source": "synthetic", "rows": 1000},
    },
    "losses": {"cross_entropy": {}},
    "models": {"deepfm": {}},
    "methods": {"ce": {"use": "fixed", "losses": ["cross_entropy"]}},
    "training": {"paper": {}},
    "experiments": {"one": {"datasets": ["criteo"], "models": ["deepfm"], "methods": ["ce"]}},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    return tmp_path


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_prepare_check_stats_lookup(project):
    assert run("prepare", "criteo").strip() == "data/encoded/demo/criteo"
    assert run("check").startswith("criteo: 1000 rows, ")
    table = run("stats")
    assert "1,000" in table and "45,840,617" in table and "1,086,810" in table and "auc 0." in table
    assert "id 0 (the field's ids: 0–" in run("lookup", "criteo", "I1", "123456789")
    assert run("prepare").strip() == "data/encoded/demo/criteo", "what is in use, where no name is given"
    run("prepare", "idle")
    assert json.loads((project / "data/encoded/demo/idle/meta.json").read_text()) == {"name": "idle", "unused": True}


def test_encode_takes_a_file_in_any_of_the_formats(project, criteo_lines):
    (project / "mine.txt").write_text("\n".join(criteo_lines(100)))
    assert run("encode", "criteo", "--source", "mine.txt", "--out", "out/criteo").strip() == "out/criteo"
    meta = json.loads((project / "out/criteo/meta.json").read_text())
    assert meta["rows"] == 100 and meta["settings"]["threshold"] == 10, "as params.yaml says, but all rows"
    (project / "t.csv").write_text("y;a;b\n" + "".join(f"{i % 2};{i % 3};{i % 5}\n" for i in range(100)))
    run("encode", "table", "--source", "t.csv", "--out", "t", "--set", "label=y", "--set", "separator=;")
    assert json.loads((project / "t/meta.json").read_text())["field_sizes"] == [3, 5]


def test_a_folder_that_holds_the_source_is_untouched(project):
    (project / "mydata").mkdir()
    (project / "mydata" / "orders.csv").write_text("label,a\n0,1\n1,2\n")
    (project / "mydata" / "notes.txt").write_text("precious")
    with pytest.raises(UserError, match="the source lies inside the output mydata"):
        run("encode", "table", "--source", "mydata/orders.csv", "--out", "mydata")
    assert sorted(p.name for p in project.iterdir()) == ["mydata", "params.yaml"]
    assert (project / "mydata" / "notes.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["prepare", "creteo"], "unknown dataset 'creteo'; did you mean 'criteo'?"),
        (["encode", "tabel", *FILES], "unknown dataset or format 'tabel'; did you mean 'table'?"),
        (["encode", "table", *FILES], "source x: not found"),
        (["encode", "table", *FILES, "--set", "lable=z"], "unknown key 'lable'; did you mean 'label'?"),
        (["encode", "table", *FILES, "--set", "label"], "--set label: expected key=value"),
        (["encode", "criteo", *FILES, "--set", "threshold=-1"], "threshold: .* found -1"),
        (["check"], "autoloss data prepare criteo"),
        (["lookup", "criteo", "I1", "1"], "autoloss data prepare criteo"),
    ],
)
def test_bad_input_is_one_clear_line(words, why, project):
    with pytest.raises(UserError, match=why) as error:
        run(*words)
    assert "\n" not in str(error.value)


def test_a_dataset_that_cannot_be_prepared_does_not_stop_the_next(project):
    with pytest.raises(UserError, match="unknown dataset 'creteo'") as error:
        run("prepare", "creteo", "criteo")
    assert "criteo" in run("check") and "\n" not in str(error.value)


def _python(code: str, **environment: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_hash_seed_and_number_of_threads_change_nothing(project):
    code = """
from pathlib import Path
from autoloss.config import load
from autoloss.data import preparation
from autoloss.data.encode import parallel
import os
parallel.workers = lambda: int(os.environ["WORKERS"])
folder = preparation.prepare(load(), "criteo", Path(os.environ["WORKERS"]))
import hashlib
for name in ("meta.json", "train_ids.npy", "vocabulary.parquet"):
    print(hashlib.sha256((folder / name).read_bytes()).hexdigest())
"""
    one = _python(code, PYTHONHASHSEED="1", POLARS_MAX_THREADS="1", WORKERS="1")
    assert one == _python(code, PYTHONHASHSEED="2", POLARS_MAX_THREADS="4", WORKERS="4")


def test_training_imports_no_reader_and_preparing_no_torch():
    loaded = "import sys; print(sorted({'torch', 'polars', 'pyarrow', 'httpx', 'rich', 'pandas'} & set(sys.modules)))"
    assert _python(f"from autoloss.data import load; import autoloss.data.batches; {loaded}") == "['torch']"
    assert "torch" not in _python(f"from autoloss.data import prepare; {loaded}")
