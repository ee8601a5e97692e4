"""What every HTML answer must be (design.md sections 4, 5, 6 and 8). `problems()` lists what is not so, in words."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import brotli

from tests.markup import Node, parse

KB = 1024
PAGE, FIRST_PAINT, FRAGMENT, DECISION = 6 * KB, 14 * KB, 3 * KB, 1.5 * KB
LEVEL = 5
"""Brotli level that the server uses for pages (COMPRESS_BR_LEVEL)."""
STATEMENTS = 10

_STATIC = Path(__file__).resolve().parent.parent / "static"
_BANNED = re.compile(r"hx-(delete|put|patch)$|hx-on\b|^on[a-z]+$|^style$")


@cache
def static_size(name: str) -> int:
    return len(brotli.compress((_STATIC / name).read_bytes(), quality=11))


def size(html: str) -> int:
    return len(brotli.compress(html.encode(), quality=LEVEL))


def page_problems(html: str) -> list[str]:
    root, problems = parse(html)
    return [*problems, *_frame(root), *_common(root), *_references(root), *_page_budget(html)]


def fragment_problems(html: str, limit: float = FRAGMENT) -> list[str]:
    root, problems = parse(html)
    found, weight = [*problems, *_one_root(root), *_common(root)], size(html)
    if weight > limit:
        found.append(f"the fragment has {weight} bytes, more than {limit:.0f}")
    return found


def _page_budget(html: str) -> Iterator[str]:
    found = size(html)
    if found > PAGE:
        yield f"the page has {found} bytes, more than {PAGE}"
    if found + static_size("app.css") > FIRST_PAINT:
        yield "page and style sheet do not fit the first window"


def _frame(root: Node) -> Iterator[str]:
    headings = root.all("h1")
    if len(headings) != 1:
        yield f"{len(headings)} h1"
        return
    title = root.all("title")
    if not title or not title[0].text.startswith(headings[0].text) or not headings[0].text:
        yield f"the title does not start with {headings[0].text!r}"
    if not root.one("html").get("lang"):
        yield "no language"


def _one_root(root: Node) -> Iterator[str]:
    roots = [node for node in root.elements if node.tag != "hx-partial"]
    if len(roots) != 1 or not roots[0].get("id"):
        yield f"a fragment has one root with an id, not {[(node.tag, node.get('id')) for node in roots]}"
    for partial in root.all("hx-partial"):
        if "hx-target" not in partial:
            yield "hx-partial without a target"


def _common(root: Node) -> Iterator[str]:
    twice = [name for name, count in Counter(node["id"] for node in root.everything() if "id" in node).items() if count > 1]
    if twice:
        yield f"ids used twice: {twice}"
    for node in root.everything():
        yield from _clean(node)
        if node.tag == "form":
            yield from _form(node)
        if node.tag in ("input", "select", "textarea"):
            yield from _labelled(node, root)
        if node.tag in ("a", "button", "summary") and not _name(node):
            yield f"<{node.tag} {node.attributes}> says nothing"
        if node.tag == "img" and "alt" not in node:
            yield f"img without alt: {node.attributes}"


def _plain_ways(node: Node) -> set[str | None]:
    """Where a form goes without scripts; a field that asks while one types needs a button that asks the same."""
    if node.tag == "form":
        return {node.get("action")}
    form = node
    while form.parent and form.tag != "form":
        form = form.parent
    return {button.get("formaction") for button in form.all("button")} - {None}


def _clean(node: Node) -> Iterator[str]:
    """No inline script or style, nothing that only works with scripts."""
    if node.tag == "style" or (node.tag == "script" and "src" not in node):
        yield f"inline <{node.tag}>"
    for name, value in node.attributes.items():
        if _BANNED.search(name) or value.strip().lower().startswith(("js:", "javascript:")):
            yield f"banned: {name}={value!r} on <{node.tag}>"
        if name == "hx-trigger" and "[" in value:
            yield f"trigger filter: {value!r}"
    if "hx-get" in node and node["hx-get"] not in (node.get("href"), node.get("action")):
        yield f"works with scripts only: <{node.tag} hx-get={node['hx-get']}>"
    if "hx-post" in node and node["hx-post"] not in _plain_ways(node):
        yield f"works with scripts only: <{node.tag} hx-post={node['hx-post']}>"


def _form(form: Node) -> Iterator[str]:
    if form.up("form"):
        yield "a form inside a form"
    if (form.get("method") or "get").lower() != "post":
        return
    if not form.get("action"):
        yield "POST form without action"
    if not any(form.all(f"input[name={name}]") for name in ("csrf_token",)):
        yield f"POST form without token: {form.get('action')}"
    if not form.all("input[name=key]"):
        yield f"POST form without key: {form.get('action')}"
    if form.all("input[type=file]") and form.get("enctype") != "multipart/form-data":
        yield f"files need multipart/form-data: {form.get('action')}"


def _labelled(control: Node, root: Node) -> Iterator[str]:
    if control.get("type") in ("hidden", "submit", "button"):
        return
    if control.up("label") or {"aria-label", "aria-labelledby"} & control.attributes.keys():
        return
    if not control.get("id") or not root.all(f"label[for={control['id']}]"):
        yield f"no label: <{control.tag} {control.attributes}>"


def _name(node: Node) -> str:
    pictures = " ".join(image.get("alt") or "" for image in node.all("img"))
    return (node.text + (node.get("aria-label") or "") + pictures).strip()


def _references(root: Node) -> Iterator[str]:
    """What a page points at must be on it."""
    ids = {node["id"] for node in root.everything() if "id" in node}
    for node in root.everything():
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "form"):
            for wanted in (node.get(name) or "").split():
                if wanted not in ids:
                    yield f"<{node.tag} {name}={wanted!r}>: no such id"
        target = node.get("hx-target") or ""
        if target.startswith("#") and target[1:] not in ids:
            yield f"hx-target {target} is not on the page"
        href = node.get("href") or ""
        if node.tag == "a" and href.startswith("#") and href != "#" and href[1:] not in ids:
            yield f"link to {href}, which is not on the page"
