"""Checksums of raw files, taken once: a file whose size and time of change are as recorded is not read again."""

import hashlib
import json
from pathlib import Path

from autoloss.data.show import Bar
from autoloss.errors import UserError

FILE = "checksums.json"
_PIECE = 8 << 20


class Ledger:
    """checksums.json in the raw folder.

    `files` holds what is known of files on disk; `first_seen` the checksum that each archive had when it was
    first seen, for those that have no published one.
    """

    def __init__(self, raw: Path):
        self.path = raw / FILE
        try:
            known = json.loads(self.path.read_text())
        except FileNotFoundError:
            known = {}
        except ValueError:
            raise UserError(f"{self.path}: not valid JSON; delete it and prepare the data again") from None
        self.files: dict[str, dict] = known.get("files", {})
        self.first_seen: dict[str, str] = known.get("first_seen", {})

    def digests(self, path: Path) -> dict[str, str]:
        """{"md5", "sha256"} of a file."""
        stat = path.stat()
        mark = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        known = self.files.get(str(path.resolve()), {})
        if {k: known.get(k) for k in mark} != mark:
            known = {**mark, **_digests(path)}
            self.files[str(path.resolve())] = known
            self._write()
        return {k: known[k] for k in ("md5", "sha256")}

    def check_first_seen(self, filename: str, sha256: str) -> None:
        """Records the checksum of an archive, or compares it with the one recorded.

        Raises:
            UserError: it is another one.
        """
        seen = self.first_seen.setdefault(filename, sha256)
        if seen != sha256:
            raise UserError(
                f"{filename}: sha256 {sha256[:16]}… differs from {seen[:16]}… as first seen; "
                f"if the publisher changed the file, delete its line in {self.path}"
            )
        self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"files": self.files, "first_seen": self.first_seen}, indent=2) + "\n")
        part.rename(self.path)


def _digests(path: Path) -> dict[str, str]:
    sha, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file, Bar(f"checksum of {path.name}", path.stat().st_size, "bytes") as bar:
        while piece := file.read(_PIECE):
            sha.update(piece)
            md5.update(piece)
            bar.advance(len(piece))
    return {"md5": md5.hexdigest(), "sha256": sha.hexdigest()}
