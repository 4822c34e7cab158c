"""Errors that the user can mend: their text is the one line that the user sees."""

from difflib import get_close_matches


class UserError(Exception):
    """Bad input. The message says where, what was found and what was expected, in one line."""


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal. The message says what is kept. `except Exception` does not catch it."""


def unknown(what: str, found: str, known: list[str] | tuple[str, ...], where: str) -> UserError:
    """The error for a name that does not exist, with the nearest one that does."""
    near = get_close_matches(found, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
    return UserError(f"{where}: unknown {what} {found!r}; {hint}")
