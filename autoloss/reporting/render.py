"""The report: tables, figures and the page, written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from autoloss import files
from autoloss.cells import Plan
from autoloss.config import Config
from autoloss.errors import UserError
from autoloss.reporting import captions, dvc, figures, page, reproduced, tables
from autoloss.reporting.material import gather

FOLDERS = ("tables", "figures", "plots", "metrics")
PAGE = "index.html"  # the last to be moved: it speaks of the others
WRITTEN = ".written.json"  # the files that the last report wrote


def render(config: Config, plan: Plan, root: Path = Path(".")) -> list[Path]:
    """Writes reports/tables, reports/figures, reports/plots, reports/metrics and reports/index.html.

    All is made in a scratch folder and moved into place at the end: a report that fails leaves the old one.

    Args:
        config: validated parameters.
        plan: the cells; those that failed or are missing are shown as such.
        root: the project's folder.

    Returns:
        The files written.

    Raises:
        UserError: the paper's numbers or claims are not valid.
    """
    material = gather(config, plan, root)
    reports = root / "reports"
    with _scratch(reports) as scratch:
        made = tables.build(material)
        drawn = figures.build(material, scratch / "figures")
        texts = {f"tables/{name}": text for name, text in tables.files(made).items()}
        texts |= {f"tables/{table.name}.html": page.table_page(material, table) for table in made}
        texts |= {
            f"tables/{captions.NAME}": captions.captions(made),
            f"figures/{captions.NAME}": captions.captions(drawn),
        }
        texts |= {f"plots/{name}": text for name, text in dvc.plots(material).items()}
        texts |= {f"metrics/{name}": text for name, text in dvc.metrics(material).items()}
        ours = reproduced.of_results(material.finished)
        if said := page.in_markdown(material):
            texts["tables/answer.md"] = said
        texts[f"tables/{reproduced.FILE}"] = reproduced.to_text(ours)
        other = reproduced.committed(root)
        compared = other and reproduced.compare(ours, tables.csv_texts(made), other)
        texts[PAGE] = page.page(material, made, drawn, compared)
        for name, text in texts.items():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).write_text(text)
        return _move(scratch, reports)


@contextmanager
def _scratch(reports: Path) -> Iterator[Path]:
    """A folder on the same file system as the report, gone at the end."""
    reports.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".scratch-", dir=reports, ignore_cleanup_errors=True) as folder:
        for name in FOLDERS:
            (Path(folder) / name).mkdir()
        yield Path(folder)


def _move(scratch: Path, reports: Path) -> list[Path]:
    """Renames every file into place and removes those of the last report that are no longer made.

    The report keeps a list of the files it wrote; any other file in these folders is not its own and stays.
    """
    made = [f"{folder}/{path.name}" for folder in FOLDERS for path in sorted((scratch / folder).iterdir())] + [PAGE]
    earlier = _written(reports)
    files.write_json(reports / WRITTEN, {"files": sorted({*earlier, *made})})  # of both, should this be killed
    for folder in FOLDERS:
        (reports / folder).mkdir(exist_ok=True)
    for name in made:
        os.replace(scratch / name, reports / name)
    for name in set(earlier) - set(made):
        (reports / name).unlink(missing_ok=True)
    files.write_json(reports / WRITTEN, {"files": made})
    return [reports / name for name in made]


def _written(reports: Path) -> list[str]:
    """The files that the last report wrote; none, so that all stay, if its list is spoilt, as by a merge."""
    try:
        listed = files.read_json(reports / WRITTEN).get("files")
    except UserError:
        return []
    return listed if isinstance(listed, list) and all(isinstance(name, str) for name in listed) else []
