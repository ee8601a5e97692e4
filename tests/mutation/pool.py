"""Workers, one pair a core: a warm one for what runs within functions, a cold one for what runs at import."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tests.mutation.jobs import UNCHANGED, Answer, Job, answer_in, line_of

Item = TypeVar("Item")
Found = TypeVar("Found")


class Worker:
    """One process of tests.mutation.worker, in the copy of the tree."""

    def __init__(self, kind: str, copy: Path) -> None:
        coming, give = os.pipe()
        take, going = os.pipe()
        command = [sys.executable, "-m", "tests.mutation.worker", kind, str(coming), str(going)]
        self.log = (copy / f"{kind}-{coming}.log").open("wb")
        self.process = subprocess.Popen(
            command, cwd=copy, pass_fds=(coming, going), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        os.close(coming)
        os.close(going)
        self.jobs, self.answers = os.fdopen(give, "w"), os.fdopen(take)
        self._answer()

    def try_one(self, job: Job) -> Answer:
        print(line_of(job), file=self.jobs, flush=True)
        return self._answer()

    def _answer(self) -> Answer:
        line = self.answers.readline()
        if not line:
            raise RuntimeError(f"a worker ended by itself:\n{Path(self.log.name).read_text()[-2000:]}")
        return answer_in(line)

    def end(self) -> None:
        self.jobs.close()
        self.process.wait()


class Pair:
    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self.workers: dict[str, Worker] = {}
        self.unbroken: dict[tuple[str, str], str] = {}

    def fails_unbroken(self, test: str, kind: str) -> str:
        """Why it fails where nothing is broken; empty where it passes. Asked once."""
        if (test, kind) not in self.unbroken:
            found = self.try_one(kind, Job("", UNCHANGED, 0, (test,)))
            self.unbroken[test, kind] = "" if found.outcome == "survived" else f"{found.outcome}: {found.why}"
        return self.unbroken[test, kind]

    def try_one(self, kind: str, job: Job) -> Answer:
        if kind not in self.workers:
            self.workers[kind] = Worker(kind, self.copy)
        return self.workers[kind].try_one(job)

    def end(self) -> None:
        for worker in self.workers.values():
            worker.end()


def worked(copy: Path, items: list[Item], act: Callable[[Pair, Item], Found], *, workers: int) -> Iterator[tuple[Item, Found]]:
    """`act(pair, item)` for every item, as they are done."""
    waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Item, Found] | BaseException] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)

    def work() -> None:
        pair = Pair(copy)
        try:
            while True:
                item = waiting.get_nowait()
                done.put((item, act(pair, item)))
        except queue.Empty:
            pass
        except BaseException as error:
            done.put(error)
        finally:
            pair.end()

    for _ in range(min(workers, len(items))):
        threading.Thread(target=work, daemon=True).start()
    for _ in items:
        found = done.get()
        if isinstance(found, BaseException):
            raise found
        yield found
