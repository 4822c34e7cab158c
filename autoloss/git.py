"""What git says of a project; nothing outside a repository, or where git is not installed."""

from pathlib import Path
from subprocess import run


def output(root: Path, *arguments: str) -> str | None:
    """What a git command prints; None if it fails, as outside a repository, or if there is no git."""
    try:
        done = run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def commit(root: Path, name: str = "HEAD") -> str | None:
    """The hash of a commit, which may be given as anything that git takes for one; None without it."""
    found = output(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return found.strip() if found else None
