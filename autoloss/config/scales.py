"""Values that depend on the scale: `warmup: {demo: 20, small: 20, full: 200}`."""

from dataclasses import replace

from autoloss.config.read import Node
from autoloss.errors import UserError

SCALES = ("demo", "small", "full")


def pick(node: Node, scale: str) -> Node | None:
    """The value at one scale: wherever the keys of a mapping are scales, what stands under this one.

    Args:
        node: a value of an entry, or a top-level setting.
        scale: one of SCALES.

    Returns:
        None where the mapping has no value for the scale.

    Raises:
        UserError: the keys of a mapping are scales and others.
    """
    if not isinstance(node.content, dict):
        return node
    others = [key for key in node.content if key not in SCALES]
    if len(others) == len(node.content):
        picked = {key: pick(child, scale) for key, child in node.content.items()}
        whole = {key: child for key, child in picked.items() if child is not None}
        return replace(node, content=whole) if len(whole) == len(picked) else None
    if others:
        raise node.error(f"mixes scales with other keys ({', '.join(others)}); expected demo, small and full alone")
    chosen = node.content.get(scale)
    found = None if chosen is None else pick(chosen, scale)
    return None if found is None else replace(found, like=node.like)


def picked(node: Node, scale: str) -> Node:
    """As `pick`.

    Raises:
        UserError: there is no value for the scale.
    """
    found = pick(node, scale)
    if found is None:
        raise missing(node, scale)
    return found


def missing(node: Node, scale: str) -> UserError:
    """The error for a mapping of scales that lacks one."""
    return node.error(f"has no value for scale {scale}; expected a value for each of demo, small and full")
