# Three lines a target: the logic lives in Python (gbench/) and DVC (dvc.yaml).
PYTHON ?= python3

repro: .venv/ready
	.venv/bin/gbench run

collapse: .venv/ready
	.venv/bin/gbench run tracks/collapse

adversarial: .venv/ready
	.venv/bin/gbench run tracks/adversarial

test: .venv/ready
	.venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: .venv/ready
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

.venv/ready: requirements.lock pyproject.toml install.py
	$(PYTHON) install.py .venv

.PHONY: repro collapse adversarial test lint
