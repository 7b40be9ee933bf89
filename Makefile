# Two commands do everything, set-up included: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NATIVE := $(shell find native CMakeLists.txt -type f)

.PHONY: demo test lint stub asan reference pictures clean

demo: $(VENV)/.installed
	$(BIN)/tenprint demo --serve

# Most tests wait for servers, disks and processes that they end; a file's tests stay together.
test: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m nanobind.stubgen -q -m tenprint._native._kernels -o build/_kernels.pyi
	diff -u src/tenprint/_native/_kernels.pyi build/_kernels.pyi
	$(BIN)/mypy
	$(BIN)/lint-imports

# The typed face of the native module, written from its docstrings; run after a change of a binding.
stub: $(VENV)/.installed
	$(BIN)/python -m nanobind.stubgen -q -m tenprint._native._kernels -o src/tenprint/_native/_kernels.pyi

# The kernels without Python, under the address and undefined-behaviour sanitisers.
asan: $(VENV)/.tools
	$(BIN)/cmake -S native/test -B build/asan
	$(BIN)/cmake --build build/asan
	$(BIN)/ctest --test-dir build/asan --output-on-failure

# docs/reference, from the code; run after a change of a command, setting, endpoint or error.
reference: $(VENV)/.installed
	$(BIN)/python tools/make_reference.py

# All pictures in the documentation, of fictitious people; needs a Chromium. Look at them afterwards.
pictures: $(VENV)/.installed
	$(BIN)/python tools/make_pictures.py
	$(BIN)/python tools/make_screenshots.py docs/images

$(VENV)/.tools: constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tenprint needs Python 3.11 or later; try make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt scikit-build-core nanobind cmake ninja
	touch $@

$(VENV)/.installed: $(VENV)/.tools pyproject.toml $(NATIVE)
	$(PIP) install --no-build-isolation -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build
