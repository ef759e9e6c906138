# One command each for a newcomer: needs python3 (3.11 or newer) and make; brings its own uv and every library.
# ARGS are handed on: make run ARGS="--data /tmp/shop"

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

# A uv of another minor version may read or write the lock file differently, so only 0.13 is taken from the path.
UV := $(if $(shell uv --version 2>/dev/null | grep -E '^uv 0\.13\.'),uv,.uv/bin/uv)
OWN_UV := $(filter .uv/bin/uv,$(UV))
APP := $(UV) run --frozen --no-default-groups python main.py
DEV := $(UV) run --frozen --group dev
NEEDS := python3 -I -S scripts/system_libraries.py
# One more than there are processors: the tests wait for sockets and databases half of their time.
WORKERS := $(shell python3 -c 'import os; print((os.cpu_count() or 1) + 1)')
EXAMPLES := 5000
TYPED := main.py domain storage sync ui exports server wiring

.PHONY: help run test check bench hub simulator verify demo crash crash-calls books-machine schemathesis clean

help: ## Show this list · Liệt kê các lệnh
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

run: .venv/app ## Open the till · Mở quầy
	@$(NEEDS) window
	@$(APP) $(ARGS)

test: .venv/dev ## Run the tests without a screen · Chạy bộ kiểm thử
	@QT_QPA_PLATFORM=offscreen $(NEEDS) window tests
	QT_QPA_PLATFORM=offscreen $(DEV) pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/dev ## Check lock file, format, lint, types and imports · Soát mã nguồn
	$(UV) lock --check --offline
	$(DEV) ruff format --check .
	$(DEV) ruff check .
	$(DEV) mypy $(TYPED)
	$(DEV) lint-imports

bench: .venv/dev ## Measure against the goals · Đo tốc độ so với mục tiêu
	@QT_QPA_PLATFORM=offscreen $(NEEDS) window tests
	QT_QPA_PLATFORM=offscreen $(DEV) python -m benchmarks $(ARGS)

hub: .venv/app ## Run a hub for many tills · Chạy máy chủ cho nhiều quầy
	@$(APP) hub $(ARGS)

simulator: .venv/app ## Play the payment providers · Giả lập các bên thanh toán
	@$(APP) simulator $(ARGS)

verify: .venv/app ## Check a shop's books · Kiểm tra sổ sách của cửa hàng
	@$(APP) verify $(ARGS)

demo: .venv/app ## Fill a folder with a made-up shop · Tạo một cửa hàng mẫu
	@$(APP) demo $(ARGS)

crash: .venv/dev ## Kill a working till again and again and check its books · Thử tắt máy đột ngột
	$(DEV) python -m tests.crash $(ARGS)

crash-calls: .venv/dev ## Kill the hub 1,000 times around its calls to providers · Thử tắt máy chủ khi đang gọi
	$(DEV) python -m tests.crash --calls 1000 $(ARGS)

books-machine: .venv/dev ## Try 5,000 schedules of bookings against a model · Thử sổ sách với 5.000 kịch bản
	BANA_EXAMPLES=$(EXAMPLES) $(DEV) pytest --timeout=0 tests/property/test_books_machine.py $(ARGS)

schemathesis: .venv/dev ## Attack the hub by its own description for ten minutes · Thử phá API của máy chủ
	SCHEMATHESIS="$(UV) tool run schemathesis@4.32.5" $(DEV) python -m tests.server.campaign $(ARGS)

acceptance: .venv/dev ## Have three programs judge 100,000 vouchers · Nhờ ba chương trình soát 100.000 phiếu
	$(DEV) python -m tests.books $(ARGS)

clean: ## Remove what make made, never a shop's data · Xoá những gì make tạo ra
	rm -rf .uv .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything is compiled once, when it is installed, so that no start pays for it.
.venv/app: uv.lock pyproject.toml $(OWN_UV)
	@$(UV) sync --frozen --inexact --no-default-groups --compile-bytecode
	@touch $@

.venv/dev: uv.lock pyproject.toml $(OWN_UV)
	@$(UV) sync --frozen --inexact --group dev --compile-bytecode
	@touch $@ .venv/app

# Stock Debian refuses `pip install` outside a virtual environment, so uv gets one of its own.
.uv/bin/uv: Makefile
	@$(NEEDS) venv
	@python3 -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check "uv>=0.13,<0.14"
	@touch $@
