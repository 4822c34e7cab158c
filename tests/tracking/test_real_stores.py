"""Real servers: PostgreSQL, S3, MLflow. Opt-in (`make test-stores`), with Debian's postgresql.

The drivers and the S3 server (moto) are installed into an environment of their own, beside this one's packages.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

SOURCE = Path(__file__).parent.parent.parent
PARAMS = {"scale": "demo", "datasets": {}, "losses": {}, "models": {}, "methods": {}, "experiments": {}}
TRACK = ("-m", "autoloss", "track")
# what a stage does around its cells; here, those that are there
STAGE = "from pathlib import Path\nfrom autoloss.tracking import background\n"
STAGE += "background.recorded('quality', Path('.'), print, lambda: None)"
pytestmark = pytest.mark.stores


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port: int, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not answers(port):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def bin_(environment_with) -> Path:
    """Where the interpreter with the drivers is."""
    extras = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return environment_with(*extras["postgresql"], *extras["s3"], "moto[s3,server]")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """The URI of a server that runs for these tests alone."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.exit("make test-stores: no /usr/lib/postgresql/*/bin/postgres: apt-get install postgresql", 1)
    # not below pytest's folder, which the user postgres may not enter
    folder, port, programs = Path(mkdtemp(prefix="autoloss-postgres-")), free_port(), found[-1].parent
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name  # it refuses to run as root
    shutil.chown(folder, user)
    password = folder / "password"
    password.write_text("secret")
    shutil.chown(password, user)
    run = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    initdb = [programs / "initdb", "-D", folder / "data", "-U", "me", "--pwfile", password, "-A", "scram-sha-256"]
    subprocess.run(initdb, check=True, **run)
    server = subprocess.Popen([programs / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder], **run)
    try:
        wait_for(port)
        yield f"postgresql://me:secret@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(folder)


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
    running = []

    def start(*options: str, **environment: str) -> tuple[str, subprocess.Popen]:
        port, store = free_port(), f"sqlite:///{tmp_path}/server.db"
        process = subprocess.Popen(
            [bin_ / "python", "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
             "--backend-store-uri", store, *options],
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **environment}, cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        running.append(process)
        wait_for(port)
        return f"http://127.0.0.1:{port}", process

    yield start
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_artifacts_on_s3(bin_, project, server, cell):
    port = free_port()
    moto = subprocess.Popen(
        [bin_ / "moto_server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        urlopen(Request(f"http://127.0.0.1:{port}/bucket", method="PUT"))
        keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
        keys["MLFLOW_S3_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        uri, _ = server("--default-artifact-root", "s3://bucket/runs", "--no-serve-artifacts", **keys)
        assert "3 cells imported" in project.track(uri, **keys)
        listed = urlopen(f"http://127.0.0.1:{port}/bucket?list-type=2").read().decode()
        assert listed.count("cell.json</Key>") == 3
    finally:
        moto.kill()
        moto.wait()
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

    class Slow(BaseHTTPRequestHandler):
        def handle_one(self):
            time.sleep(0.5)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            try:
                answer = urlopen(Request(uri + self.path, body, headers, method=self.command))
            except HTTPError as error:
                answer = error
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() in ("content-type", "allow"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as slow:
        Thread(target=slow.serve_forever, daemon=True).start()
        slowly = f"http://127.0.0.1:{slow.server_port}"
        assert "stopped after 15 s" in failure(project, slowly)
        slow.shutdown()
    project.track(uri)
    assert "0 cells imported, 33 were there" in project.track(uri)
