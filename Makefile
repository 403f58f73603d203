# make demo   what is missing is installed, sipflow is built, and a real capture is reported on
# make test   the whole test suite
# make help   the rest

CAPTURE ?= testdata/cases/proxy_call/capture.pcap
PREFIX  ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 5

CARGO  ?= cargo
BINARY := $(or $(CARGO_TARGET_DIR),target)/release/sipflow
# Also where rustup puts it when the shell was not opened again after installing Rust.
export PATH := $(PATH):$(HOME)/.cargo/bin

# A test may panic, and says on standard error why it is skipped.
TESTS_MAY := $(addprefix -A ,clippy::unwrap_used clippy::expect_used clippy::print_stdout \
  clippy::print_stderr clippy::manual_is_multiple_of \
  unreachable_pub missing_docs)

.DEFAULT_GOAL := help
.PHONY: help demo build test hostile lint man docs install fuzz-smoke bench-check lab deps

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## install what is missing, build, report on a capture (CAPTURE=FILE for another)
	$(BINARY) report $(CAPTURE)

build: deps ## build target/release/sipflow
	$(CARGO) build --release --locked

test: deps ## the whole test suite
	$(CARGO) test --locked
	$(CARGO) check --locked --no-default-features --all-targets
	$(CARGO) test --locked --no-default-features --lib --test bad_input --test outputs --test golden

hostile: deps ## floods of millions of packets: time and memory of each (PACKETS=N for another number)
	$(CARGO) test --release --locked --test hostile -- --ignored --nocapture --test-threads=1

lint: deps ## formatting and clippy, warnings are errors
	@$(CARGO) fmt --version >/dev/null 2>&1 && $(CARGO) clippy --version >/dev/null 2>&1 \
	  || rustup component add rustfmt clippy
	$(CARGO) fmt --check
	$(CARGO) clippy --locked -- -D warnings
	$(CARGO) clippy --locked --all-targets -- -D warnings $(TESTS_MAY)

man: deps ## write man/*.1 again from the help texts
	UPDATE_MAN=1 $(CARGO) test --locked --test man

docs: man ## man, docs/findings.md from the rules, the field tables of docs/json.md from the types
	UPDATE_DOCS=1 $(CARGO) test --locked --test json_guide --test findings --test readme

install: ## install program, man pages and completions below PREFIX (build first)
	@test -x $(BINARY) || { echo "there is no $(BINARY): run 'make build' first, as yourself" >&2; exit 1; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/sipflow
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BINARY) completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sipflow
	$(BINARY) completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sipflow
	$(BINARY) completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sipflow.fish

fuzz-smoke: ## every fuzz target for a few seconds (FUZZ_SECONDS=5)
	@fuzz/smoke $(FUZZ_SECONDS)

bench-check: build ## instructions per capture against the committed figures (needs valgrind)
	@benches/instructions.sh

lab: ## make the lab captures again with real SIP stacks (root; see testdata/lab/README.md)
	testdata/lab/make-captures

# Says what is missing, installs it with apt-get (through sudo where needed), touches nothing else.
deps:
	@set -e; \
	command -v $(CARGO) >/dev/null || { \
	  echo "Rust is missing: install it from https://rustup.rs, then run make again" >&2; exit 1; }; \
	missing=""; \
	command -v cc >/dev/null || missing="$$missing build-essential"; \
	command -v pkg-config >/dev/null || missing="$$missing pkg-config"; \
	pkg-config --exists libpcap 2>/dev/null || missing="$$missing libpcap-dev"; \
	[ -z "$$missing" ] && exit 0; \
	echo "missing:$$missing"; \
	command -v apt-get >/dev/null || { \
	  echo "this machine has no apt-get: install the same under the names it uses here" >&2; exit 1; }; \
	sudo=""; [ "$$(id -u)" -eq 0 ] || sudo=sudo; \
	set -x; \
	$$sudo apt-get update -qq; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing
