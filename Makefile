# Three lines a target: the logic lives in Python (gbench/) and DVC (dvc.yaml).
PYTHON ?= python3
TRACKS := $(notdir $(patsubst %/dvc.yaml,%,$(wildcard tracks/[!_]*/dvc.yaml)))

repro: .venv/ready
	.venv/bin/gbench run

all: $(TRACKS) repro  # the root last: its page has a strip of all tracks
	@for page in "" $(TRACKS:%=%/); do echo "The report: reports/$${page}index.html"; done

$(TRACKS): %: tracks/%/dvc.yaml .venv/ready
	.venv/bin/gbench run tracks/$@

test: .venv/ready
	.venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: .venv/ready
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

.venv/ready: requirements.lock pyproject.toml install.py
	$(PYTHON) install.py .venv

.PHONY: repro all test lint $(TRACKS)
