"""Workers, one pair a core: a warm one for what runs within functions, a cold one for what runs at import."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Job = dict[str, Any]


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

    def try_one(self, job: Job) -> dict[str, Any]:
        print(json.dumps(job), file=self.jobs, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self.answers.readline()
        if not line:
            raise RuntimeError(f"a worker ended by itself:\n{Path(self.log.name).read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        self.jobs.close()
        self.process.wait()


class Pair:
    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self.workers: dict[str, Worker] = {}

    def try_one(self, kind: str, job: Job) -> dict[str, Any]:
        if kind not in self.workers:
            self.workers[kind] = Worker(kind, self.copy)
        return self.workers[kind].try_one(job)

    def end(self) -> None:
        for worker in self.workers.values():
            worker.end()


def worked(copy: Path, items: list[Any], act: Callable[[Pair, Any], Any], *, workers: int) -> Iterator[tuple[Any, Any]]:
    """`act(pair, item)` for every item, as they are done."""
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    done: queue.SimpleQueue[Any] = queue.SimpleQueue()
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
            done.put((None, error))
        finally:
            pair.end()

    for _ in range(min(workers, len(items))):
        threading.Thread(target=work, daemon=True).start()
    for _ in items:
        item, answer = done.get()
        if item is None:
            raise answer
        yield item, answer
