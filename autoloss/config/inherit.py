"""`like: NAME`: an entry takes every key that it does not say from another entry of its section."""

from dataclasses import dataclass, replace

from autoloss.config.read import Mark, Node
from autoloss.errors import UserError, unknown

LIKE = "like"
LONGEST = 3  # entries in a chain


@dataclass(frozen=True)
class RawEntry:
    """An entry of a section as the file has it: where it stands, and its keys."""

    mark: Mark
    keys: dict[str, Node]

    def error(self, message: str) -> UserError:
        """What is wrong with this entry."""
        return UserError(f"{self.mark}: {message}")


def inherit(entries: dict[str, RawEntry]) -> dict[str, RawEntry]:
    """The entries of a section with the keys that they inherit.

    Raises:
        UserError: a name after `like` is unknown, or a chain is a circle or longer than LONGEST entries.
    """
    return {name: RawEntry(entry.mark, _keys(name, entries)) for name, entry in entries.items()}


def _keys(name: str, entries: dict[str, RawEntry]) -> dict[str, Node]:
    own, *bases = _chain(name, entries)
    found = dict(entries[own].keys)
    for base in bases:
        for key, node in entries[base].keys.items():
            found.setdefault(key, replace(node, like=base))
    return {key: node for key, node in found.items() if key != LIKE}


def _chain(name: str, entries: dict[str, RawEntry]) -> list[str]:
    """The entry, the one it is like, the one that this is like in turn, …"""
    chain = [name]
    while (node := entries[chain[-1]].keys.get(LIKE)) is not None:
        base = node.content
        if not isinstance(base, str):
            raise node.error("expected the name of an entry of this section")
        if base not in entries:
            raise unknown("entry", base, list(entries), str(node.mark))
        if base in chain:
            raise node.error(f"is circular: {' → '.join([*chain, base])}")
        chain.append(base)
        if len(chain) > LONGEST:
            raise node.error(f"{' → '.join(chain)} is a chain of {len(chain)} entries, expected at most {LONGEST}")
    return chain
