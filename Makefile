# One entry point for people and CI alike: build, install, try and test Scorecard.
#
# Needs Rust (cargo), a C linker, Python 3.10 or later with venv, and GNU make. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CARGO ?= cargo
PYTHON ?= python3
FORMAT ?= RowBinary

FORMATS := RowBinary TabSeparated JSONEachRow ArrowStream
# ClickHouse versions the product is tested on; the first is the one for everyday use.
ENGINES := 26.9 26.3 25.8
ENGINE := $(firstword $(ENGINES))

TARGET := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release/scorecard
DEBUG := $(TARGET)/debug/scorecard
ENGINE_PYTHON := .venv/$(ENGINE)/bin/python

# Tests are built as `dev` is, without a program of their own: they test the release build, as users have it.
TEST_BUILD := --locked --no-default-features --features files
WITH_PROGRAM = SCORECARD_BINARY="$$(realpath "$(RELEASE)")"
# Every test but the end-to-end tests, which need an engine.
RUST_TESTS := --lib --test suite -- --skip e2e::

# Names a step, runs it and says how long it took.
STEP := .ci/step
# Two steps at a time: few of them keep two cores busy.
SIDE_BY_SIDE = $(MAKE) --no-print-directory --jobs=2

##@ Use

# The targets with a description, by section; of `make` alone those that a user runs.
SECTIONS = awk 'BEGIN {FS = ":.*\#\# "} $(1) \
	/^\#\#@ / {printf "%s%s\n", skip, substr($$0, 5); skip = "\n"} \
	/^[a-z-]+:.*\#\# / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: help
