# Crosspoint's work, from a fresh clone. "make help" tells what there is.

GO       ?= go
TOPO     ?= leaf-spine
FABRIC   ?= auto
FUZZTIME ?= 10s
COUNT    ?= 1
SEED     ?= 1
RUNS     ?= 20

bin    := bin/crosspoint
module := $(shell sed -n 's/^module //p' go.mod)
# What needs the one Open vSwitch of this machine, or measures time on it: tested one package after the other.
alone  := ./testbed/ovs ./testbed/e2e
others  = $(shell $(GO) list ./... | grep -v -x -F $(patsubst ./%,-e $(module)/%,$(alone)))

.DEFAULT_GOAL := help
# The race detector needs a C compiler. Looked for when it is needed, as it may have been installed just before.
race = $$(command -v gcc >/dev/null && echo -race)

.PHONY: help demo build setup test test-unit test-alone check bench bench-peers bench-micro fuzz chaos clean

help: ## what there is
	@echo 'make demo     bring up a network and watch real multicast go to whom it may; Ctrl-C ends it'
	@echo '              ONCE=1           a few seconds, everything checked, then end'
	@echo '              TOPO=ring        or single, or leaf-spine (the default)'
	@echo '              FABRIC=sim       or ovs, or auto: Open vSwitch where it can be had (the default)'
	@echo 'make build    build bin/crosspoint'
	@echo 'make test     install what is missing and run every test, on the simulated fabric and on Open vSwitch'
	@echo 'make check    what to run before every commit: gofmt, vet, staticcheck, tests with the race detector, short fuzzing'
	@echo 'make bench    measure: one table, testbed/bench/report.json and report.html; under five minutes'
	@echo '              FULL=1           the rows of scale too, and more rounds of all'
	@echo '              ONLY=join,graft  only workloads whose names contain one of these'
	@echo '              FLAME=1          flame graphs of the two hottest workloads'
	@echo '              AGAINST=old.json say what differs from an earlier report by more than the bounds of both'
	@echo 'make bench-peers  the same, beside what else one could run; installs it where that is possible'
	@echo 'make bench-micro  Go micro-benchmarks, for benchstat: COUNT=6 repeats them'
	@echo 'make fuzz     fuzz every decoder; FUZZTIME=10m for longer'
	@echo 'make chaos    10,000 random operations and failures a seed, on up to 30 switches, in simulation; RUNS=60 seeds, from SEED=1'
	@echo 'make clean    remove what was built'

# Only the simulated fabric needs nothing.
demo: $(if $(filter sim,$(FABRIC)),,setup) build
	@$(bin) lab --topo $(TOPO) --fabric $(FABRIC) $(if $(ONCE),--once)

build:
	@$(GO) build -o $(bin) ./cmd/crosspoint

setup:
	@testbed/setup/install.sh

test:
	@testbed/setup/install.sh --tests
	@$(MAKE) --no-print-directory test-unit test-alone
	@testbed/setup/install.sh --report

test-unit:
	$(GO) test $(race) $(others)

test-alone:
	$(GO) test -p 1 -count 1 -timeout 20m $(alone)

check:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test $(race) $(others)
	@$(MAKE) --no-print-directory fuzz FUZZTIME=2s

bench: setup build
	@$(GO) build -o bin/bench ./testbed/bench/cmd
	@bin/bench $(if $(FULL),-full) $(if $(PEERS),-peers) $(if $(ONLY),-only $(ONLY)) $(if $(FLAME),-flame) $(if $(AGAINST),-compare $(AGAINST))

bench-peers:
	@testbed/setup/install.sh --peers
	@$(MAKE) --no-print-directory bench PEERS=1

bench-micro:
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) $(others)

fuzz:
	@grep -r -l --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u | while read -r folder; do \
		for target in $$(grep -h -o '^func Fuzz[A-Za-z0-9_]*' "$$folder"/*_test.go | cut -d ' ' -f 2); do \
			echo "$$folder $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$folder" || exit 1; \
		done || exit 1; \
	done

chaos:
	CHAOS_SEED=$(SEED) CHAOS_RUNS=$(RUNS) CHAOS_STEPS=10000 CHAOS_REST=2500 CHAOS_SWITCHES=30 $(GO) test ./controller/core -count 1 -timeout 0 -v -run 'TestChaos$$'

clean:
	rm -rf bin out
