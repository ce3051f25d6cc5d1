"""Groups that keep apart what is not one."""

from collections.abc import Hashable, Iterable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def grouped(
    nodes: Iterable[T], edges: Iterable[tuple[T, T]], apart: Iterable[tuple[T, T]]
) -> tuple[dict[T, T], list[bool]]:
    """Join `edges` one after the other; returns node -> one node of its group, and of each edge whether it holds.

    An edge that would bring the two of a pair of `apart` into one group does not hold, so those that come first go
    before. All nodes of `edges` and `apart` stand in `nodes`.
    """
    parent = {node: node for node in nodes}
    never: dict[T, set[T]] = {node: set() for node in parent}  # group -> the groups that it must not join

    def root(node: T) -> T:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in apart:
        never[one].add(other)
        never[other].add(one)
    holds = []
    for one, other in edges:
        left, right = root(one), root(other)
        holds.append(left == right or right not in never[left])
        if left != right and holds[-1]:
            if len(never[left]) < len(never[right]):
                left, right = right, left
            parent[right] = left
            for group in never.pop(right):
                never[group].discard(right)
                never[group].add(left)
                never[left].add(group)
    return {node: root(node) for node in parent}, holds
