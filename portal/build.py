"""What is made from the sources at start: static files under names that carry their hash, and compiled catalogs.

A hashed name never changes its content, so browsers keep it for ever and pages of an older version still find theirs.
"""

import gzip
import hashlib
import os
import tempfile
from pathlib import Path

import brotli
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_PACKED = {".css", ".js", ".svg", ".json", ".webmanifest"}


def hashed_files(source: Path, target: Path) -> dict[str, str]:
    """Copy every file of `source` to `target` under its hashed name, with `.br` and `.gz` beside texts; name -> hashed name."""
    names = {}
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            names[path.relative_to(source).as_posix()] = _keep(path, source, target)
    return names


def _keep(path: Path, source: Path, target: Path) -> str:
    content = path.read_bytes()
    stem = path.relative_to(source).with_suffix("").as_posix()
    name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
    if not (target / name).exists():
        if path.suffix in _PACKED:
            _write(target / f"{name}.br", brotli.compress(content, quality=11))
            _write(target / f"{name}.gz", gzip.compress(content, mtime=0))  # browsers ask for brotli on https only
        _write(target / name, content)
    return name


def compile_catalogs(translations: Path) -> None:
    """Bring every `messages.mo` up to its `messages.po`."""
    for catalog in translations.glob("*/LC_MESSAGES/messages.po"):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < catalog.stat().st_mtime:
            with catalog.open("rb") as file:
                messages = read_po(file, locale=catalog.parts[-3])
            _write(compiled, _compiled(messages))


def _compiled(messages: Catalog) -> bytes:
    with tempfile.TemporaryFile() as file:
        write_mo(file, messages)
        file.seek(0)
        return file.read()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
