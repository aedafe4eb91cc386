"""How a waiting inquiry's requirements widen with time, its place kept (routing-semantics section 5)."""

from routing.rules.book import Relaxation, Requirement


def in_force(
    requirements: tuple[Requirement, ...], steps: tuple[Relaxation, ...], open_elapsed_s: int
) -> tuple[Requirement, ...]:
    """What still counts after ``open_elapsed_s`` open seconds of waiting. Steps are absolute and add up, in whatever
    order they are written; a hard requirement (no group) always counts."""
    dropped = {group for step in steps if step.after_s <= open_elapsed_s for group in step.drop}
    return tuple(each for each in requirements if each.group not in dropped)
