"""Real servers: PostgreSQL, S3, MLflow. Opt-in (`make test-stores`), with Debian's postgresql.

The drivers and the S3 server (moto) are installed into an environment of their own, beside this one's packages.
"""

import json
import os
import signal
import socket
import subprocess
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import real_servers
import yaml
from real_servers import free_port

SOURCE = Path(__file__).parent.parent.parent
PARAMS = {"scale": "demo", "datasets": {}, "losses": {}, "models": {}, "methods": {}, "experiments": {}}
TRACK = ("-m", "autoloss", "track")
# what a stage does around its cells; here, those that are there
STAGE = "from pathlib import Path\nfrom autoloss.tracking import background\n"
STAGE += "background.recorded('quality', Path('.'), print, lambda: None)"
pytestmark = pytest.mark.stores


@pytest.fixture(scope="module")
def bin_(environment_with) -> Path:
    """Where the interpreter with the drivers is."""
    extras = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return environment_with(*extras["postgresql"], *extras["s3"], "moto[s3,server]")


@pytest.fixture(scope="module")
def postgres():
    """The URI of a server that runs for these tests alone."""
    if not (programs := real_servers.postgres_programs()):
        pytest.exit("make test-stores: no /usr/lib/postgresql/*/bin/postgres: apt-get install postgresql", 1)
    with real_servers.postgres(programs) as uri:
        yield uri


