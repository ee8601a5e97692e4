"""HTML as a small tree with a few selectors: `tag#id.class[name=value]`, joined by spaces for descendants.

Strict on purpose: an element that is closed by the wrong tag, or never, is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_WANTED = r"[#.][\w-]+|\[[\w:-]+(?:=(?:\"[^\"]*\"|[^\]]+))?\]"
_SIMPLE = re.compile(rf"([\w-]+)?((?:{_WANTED})*)")
_PART = re.compile(_WANTED)


@dataclass(eq=False)
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)
    parent: "Node | None" = None
    _below: "list[Node] | None" = None

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.attributes.get(name, default)

    @property
    def elements(self) -> "list[Node]":
        return [child for child in self.children if isinstance(child, Node)]

    @property
    def text(self) -> str:
        """What is written inside, white space folded."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()
                yield " " if child.tag not in ("b", "span", "small", "a", "strong") else ""

    def everything(self) -> "list[Node]":
        """In the order of the page; asked only when the tree is whole."""
        if self._below is None:
            self._below = below = []
            for child in self.children:
                if isinstance(child, Node):
                    below.append(child)
                    below += child.everything()
        return self._below

    def ancestors(self) -> "Iterator[Node]":
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def all(self, selector: str) -> "list[Node]":
        *above, last = [_simple(part) for part in selector.split()]
        return [node for node in self.everything() if last.fits(node) and _inside(node, above)]

    def one(self, selector: str) -> "Node":
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} elements match {selector!r}"
        return found[0]

    def up(self, tag: str) -> "Node | None":
        return next((node for node in self.ancestors() if node.tag == tag), None)


@dataclass(frozen=True)
class _Simple:
    tag: str | None
    parts: tuple[str, ...]

    def fits(self, node: Node) -> bool:
        return self.tag in (None, node.tag) and all(_has(node, part) for part in self.parts)


@cache
def _simple(selector: str) -> _Simple:
    match = _SIMPLE.fullmatch(selector)
    assert match, f"not a selector: {selector!r}"
    return _Simple(match[1], tuple(_PART.findall(match[2])))


def _has(node: Node, part: str) -> bool:
    if part[0] == "#":
        return node.get("id") == part[1:]
    if part[0] == ".":
        return part[1:] in (node.get("class") or "").split()
    name, _, value = part[1:-1].partition("=")
    return name in node and (not value or node[name] == value.strip("\"'"))


def _inside(node: Node, above: list[_Simple]) -> bool:
    if not above:
        return True
    return any(above[-1].fits(ancestor) and _inside(ancestor, above[:-1]) for ancestor in node.ancestors())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.at = Node("#root")
        self.problems: list[str] = []

    def _open(self, tag: str, attributes: list[tuple[str, str | None]]) -> Node:
        names = [name for name, _value in attributes]
        self.problems += [f"<{tag}> says {name} twice" for name in set(names) if names.count(name) > 1]
        node = Node(tag, {name: value or "" for name, value in attributes}, parent=self.at)
        self.at.children.append(node)
        return node

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = self._open(tag, attrs)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag != self.at.tag:
            self.problems.append(f"<{self.at.tag} {self.at.attributes}> is closed by </{tag}>")
            return
        self.at = self.at.parent or self.at

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


@lru_cache(maxsize=4)
def parse(html: str) -> tuple[Node, list[str]]:
    """The tree, and what is wrong with its nesting. Kept for a while: what is checked is then looked at by the test."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.at is not reader.root:
        reader.problems.append(f"<{reader.at.tag} {reader.at.attributes}> is never closed")
    return reader.root, reader.problems


def value_of(control: Node) -> Any:
    """What a browser would send for an untouched control; None when nothing."""
    kind = control.get("type", "text")
    if control.tag == "textarea":
        return "".join(control._texts()).removeprefix("\n")
    if control.tag == "select":
        options = control.all("option")
        chosen = [option for option in options if "selected" in option] or options[:1]
        return chosen[0].get("value", chosen[0].text) if chosen else None
    if kind in ("checkbox", "radio"):
        return control.get("value", "on") if "checked" in control else None
    return None if kind in ("file", "submit", "button") else control.get("value", "")
