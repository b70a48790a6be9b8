# `make` alone lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench dist

DEMO_DIR ?= demo-data
DEMO_LISTEN ?= 127.0.0.1:8080
TOOLS := target/tools
CARGO_DENY := 0.20.2
# Such as `make bench BENCH="--quick --only search"`.
BENCH ?=

help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: ## a directory to play with: 500 practitioners, signed certificates, on DEMO_LISTEN in DEMO_DIR
	@scripts/needs.sh
	cargo run --profile demo --locked --bin stipple -- demo --listen $(DEMO_LISTEN) --data-dir $(DEMO_DIR)

test: ## the whole suite on SQLite and on a private PostgreSQL; ends with "N passed, N failed"
	@scripts/test.sh

check: $(TOOLS)/bin/cargo-deny ## format, lints, documentation, licences and sources of dependencies
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --no-deps --document-private-items --locked
	$(TOOLS)/bin/cargo-deny --locked check bans licenses sources

bench: ## the figures beside their floors, as ratios of one run
	@scripts/needs.sh
	cargo bench --locked --bench bench -- $(BENCH)

dist: ## one release binary in dist/, with its SHA-256
	@scripts/dist.sh

$(TOOLS)/bin/cargo-deny:
	cargo install --locked --root $(TOOLS) cargo-deny@$(CARGO_DENY)
