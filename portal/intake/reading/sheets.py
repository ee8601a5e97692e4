"""Open a file that somebody uploaded: a CSV in any of its dialects, or an Excel workbook. Content decides, not the name."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from portal.intake.reading.delimited import open_text
from portal.intake.reading.grid import Cell, Content, Limits, Row, Sheet, Unreadable
from portal.intake.reading.workbooks import open_workbook

__all__ = ["Cell", "Limits", "Row", "Sheet", "Unreadable", "open_table"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"<", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


@contextmanager
def open_table(source: Path | bytes, limits: Limits | None = None) -> Iterator[list[Sheet]]:
    """The visible sheets of the file, to be read inside the `with`. Raises Unreadable, here or while rows are read."""
    limits = limits or Limits()
    content = _content(source)
    with _reader(content, limits)(content, limits) as sheets:
        yield sheets


def _content(source: Path | bytes) -> Content:
    if isinstance(source, bytes):
        return partial(io.BytesIO, source)
    return lambda: source.open("rb")


def _reader(content: Content, limits: Limits) -> Callable[[Content, Limits], AbstractContextManager[list[Sheet]]]:
    with content() as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        head = stream.read(64).lstrip()
    if not head:
        raise Unreadable("empty")
    if size > limits.file_bytes:
        raise Unreadable("too_large", size=_megabytes(size), limit=_megabytes(limits.file_bytes))
    if head.startswith(_OLE):
        raise Unreadable(_ole_code(content))
    if head.startswith(_OTHERS):
        raise Unreadable("not_a_spreadsheet")
    return open_workbook if head.startswith(_ZIP) else open_text


def _ole_code(content: Content) -> str:
    """Excel keeps a locked .xlsx inside the container that was once the .xls format."""
    with content() as stream:
        return "password_protected" if _ENCRYPTED_STREAM in stream.read() else "old_excel"


def _megabytes(size: int) -> int:
    return -(-size // 2**20)
