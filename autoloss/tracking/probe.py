"""Whether an MLflow store can be used: found out in seconds, and told in one line with the cure.

MLflow itself tries a database ten times over a hundred seconds, and waits for a silent server for minutes.
"""

import re
from errno import ENOSPC
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote

import httpx
import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from autoloss.errors import UserError

SECONDS = 5  # for a connection, and for an answer
API = "/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default"  # of a server: what reaches its database
SQLITE = "sqlite:///"
LATER = "nothing is lost: run `autoloss track` when it is up"
_DRIVERS = {
    "psycopg2": "pip install '.[postgresql]'",
    "pymysql": "pip install '.[mysql]'",
    "MySQLdb": "pip install '.[mysql]' and write mysql+pymysql://",
    "boto3": "pip install '.[s3]'",
}
_CURES = (  # a pattern in the error's text, and what to do about it
    (r"error code 40[13]", "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"),  # or what else MLflow reads
    (r"database schema|locate revision", "made by another version of MLflow (here: {mlflow}): `mlflow db upgrade URI`"),
    (r"_alembic_tmp", "half-made by a killed import: remove it, and run `autoloss track` to rebuild it"),
    (r"No space left|disk is full", "free some space, then run `autoloss track`"),
    (r"Permission denied|readonly database|Read-only", "give this user the right to write there, or use another store"),
    (r"authentication failed|Access denied|password", "correct the user and password in MLFLOW_TRACKING_URI"),
    (r"credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write ~/.aws/credentials"),
    (r"refused|timeout|timed out|not answer|could not|unreachable|Connection|closed", LATER),
)


def shown(uri: str) -> str:
    """The URI without user and password, also where it is not valid."""
    return re.sub(r"//.*@", "//", uri)


def located(uri: str, root: Path) -> tuple[str, Path | None]:
    """A store's URI, and its file if it is one; relative paths start in the project's folder, `root`."""
    if not uri.startswith(SQLITE):
        return uri, None
    file = (root / uri.removeprefix(SQLITE)).resolve()
    return f"{SQLITE}{file}", file


def can_check(uri: str) -> bool:
    """Whether `check` connects: to servers and databases, not to what only MLflow knows how to reach."""
    return _scheme(uri) in ("http", "https") or _is_database(uri)


def _scheme(uri: str) -> str:
    found = re.match(r"([a-z][a-z0-9+.-]*):", uri.lower())  # urlsplit raises where an address is not valid
    return found[1] if found else ""


def check(uri: str) -> bool:
    """Connects once.

    Args:
        uri: of the store.

    Returns: whether it is a database without tables: the first connection makes them, which takes long from afar.

    Raises:
        UserError: the store is of a kind that MLflow does not have, lacks its driver, or does not answer.
    """
    scheme = _scheme(uri)
    if scheme in ("", "file"):
        expected = "expected sqlite:///file.db or http(s)://server"
        raise UserError(f"MLflow store {shown(uri)}: a folder of files, which MLflow no longer supports; {expected}")
    try:
        if scheme in ("http", "https"):
            _check_server(uri)
        elif _is_database(uri):
            return _is_empty(uri)
    except Exception as error:  # a driver may raise anything
        raise explained(error, uri) from error
    return False


def _check_server(uri: str) -> None:
    try:
        answer = httpx.get(uri.rstrip("/") + API, timeout=SECONDS, follow_redirects=True)
    except httpx.HTTPError as error:
        text = str(error) or type(error).__name__
        raise UserError(f"MLflow store {shown(uri)}: the server cannot be reached ({text}); {LATER}") from None
    if answer.status_code >= 500:
        raise UserError(f"MLflow store {shown(uri)}: the server answers {answer.status_code}; {LATER}")


def _is_database(uri: str) -> bool:
    return _scheme(uri).partition("+")[0] in ("sqlite", "postgresql", "mysql", "mssql")


def database(uri: str) -> Engine | None:
    """What connects to a store's database; None for a server, and for a file that is not there."""
    if not _is_database(uri):
        return None
    where = make_url(uri)
    if where.get_backend_name() == "sqlite":
        if not where.database or not Path(where.database).exists():
            return None  # MLflow makes it; a connection would leave an empty file where that fails
        arguments = {}
    else:
        arguments = {"timeout" if where.get_backend_name() == "mssql" else "connect_timeout": SECONDS}
    return sqlalchemy.create_engine(where, connect_args=arguments)


def _is_empty(uri: str) -> bool:
    engine = database(uri)
    if engine is None:
        return True
    try:
        return not any(table == "experiments" for table in sqlalchemy.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def explained(error: Exception, uri: str) -> UserError:
    """Any failure as one line with its cure."""
    if isinstance(error, UserError):
        return error
    text = _one_line(error, uri)
    if lacking := _lacking(error, text):
        cure = _DRIVERS.get(lacking, f"pip install {lacking}")
        return UserError(f"MLflow store {shown(uri)}: its driver {lacking} is not installed: {cure}")
    if isinstance(error, NoSuchModuleError | ArgumentError):
        return UserError(f"MLflow store {shown(uri)}: {text}; expected sqlite, postgresql, mysql or http(s)")
    if isinstance(error, OSError) and error.errno == ENOSPC:
        text = f"No space left on device ({error.filename})" if error.filename else "No space left on device"
    cure = next((cure for pattern, cure in _CURES if re.search(pattern, text, re.IGNORECASE)), None)
    hint = f"; {cure.format(mlflow=version('mlflow'))}" if cure else ""
    return UserError(f"MLflow store {shown(uri)}: {text}{hint}")


def _one_line(error: Exception, uri: str) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and "Query-invoked autoflush" not in line]  # a remark of SQLAlchemy's
    text = lines[0][:300] if lines else type(error).__name__
    secret = re.search(r"//[^:]*:(.+)@", uri)
    for each in {secret[1], unquote(secret[1])} if secret else ():
        text = text.replace(each, "***")
    return re.sub(r"//[^/\s]*@", "//", text)


def _lacking(error: BaseException | None, text: str) -> str | None:
    """The module that is missing: MLflow sometimes hides the import's error in one of its own."""
    while error:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name.partition(".")[0]
        error = error.__cause__ or error.__context__
    found = re.search(r"No module named '(\w+)", text)
    return found[1] if found else None
