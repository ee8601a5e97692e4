"""Tries mutants in forks that have imported nothing of the portal: the mutated module is what the import finds."""

import ast
import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType

import pytest

from tests.mutation.forks import Watch, tried
from tests.mutation.guards import ROOT
from tests.mutation.jobs import UNCHANGED, Answer, Job
from tests.mutation.operators import mutated

LIBRARIES = (
    "flask_wtf", "flask_login", "flask_babel", "flask_migrate", "flask_compress", "sqlalchemy.orm", "openpyxl", "PIL.Image",
    "wtforms", "cryptography.fernet", "argon2", "rapidfuzz", "whitenoise", "alembic", "psycopg",
)  # fmt: skip
"""Imported once, so that the forks need not. No plugin of pytest: it warns when one is there before it."""


class MutatedModule(importlib.machinery.SourceFileLoader):
    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec")


class Finder(importlib.abc.MetaPathFinder):
    """Finds one module, mutated."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.is_package = path.endswith("/__init__.py")
        self.name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.loader = MutatedModule(self.name, str(ROOT / path))
        self.loader.tree = tree

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        found = importlib.machinery.ModuleSpec(fullname, self.loader, origin=self.loader.path, is_package=self.is_package)
        if self.is_package:
            found.submodule_search_locations = [str((ROOT / self.loader.path).parent)]
        return found


class Cold:
    def __init__(self, options: list[str]) -> None:
        self.options = options
        for name in LIBRARIES:
            importlib.import_module(name)

    def answer(self, job: Job) -> Answer:
        return tried(lambda watch: self._try(job, watch))

    def _try(self, job: Job, watch: Watch) -> Answer:
        if job.number != UNCHANGED:
            source = (ROOT / job.path).read_text(encoding="utf-8")
            sys.meta_path.insert(0, Finder(job.path, mutated(source, job.number, job.variant)))
        left_out = (f"--deselect={name}" for name in job.left_out)
        code = pytest.main([*job.tests, *self.options, "-x", *left_out], plugins=[watch])
        if code == pytest.ExitCode.OK:
            return Answer("survived")
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            return Answer("untested")
        if code == pytest.ExitCode.INTERNAL_ERROR:
            return Answer("broken", watch.running, "pytest itself failed")
        watch.why = watch.why or f"pytest did not start ({code!r})"
        return watch.killed()
