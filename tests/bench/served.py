"""The server as `make run` starts it, in a process of its own: what it keeps in memory after people have used it."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from portal import ROOT
from tests.bench.city import City
from tests.cast import PASSWORD

ROUNDS = 40


def resident_megabytes(city: City, urls: list[str]) -> float:
    """After budi has opened each address many times."""
    with _running(city.directory) as (address, process):
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        page = _when_up(browser, f"{address}/masuk")
        fields = dict(re.findall(r'<input[^>]*name="(csrf_token|key)"[^>]*value="([^"]*)"', page))
        sent = urllib.parse.urlencode({**fields, "username": "budi", "password": PASSWORD}).encode()
        browser.open(f"{address}/masuk", sent).read()
        for _ in range(ROUNDS):
            for url in urls:
                browser.open(f"{address}{url}").read()
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]  # Linux always says it


@contextmanager
def _running(directory: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        **os.environ, "INSTANCE_DIR": str(directory), "DATABASE_URL": f"sqlite:///{directory}/portal.db", "PORT": str(port),
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(20)


def _when_up(browser: urllib.request.OpenerDirector, url: str) -> str:
    for _ in range(120):
        try:
            return str(browser.open(url).read(), "utf-8")
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(url)
