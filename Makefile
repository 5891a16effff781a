# Everything a developer runs. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

DATA ?= data
LISTEN ?= 127.0.0.1:8080
ROUNDS ?= 6
CASES ?= 2000
SPEC ?= openapi/openapi.json
PYTHON ?= python3
CARGO ?= cargo

TARGET := $(or $(CARGO_TARGET_DIR),target)
ANPEI := $(TARGET)/release/anpei
NODE_BIN := openapi/node_modules/.bin
NODE_STAMP := openapi/node_modules/.package-lock.json
VENV := $(TARGET)/tools/openapi-generator
VENV_STAMP := $(VENV)/installed
SMTP_VENV := $(abspath $(TARGET))/tools/smtp
SMTP_STAMP := $(SMTP_VENV)/installed
GENERATOR := $(VENV)/bin/openapi-generator-cli

ST_VENV := $(TARGET)/tools/schemathesis
ST_STAMP := $(ST_VENV)/installed

FORMATS_VENV := $(TARGET)/tools/formats
FORMATS_STAMP := $(FORMATS_VENV)/installed
FORMATS_NODE_STAMP := tests/formats/node_modules/.package-lock.json

BENCH := $(TARGET)/bench

APP_STAMP := app/node_modules/.package-lock.json
APP_SOURCES := $(shell find app/src app/public app/scripts app/index.html app/vite.config.ts app/tsconfig.json -type f -not -name schema.d.ts 2>/dev/null)

# The mail server of the tests runs with this.
export TEST_SMTP_PYTHON := $(SMTP_VENV)/bin/python

# Neither linter is to call home.
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
	  printf '  make %-12s %s\n' "$$name" "$$text"; \
	done

.PHONY: run
run: app ## build app and server, load the sample county and serve it (LISTEN=127.0.0.1:8080 DATA=data)
	ANPEI_APP="$$(sha256sum app/dist/sw.js)" $(CARGO) build --release --locked
	'$(ANPEI)' migrate --data '$(DATA)'
	'$(ANPEI)' demo --data '$(DATA)' --from samples/xinchang_2020
	exec '$(ANPEI)' serve --data '$(DATA)' --listen '$(LISTEN)'

.PHONY: test
test: $(SMTP_STAMP) ## the whole suite on SQLite and on a PostgreSQL of its own, then test-kill
	scripts/with-postgres.sh $(CARGO) test --workspace --locked
	$(MAKE) --no-print-directory test-kill

.PHONY: test-histories
test-histories: ## random histories against the counters, on both databases (CASES=2000; SEED= tells one again)
	PROPTEST_CASES='$(CASES)' $(if $(SEED),HISTORIES_SEED='$(SEED)') scripts/with-postgres.sh \
	  $(CARGO) test --locked --test it counters_are_the_ledger -- --nocapture

.PHONY: test-kill
test-kill: ## kill the service at work and see that nothing acknowledged is lost (ROUNDS=6)
	ROUNDS='$(ROUNDS)' scripts/with-postgres.sh scripts/kill-test.sh

.PHONY: app
app: app/dist/sw.js ## build the mobile web app, where it is older than its sources

$(APP_STAMP): app/package-lock.json app/.npmrc
	cd app && npm ci --ignore-scripts --no-fund --no-audit
	@touch '$@'

app/src/api/schema.d.ts: $(SPEC) $(APP_STAMP)
	cd app && npm run -s generate

app/dist/sw.js: $(APP_STAMP) app/src/api/schema.d.ts $(APP_SOURCES)
	cd app && npm run -s build

.PHONY: app-check
app-check: app ## the app: client as the document says, types, lint, unit tests
	cd app && npm run -s generate && npm run -s check && npm run -s lint && npm run -s unit

.PHONY: app-e2e
app-e2e: app ## the app's journeys in a real Chromium, on the demo county
	$(CARGO) build --locked
	cd app && npm run -s e2e

.PHONY: app-figures
app-figures: app ## the app's figures: Lighthouse for a phone, and a slow phone's time from a frame to a verdict
	$(CARGO) build --locked
	cd app/figures && npm install --no-save --no-fund --no-audit
	cd app && npx vitest run -c figures/vitest.config.ts

.PHONY: exam-rush
exam-rush: ## 500 phones sit one exam and the service is killed in the middle, on both databases
	scripts/with-postgres.sh $(CARGO) test --locked --profile bench --test it five_hundred_phones -- \
	  --ignored --nocapture --test-threads 1

.PHONY: bench
bench: ## ratios to the limit, each beside its limit (ONLY="reads verify uploads board writes learning sign-in codes")
	@mkdir -p '$(BENCH)'
	$(CARGO) build --locked --profile bench --bench ratios
	scripts/with-postgres.sh $(CARGO) bench --locked --bench ratios -- --out '$(abspath $(BENCH))' $(ONLY) \
	  2>'$(BENCH)/service.log'

.PHONY: vectors
vectors: ## write tests/vectors/tc1.json, what every verifier of the code must come to
	$(CARGO) test --locked --test it write_the_file -- --ignored