class Project:
    """A project folder with finished cells and no plan; what its commands print."""

    def __init__(self, root: Path, bin_: Path, cell, seeds: range):
        self.root, self.bin = root, bin_
        root.mkdir(exist_ok=True)
        (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
        for seed in seeds:
            cell(root / "results", seed=seed)

    def start(self, uri: str, *arguments: str, **environment: str) -> subprocess.Popen:
        known = {k: v for k, v in os.environ.items() if k != "MLFLOW_EXPERIMENT_NAME"}
        settings = {"PYTHONPATH": str(SOURCE), "MLFLOW_TRACKING_URI": uri, **environment}
        return subprocess.Popen(
            [self.bin / "python", *arguments], cwd=self.root, env=known | settings,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def track(self, uri: str, **environment: str) -> str:
        return printed(self.start(uri, *TRACK, **environment))


def printed(process: subprocess.Popen) -> str:
    text = process.communicate(timeout=240)[0]
    assert "Traceback" not in text
    assert "secret" not in text
    return text


def failure(project: Project, uri: str, **environment: str) -> str:
    """The one line of a stage whose store fails; the stage itself ends well."""
    start = time.monotonic()
    process = project.start(uri, "-c", STAGE, **environment)
    [*_, line] = lines = printed(process).splitlines()
    assert process.returncode == 0 and len(lines) == 1, lines
    print(f"{time.monotonic() - start:.1f} s: {line}")
    assert line.startswith("not recorded in MLflow: ")
    return line


@pytest.fixture
def project(tmp_path, bin_, cell):
    return Project(tmp_path / "one", bin_, cell, range(3))


def test_postgresql_holds_every_cell_once_with_two_importers_at_once(postgres, project, bin_, cell, tmp_path):
    twin = Project(tmp_path / "twin", bin_, cell, range(3))
    other = Project(tmp_path / "other", bin_, cell, range(5, 7))
    assert "3 cells imported" in project.track(postgres, MLFLOW_EXPERIMENT_NAME="shared")
    for seed in (3, 4):
        for each in (project, twin):
            cell(each.root / "results", seed=seed)
    both = [each.start(postgres, *TRACK, MLFLOW_EXPERIMENT_NAME="shared") for each in (project, twin)]
    for each in both:
        assert "MLflow postgresql://127.0.0.1" in printed(each)
    assert "2 cells imported" in other.track(postgres)
    assert "0 cells imported, 5 were there, 0 superseded" in project.track(postgres, MLFLOW_EXPERIMENT_NAME="shared")
    count = "from mlflow import MlflowClient; c = MlflowClient(); e = c.get_experiment_by_name('shared')\n"
    count += "print(len(c.search_runs([e.experiment_id], \"params.kind = 'train'\")))"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": postgres}
    done = subprocess.run([bin_ / "python", "-c", count], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "5"


def test_a_second_project_of_the_same_name_is_told_so(postgres, project, bin_, cell, tmp_path):
    project.track(postgres)
    (tmp_path / "elsewhere").mkdir()
    namesake = Project(tmp_path / "elsewhere" / project.root.name, bin_, cell, range(1))
    assert "belongs to" in namesake.track(postgres)


def test_a_wrong_password_and_a_dead_and_a_hung_database(postgres, project):
    assert "correct the user and password" in failure(project, postgres.replace("secret", "secret2"))
    assert "autoloss track" in failure(project, f"postgresql://me:secret@127.0.0.1:{free_port()}/postgres")
    with socket.create_server(("127.0.0.1", 0)) as hung:
        assert "autoloss track" in failure(project, f"postgresql://me:secret@127.0.0.1:{hung.getsockname()[1]}/db")


@pytest.fixture
def server(bin_, tmp_path):
    """Starts MLflow servers; they end with the test."""
    with ExitStack() as running:
        yield lambda *options, **environment: running.enter_context(
            real_servers.mlflow(bin_, tmp_path, *options, **environment)
        )


def test_artifacts_on_s3(bin_, project, server, cell):
    with real_servers.s3(bin_) as s3:
        keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
        keys["MLFLOW_S3_ENDPOINT_URL"] = s3
        uri, _ = server("--default-artifact-root", "s3://bucket/runs", "--no-serve-artifacts", **keys)
        assert "3 cells imported" in project.track(uri, **keys)
        listed = urlopen(f"{s3}/bucket?list-type=2").read().decode()
        assert listed.count("cell.json</Key>") == 3
    cell(project.root / "results", seed=9)
    failure(project, uri, **keys)  # the server is up, S3 is not


def recorded(uri: str) -> list[str]:
    """The cells that a server has runs of."""

    def ask(path: str, body: bytes | None = None) -> dict:
        headers = {"Content-Type": "application/json"}
        return json.load(urlopen(Request(f"{uri}/api/2.0/mlflow/{path}", body, headers)))

    experiment = ask("experiments/get-by-name?experiment_name=one")["experiment"]["experiment_id"]
    query = {"experiment_ids": [experiment], "filter": "params.kind = 'train'", "max_results": 1000}
    runs = ask("runs/search", json.dumps(query).encode()).get("runs", [])
    return [tag["value"] for run in runs for tag in run["data"]["tags"] if tag["key"] == "cell.id"]


def test_a_server_that_hangs_in_the_middle_and_one_that_is_killed(project, server):
    uri, process = server()
    project.track(uri)
    os.killpg(process.pid, signal.SIGSTOP)
    assert "autoloss track" in failure(project, uri)
    os.killpg(process.pid, signal.SIGCONT)
    os.killpg(process.pid, signal.SIGKILL)
    assert "cannot be reached" in failure(project, uri)


def test_a_server_killed_in_the_middle_of_an_import_loses_and_doubles_nothing(project, server, cell):
    uri, process = server()
    project.track(uri)
    for seed in range(10, 50):
        cell(project.root / "results", seed=seed)
    importing = project.start(uri, *TRACK)
    while len(recorded(uri)) < 10:
        assert importing.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    text = printed(importing)
    assert importing.returncode == 1 and text.count("error: ") == 1 and "autoloss track" in text
    uri, _ = server()  # on the same database
    project.track(uri)
    assert "0 cells imported, 43 were there" in project.track(uri)
    assert len(recorded(uri)) == len(set(recorded(uri))) == 43


def test_a_slow_server_gets_a_bounded_time_and_the_next_run_goes_on(project, server, cell):
    uri, _ = server()
    for seed in range(10, 40):
        cell(project.root / "results", seed=seed)
    with real_servers.slowed(uri) as slowly:
        assert "stopped after 15 s" in failure(project, slowly)
    project.track(uri)
    assert "0 cells imported, 33 were there" in project.track(uri)
