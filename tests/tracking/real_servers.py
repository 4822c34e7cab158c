"""Servers for tests that start and end with them: PostgreSQL, S3 (moto), MLflow, and a slow one before another."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

DELAY = 0.5  # seconds that the slow server takes longer


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


def postgres_programs() -> Path | None:
    """The folder of the newest installed PostgreSQL's programs, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """The URI of a PostgreSQL server of its own."""
    # not below pytest's folder, which the user postgres may not enter
    folder, port = Path(mkdtemp(prefix="autoloss-postgres-")), free_port()
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


@contextmanager
def s3(bin_: Path) -> Iterator[str]:
    """The URL of an S3 server with an empty bucket, named `bucket`."""
    port = free_port()
    moto = subprocess.Popen(
        [bin_ / "moto_server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        urlopen(Request(f"http://127.0.0.1:{port}/bucket", method="PUT"))
        yield f"http://127.0.0.1:{port}"
    finally:
        moto.kill()
        moto.wait()


@contextmanager
def mlflow(
    bin_: Path, folder: Path, *options: str, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The URL and the process, which leads its group, of an MLflow server on the database of a folder."""
    port = free_port()
    process = subprocess.Popen(
        [bin_ / "python", "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
         "--backend-store-uri", f"sqlite:///{folder}/server.db", *options],
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **environment}, cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def slowed(uri: str) -> Iterator[str]:
    """The URL of a server that passes everything on to another one, each call half a second later."""

    class Slow(BaseHTTPRequestHandler):
        def handle_one(self):
            time.sleep(DELAY)
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

        def log_message(self, format, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as slow:
        Thread(target=slow.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{slow.server_port}"
        slow.shutdown()