.PHONY: fuzz
fuzz: ## a million changed codes, none of which may be accepted
	$(CARGO) test --locked --profile bench --test it a_million_mutations -- --ignored --nocapture

.PHONY: check
check: fmt clippy spec-check lint-spec layering app-check app-e2e formats schemathesis clients licences ## everything but the tests

.PHONY: fmt
fmt: ## formatting
	$(CARGO) fmt --all --check

.PHONY: clippy
clippy: ## lints, every warning an error
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

.PHONY: spec
spec: ## write openapi/openapi.json from the code
	@mkdir -p '$(TARGET)/spec'
	$(CARGO) run -q --locked -- spec >'$(TARGET)/spec/openapi.json'
	cp '$(TARGET)/spec/openapi.json' '$(SPEC)'

.PHONY: spec-check
spec-check: ## openapi/openapi.json is what the code says
	@mkdir -p '$(TARGET)/spec'
	$(CARGO) run -q --locked -- spec >'$(TARGET)/spec/openapi.json'
	@diff -u '$(SPEC)' '$(TARGET)/spec/openapi.json' || \
	  { echo '$(SPEC) differs from the code (-: file, +: code); remedy: make spec' >&2; exit 1; }

.PHONY: lint-spec
lint-spec: $(NODE_STAMP) ## the OpenAPI document: Redocly, Spectral, and types TypeScript accepts
	'$(NODE_BIN)/redocly' lint --config openapi/redocly.yaml '$(SPEC)'
	'$(NODE_BIN)/spectral' lint --ruleset openapi/.spectral.yaml --fail-severity=warn '$(SPEC)'
	@types=$$(mktemp -d); trap 'rm -rf "$$types"' EXIT; \
	'$(NODE_BIN)/openapi-typescript' '$(SPEC)' -o "$$types/anpei.ts"; \
	'$(NODE_BIN)/tsc' --strict --noEmit --target es2022 "$$types/anpei.ts"; \
	echo "TypeScript accepts the generated types ($$(wc -l <"$$types/anpei.ts") lines)"

.PHONY: layering
layering: ## the order of the rooms and the other rules of the house
	$(CARGO) test --locked --test it tidy::

.PHONY: formats
formats: $(FORMATS_STAMP) $(FORMATS_NODE_STAMP) ## the code's formats, read by libraries that are not ours
	'$(FORMATS_VENV)/bin/python' tests/formats/check.py tests/vectors/tc1.json
	node tests/formats/check.mjs tests/vectors/tc1.json

.PHONY: schemathesis
schemathesis: $(ST_STAMP) ## ask the running demo everything as each role (SCHEMATHESIS_EXAMPLES=8)
	SCHEMATHESIS='$(abspath $(ST_VENV))/bin/schemathesis' scripts/schemathesis.sh

.PHONY: clients
clients: $(VENV_STAMP) ## Kotlin, Swift and Dart clients into target/clients
	'$(GENERATOR)' validate -i '$(SPEC)'
	@rm -rf '$(TARGET)/clients'; mkdir -p '$(TARGET)/clients'; \
	for kind in kotlin swift6 dart; do \
	  out='$(TARGET)/clients/'$$kind; \
	  if ! '$(GENERATOR)' generate -g "$$kind" -i '$(SPEC)' -o "$$out" >"$$out.log" 2>&1; then \
	    cat "$$out.log" >&2; echo "$$kind client: generation failed" >&2; exit 1; \
	  fi; \
	  echo "$$kind client: $$out ($$(find "$$out" -type f | wc -l) files)"; \
	done

.PHONY: licences
licences: ## licences, banned crates and sources, as deny.toml says
	scripts/licences.sh

$(NODE_STAMP): openapi/package.json openapi/package-lock.json
	cd openapi && npm ci
	@touch $@

$(FORMATS_STAMP): tests/formats/requirements.txt
	$(PYTHON) -m venv --clear '$(FORMATS_VENV)'
	'$(FORMATS_VENV)/bin/pip' install --quiet --disable-pip-version-check -r tests/formats/requirements.txt
	@touch $@

$(FORMATS_NODE_STAMP): tests/formats/package.json tests/formats/package-lock.json
	cd tests/formats && npm ci
	@touch $@

$(SMTP_STAMP): tests/smtp/requirements.txt
	$(PYTHON) -m venv --clear '$(SMTP_VENV)'
	'$(SMTP_VENV)/bin/pip' install --quiet --disable-pip-version-check -r tests/smtp/requirements.txt
	@touch $@

$(VENV_STAMP): openapi/requirements.txt
	$(PYTHON) -m venv --clear '$(VENV)'
	'$(VENV)/bin/pip' install --quiet --disable-pip-version-check -r openapi/requirements.txt
	@touch $@

$(ST_STAMP): openapi/schemathesis-requirements.txt
	$(PYTHON) -m venv --clear '$(ST_VENV)'
	'$(ST_VENV)/bin/pip' install --quiet --disable-pip-version-check -r openapi/schemathesis-requirements.txt
	@touch $@