help: ## Show this list
	@$(call SECTIONS,/^##@ Develop/ {exit})
	@echo
	@echo "  make install PREFIX=DIR [FORMAT=$(FORMAT)]    FORMAT: $(FORMATS)"
	@echo "  make help-all                                 Those for developers too"

.PHONY: help-all
help-all:
	@$(call SECTIONS)

.PHONY: build
build: ## Build the release binary
	$(CARGO) build --release --locked

.PHONY: venv
venv: .venv/$(ENGINE)/ready ## Make .venv/26.9: Python with ClickHouse 26.9 in it (chDB)

.PHONY: demo
demo: build venv ## Run two experiments in an embedded ClickHouse and show their scorecards
	@rm -rf target/demo
	@$(MAKE) --no-print-directory install PREFIX=target/demo
	@$(ENGINE_PYTHON) tests/demo/demo.py --prefix target/demo $(DEMO)

# PREFIX may be relative and may hold blanks; the files get the absolute path. BINARY=FILE installs
# a program that is already built instead of the release build.
.PHONY: install
install: check-install $(if $(BINARY),,build) ## Lay out binary, configuration and SQL in PREFIX=DIR
	@mkdir -p "$(PREFIX)"/{user_scripts,config,sql}; \
	prefix="$$(cd "$(PREFIX)" && pwd)"; \
	install -m 755 "$(or $(BINARY),$(RELEASE))" "$$prefix/user_scripts/scorecard"; \
	install -m 644 "$(REGISTRATION)" "$$prefix/config/scorecard_function.xml"; \
	install -m 644 sql/*.sql "$$prefix/sql/"; \
	xml="$$(printf '%s' "$$prefix" | sed 's/&/\&amp;/g; s/</\&lt;/g')"; \
	mark="$$(printf '%s' "$$xml" | sed 's/[\\&|]/\\&/g')"; \
	sed "s|@PREFIX@|$$mark|g" clickhouse-config/local.xml.in > "$$prefix/config/local.xml"; \
	echo "Installed in $$prefix (functions speak $(FORMAT))"

REGISTRATION = clickhouse-config/$(if $(filter RowBinary,$(FORMAT)),,formats/)scorecard_function$(if $(filter RowBinary,$(FORMAT)),,.$(FORMAT)).xml

.PHONY: check-install
check-install:
	@if [ -z "$(PREFIX)" ]; then \
		echo "make install: say where, as in: make install PREFIX=/opt/scorecard" >&2; exit 2; fi
	@if [ -z "$(filter $(FORMATS),$(FORMAT))" ] || [ "$(words $(FORMAT))" != 1 ]; then \
		echo "make install: unknown FORMAT '$(FORMAT)'; known are: $(FORMATS)" >&2; exit 2; fi

##@ Develop

.PHONY: fmt
fmt: ## Format the Rust sources
	$(CARGO) fmt

.PHONY: lint
lint: ## Check formatting, clippy and the documentation, warnings as errors
	@$(STEP) "format" $(CARGO) fmt --check
	@$(STEP) "clippy" $(CARGO) clippy --all-targets --locked -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(STEP) "documentation" \
		$(CARGO) doc --no-deps --document-private-items --locked
	@# The fuzz targets are a package of their own; their lock file must follow ours.
	@$(CARGO) metadata --locked --format-version 1 --manifest-path tests/fuzz/Cargo.toml > /dev/null

# The Python environments of `make test`.
ENVIRONMENTS := $(foreach one,$(ENGINE) bi schema,.venv/$(one)/ready)

.PHONY: test
test: ## Lint, then every test on ClickHouse 26.9, end to end in every wire format
	@$(STEP) --begin
	@$(SIDE_BY_SIDE) build-tests $(ENVIRONMENTS)
	@# The release build of our own code is one unit, on one core; lint takes the other.
	@$(SIDE_BY_SIDE) build-release lint
	@$(SIDE_BY_SIDE) --keep-going --output-sync=target $(FORMATS:%=e2e-$(ENGINE)-%) test-rust test-engine test-bi \
		test-schema test-second differential-$(ENGINE)
	@$(STEP) --end

# What the older versions may do otherwise is the SQL, once, and the values on the wire, in each format.
OTHER_ENGINES := $(filter-out $(ENGINE),$(ENGINES))

.PHONY: test-matrix
test-matrix: ## End-to-end tests on the other ClickHouse versions
	@$(STEP) --begin
	@$(SIDE_BY_SIDE) build-tests $(OTHER_ENGINES:%=.venv/%/ready)
	@$(MAKE) --no-print-directory build-release
	@$(SIDE_BY_SIDE) --keep-going --output-sync=target $(foreach format,$(FORMATS),$(OTHER_ENGINES:%=e2e-%-$(format))) \
		$(OTHER_ENGINES:%=differential-%)
	@$(STEP) --end

.PHONY: build-release
build-release:
	@$(STEP) "build of the release binary" $(CARGO) build --release --locked

.PHONY: build-tests
build-tests:
	@$(STEP) "build of the tests" $(CARGO) test $(TEST_BUILD) --no-run

.PHONY: test-rust
test-rust: build ## Every test that needs no engine
	@$(WITH_PROGRAM) $(STEP) "unit, golden, property and protocol tests" $(CARGO) test $(TEST_BUILD) $(RUST_TESTS)
	@$(STEP) "examples in the documentation" $(CARGO) test $(TEST_BUILD) --quiet --doc

.PHONY: test-engine
test-engine: .venv/$(ENGINE)/ready
	@$(STEP) "engine driver" $(ENGINE_PYTHON) tests/engine/test_engine.py

.PHONY: test-bi
test-bi: build .venv/bi/ready ## Read the results as a BI tool does, through SQLAlchemy
	@rm -rf target/bi
	@$(MAKE) --no-print-directory install PREFIX=target/bi
	@$(STEP) "BI client" .venv/bi/bin/python tests/bi/test_sqlalchemy.py target/bi

.PHONY: test-schema
test-schema: build .venv/schema/ready ## Read definitions as an editor does, by their JSON Schema
	@$(STEP) "JSON Schema" .venv/schema/bin/python tests/schema/test_schema.py "$(RELEASE)"

# The second implementation that compiled definitions are compared with, on cases worked out by hand.
.PHONY: test-second
test-second: .venv/$(ENGINE)/ready
	@$(STEP) "second implementation of definitions" $(ENGINE_PYTHON) -m unittest discover --quiet -s tests/second_implementation

# differential-VERSION: random definitions and rows; what the compiled views answer in that version is what the
# reference says. SEEDS="FROM TO" takes other worlds; each version has its own by default.
SEEDS-26.9 := 1 30
SEEDS-26.3 := 1001 1006
SEEDS-25.8 := 2001 2006

define differential
.PHONY: differential-$(1)
differential-$(1): build .venv/$(1)/ready
	@rm -rf target/differential/$(1)
	@$(MAKE) --no-print-directory install PREFIX=target/differential/$(1)/product
	@$(STEP) "differential: $(1)" .venv/$(1)/bin/python tests/second_implementation/differential.py --features 12 \
		--binary "$(RELEASE)" --prefix target/differential/$(1)/product --keep target/differential/$(1) \
		--seeds $(or $(SEEDS),$(SEEDS-$(1)))
endef
$(foreach engine,$(ENGINES),$(eval $(call differential,$(engine))))

# e2e-VERSION-FORMAT: the release binary in that version of ClickHouse, speaking that format. The version for
# everyday use may be `clickhouse local`, where there is one.
define end-to-end
.PHONY: e2e-$(1)-$(2)
e2e-$(1)-$(2): build .venv/$(1)/ready
	@SCORECARD_FORMAT=$(2) $$(WITH_PROGRAM) \
		$(if $(filter $(ENGINE),$(1)),,SCORECARD_ENGINE=$(1)) $(STEP) "end to end: $(1), $(2)" \
		$(CARGO) test $(TEST_BUILD) --quiet --test suite $(or $(3),-- e2e::)
endef
# The pages are read in one format, which does not depend on them.
$(foreach format,$(FORMATS),$(eval $(call \
	end-to-end,$(ENGINE),$(format),$(if $(filter-out RowBinary,$(format)),-- e2e::pool e2e::events e2e::queries))))
$(foreach engine,$(OTHER_ENGINES),$(foreach format,$(FORMATS),$(eval $(call \
	end-to-end,$(engine),$(format),$(if $(filter-out RowBinary,$(format)),-- e2e::pool e2e::events)))))

.PHONY: bench
bench: build $(ENGINES:%=.venv/%/ready) .venv/golden/ready ## Measure the functions and the views, and print the ratios
	@$(MAKE) --no-print-directory install PREFIX=target/bench
	rustc -O --edition 2024 -o target/bench/pass_through benches/udf/pass_through.rs
	$(ENGINE_PYTHON) benches/udf/bench.py --prefix target/bench --pass-through target/bench/pass_through \
		--scipy-python .venv/golden/bin/python
	$(ENGINE_PYTHON) benches/views/bench.py

.PHONY: calibrate
calibrate: build venv .venv/golden/ready ## Simulate what intervals and p-values promise, into docs/calibration.md
	@rm -rf target/calibration
	@$(MAKE) --no-print-directory install PREFIX=target/calibration
	.venv/golden/bin/python tests/calibration/calibrate.py --binary "$(RELEASE)" --page docs/calibration.md \
		--engine-python $(ENGINE_PYTHON) --prefix target/calibration

.PHONY: fuzz
fuzz: ## Fuzz each decoder
	@$(STEP) "fuzz" tests/fuzz/run.sh

.PHONY: golden
golden: .venv/golden/ready ## Make the reference values in tests/golden again
	@for script in inference sample_ratio adjust_p_values sample_size students_t event_sets; do \
		echo "tests/golden/$$script.py"; .venv/golden/bin/python tests/golden/$$script.py; \
	done

# The parameterized views.
VIEWS := $(basename $(notdir $(wildcard src/sql/views/*.sql)))

.PHONY: registration
registration: ## Write clickhouse-config/ and sql/10 to 41 anew from the columns and the steps of the queries
	$(CARGO) build --locked
	@write() { "$(DEBUG)" registration "$${@:2}" > "$$1.new"; mv "$$1.new" "$$1"; echo "$$1"; }; \
	write sql/10_functions.sql sql; \
	write clickhouse-config/scorecard_function.xml xml --format RowBinary; \
	for view in $(VIEWS); do write "sql/$$view.sql" view "$$view"; done; \
	for format in $(filter-out RowBinary,$(FORMATS)); do \
		write clickhouse-config/formats/scorecard_function.$$format.xml xml --format $$format; \
	done

.PHONY: clean
clean: ## Remove what was built, and the environments
	$(CARGO) clean
	rm -rf target .venv

# --- Python environments -------------------------------------------------------------------------

define make-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "make: Python 3.10 or later is needed; '$(PYTHON)' is older or missing" >&2; exit 2; }
	@echo "Making $(@D)"
	@rm -rf "$(@D)"
	@$(PYTHON) -m venv "$(@D)"
	@"$(@D)/bin/python" -m pip --disable-pip-version-check --quiet --no-input install $(1) --requirement "$<"
	@touch "$@"
endef

# These requirements are complete, so pip has nothing to resolve.
$(ENGINES:%=.venv/%/ready): .venv/%/ready: tests/engine/requirements-%.txt
	$(call make-venv,--no-deps)

.venv/bi/ready: tests/bi/requirements.txt
	$(call make-venv,--no-deps)

.venv/schema/ready: tests/schema/requirements.txt
	$(call make-venv,--no-deps)

.venv/golden/ready: tests/golden/requirements.txt
	$(call make-venv,)
