# Everything a newcomer needs: make demo, make test. Needs git, make and Python 3.11 or later with venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: demo test lint types layers check bench bench-unseen bench-models fuzz samples lock clean

$(VENV)/run.stamp: requirements/build.txt requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/build.txt -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	$(PIP) -r requirements/dev.txt
	touch $@

# Scans both fixtures; succeeds when the verdicts are the intended ones: 1 (blocked) and 0 (passed).
demo: $(VENV)/run.stamp
	@mkdir -p out
	@$(BIN)/lading scan fixtures/fraud-detection-clean --quiet \
	  --output html=out/clean/report.html --output json=out/clean/scan.json; code=$$?; \
	  test $$code -eq 0 || { echo "the clean fixture ended with $$code, 0 was expected"; exit 1; }
	@$(BIN)/lading scan fixtures/fraud-detection \
	  --output html=out/report.html --output json=out/scan.json --output sarif=out/scan.sarif \
	  --output cyclonedx=out/sbom.cdx.json; code=$$?; \
	  test $$code -eq 1 || { echo "the violating fixture ended with $$code, 1 was expected"; exit 1; }
	@echo
	@echo "Both verdicts are the intended ones. Open out/report.html in a browser."

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

layers: $(VENV)/dev.stamp
	$(BIN)/lint-imports

check: lint types layers test

bench: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q tests/bench --benchmark-only --benchmark-disable-gc

# Coverage-guided fuzzing of every parser, or of TARGETS="gguf_header zip"; what breaks one is kept below build/fuzz.
FUZZ_SECONDS ?= 60
fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m tests.fuzz.fuzz_parsers --seconds $(FUZZ_SECONDS) $(TARGETS)

# The corpus of model files through Lading and its peers, as a table. LARGE= adds inputs that need 3 GiB of disk; TORCH=yes
# adds models of torch and transformers.
BENCH_VENV ?= .venv-bench-models
TORCH ?=
LARGE ?= --no-large
$(BENCH_VENV)/run.stamp: requirements/build.txt requirements/run.txt requirements/bench-models.txt pyproject.toml
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/build.txt -r requirements/run.txt -r requirements/bench-models.txt
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(BENCH_VENV)/torch.stamp: $(BENCH_VENV)/run.stamp requirements/bench-torch.in
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/bench-torch.in
	touch $@

bench-models: $(BENCH_VENV)/$(if $(TORCH),torch,run).stamp
	$(BENCH_VENV)/bin/python -m tests.bench.models $(LARGE)

# Real models that the known-safe lists were not made with, built in an environment of their own; fails above its bounds.
UNSEEN := build/unseen
bench-unseen: $(VENV)/dev.stamp requirements/bench-unseen.txt
	$(PYTHON) -m venv build/venv-unseen
	build/venv-unseen/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench-unseen.txt
	rm -rf $(UNSEEN)
	build/venv-unseen/bin/python tests/corpus/unseen/make.py $(UNSEEN)
	$(BIN)/python -m tests.corpus.unseen.measure $(UNSEEN) --show

# The sample reports in reports/, from the fixtures; a test compares them.
samples: $(VENV)/run.stamp
	$(BIN)/python tests/e2e/samples.py

# Hash-pinned requirements for Python 3.11 and later; needs uv.
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
lock:
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) requirements/build.in --constraint requirements/run.txt --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --group test --group lint --group fuzz --constraint requirements/run.txt --output-file requirements/dev.txt
	$(COMPILE) requirements/bench-unseen.in --output-file requirements/bench-unseen.txt
	$(COMPILE) requirements/bench-models.in --constraint requirements/run.txt --output-file requirements/bench-models.txt

clean:
	rm -rf out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
