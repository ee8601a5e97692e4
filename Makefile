# make run · make test · make check · make style · make bench · make mutate · make texts Needs Python 3.11 with venv, and make; nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= 2

.PHONY: run test check style bench mutate texts

run: .venv/.run                ## serve on 127.0.0.1:8000 (PORT= changes it); makes the demo on first start
	$(BIN)/flask --app app serve

unexport PYTHONDONTWRITEBYTECODE  # processes of the tests start on what one of them compiled

test: .venv/.dev               ## everything; says loudly what it had to leave out
	shared=$$(mktemp -d) && trap 'rm -r "$$shared"' EXIT && \
	$(BIN)/pytest -q -n $(WORKERS) --shared="$$shared" -m "not journey" && \
	$(BIN)/pytest -q -n $(WORKERS) --shared="$$shared" --backend postgres -m postgres && \
	$(BIN)/pytest -q -n $(WORKERS) --shared="$$shared" --maxschedchunk 1 -m journey

check: style test              ## before a commit

style: .venv/.dev              ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/.dev              ## speed and size at 5,000 and 100,000 families
	$(BIN)/python -m tests.bench

mutate: .venv/.dev             ## breaks the guards on purpose, tells what no test noticed; SAMPLE=60 those of the day
	$(BIN)/python -m tests.mutation --workers $(WORKERS) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(ONLY),--only $(ONLY)) $(if $(HELD),--held)

texts: .venv/.run              ## gather the texts of sources and templates into the catalogs, to be translated
	$(BIN)/pybabel -q extract -F portal/translations/babel.cfg -k _l -k NN_:1,2 --no-location --sort-output -o .venv/texts.pot .
	$(BIN)/pybabel -q update -i .venv/texts.pot -d portal/translations -w 120 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

.venv/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Naik Kelas needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.venv/.run: .venv/pyvenv.cfg requirements.txt
	$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: .venv/pyvenv.cfg requirements.txt requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.run
