# make demo    builds, and plays one child's case from the first concern to the 18th birthday, through two example systems
# make test    every check and every test
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
.PHONY: all packages build test checks demo bench faults c-library c-library-test interop sanitize lint format clean help

# One scratch folder for all builds of an ordinary day; sanitizers have their own, since they share nothing with it.
SCRATCH ?= .build
# Tests that run at once. Many start daemons and clients of their own: all at once they would wait for a processor, not for what they test.
TESTS_AT_ONCE ?= 12
# What is measured by the clock, after the others: beside them it would measure how busy the machine is.
ALONE := PortvaktServerTests\.WatchTests/latency
STEP := dev/step
# A release has the Swift runtime in it: a host needs none, and counting references is cheaper without a jump between libraries.
RELEASE := -c release --static-swift-stdlib

all: build

help:
	@echo "make build      the daemon and the command line, release"
	@echo "make demo       one child's case, played over the real wire through two example systems"
	@echo "make test       checks and tests"
	@echo "make interop    stock clients of Python and C++, AuthZEN over HTTP/2 and HTTP/1.1, servers that misbehave"
	@echo "make bench      our daemon and a gRPC C++ echo under the same load"
	@echo "make faults     every write, sync, open, rename and close fails once; kill -9 under load; a power cut"
	@echo "make bench-engine  one decision in process, among a thousand and a million subjects; Cedar on the same questions"
	@echo "make c-library  libportvakt.so and portvakt.h, for hosts in C, Python, Java, .NET"
	@echo "make c-library-test  the gate for C: from C, with 200 threads, under valgrind; from Python"
	@echo "make sanitize   the tests under the thread and address sanitizers, the command line under valgrind"
	@echo "make lint       the checks of style alone"
	@echo "make format     formats every Swift file in place"
	@echo "make clean      removes what was built"

packages:
	@dev/install-packages

build: packages
	@$(STEP) "release build" swift build $(RELEASE) --scratch-path $(SCRATCH) --target Programs

lint: packages checks

checks:
	@$(STEP) "imports" dev/check-imports
	@$(STEP) "tidy" dev/tidy
	@$(STEP) "format" swift format lint --strict --recursive --parallel Package.swift Sources Examples Tests
	@$(STEP) "C code is what proto/ gives" dev/check-proto
	@$(STEP) "proto/ keeps what it promised" dev/check-proto-compat
	@$(STEP) "the check of that promise" dev/check-proto-compat --self-test

test: packages checks
	@$(STEP) "build with tests" swift build --scratch-path $(SCRATCH) --build-tests
	@$(STEP) "a stock gRPC client's environment" dev/interop/python -c ''
	@$(STEP) "a Merkle tree of others" dev/interop/merkle -c ''
	@$(STEP) "FHIR R5 of others" dev/interop/fhir -c ''
	@PORTVAKT_INTEROP=$(CURDIR)/dev/interop/python PORTVAKT_INTEROP_CPP=$$(dev/interop/cpp-client) $(STEP) --tail "tests" swift test --scratch-path $(SCRATCH) --skip-build --parallel \
		--experimental-maximum-parallelization-width $(TESTS_AT_ONCE) --skip '$(ALONE)'
	@$(STEP) --tail "what must come in time" swift test --scratch-path $(SCRATCH) --skip-build --filter '$(ALONE)'

# Stock clients of every kind, and servers that misbehave: a part of `make test`, with the C++ client in any case.
INTEROP := AuthZENTests|EveryRPCTests|StockClientTests|StockCppTests|StockLibraryTests|UnrulyServerTests|DocumentationTests

interop: packages
	@dev/install-packages interop
	@$(STEP) "build with tests" swift build --scratch-path $(SCRATCH) --build-tests
	@$(STEP) "a stock gRPC client's environment" dev/interop/python -c ''
	@PORTVAKT_INTEROP=$(CURDIR)/dev/interop/python PORTVAKT_INTEROP_CPP=$$(dev/interop/cpp-client) $(STEP) --tail "interop" \
		swift test --scratch-path $(SCRATCH) --skip-build --filter '$(INTEROP)'

demo: build
	@dev/install-packages demo
	@$(STEP) "release build of the examples" swift build $(RELEASE) --scratch-path $(SCRATCH) --product stafettlogg
	@$(STEP) "release build of the examples" swift build $(RELEASE) --scratch-path $(SCRATCH) --product plan
	@dev/demo "$$(swift build $(RELEASE) --scratch-path $(SCRATCH) --show-bin-path)"

bench: build
	@dev/install-packages bench
	@$(STEP) "gRPC C++ peer" $(MAKE) -C Benchmarks/peers
	@dev/bench "$$(swift build $(RELEASE) --scratch-path $(SCRATCH) --show-bin-path)"

# How long the sweep may take at most; without a limit of time it tries every call.
FAULT_MINUTES ?= 20
KILL_ROUNDS ?= 25

faults: build
	@dev/install-packages faults
	@dev/faults --bin "$$(swift build $(RELEASE) --scratch-path $(SCRATCH) --show-bin-path)" --minutes $(FAULT_MINUTES)
	@SCRATCH=$(SCRATCH) dev/kill-loop $(KILL_ROUNDS)

bench-engine: packages
	@$(STEP) "release build" swift build $(RELEASE) --scratch-path $(SCRATCH) --product portvakt-engine-bench
	@dev/bench-engine "$$(swift build $(RELEASE) --scratch-path $(SCRATCH) --show-bin-path)"

# The gate for C, and the folder that it is put in.
C_LIBRARY ?= $(SCRATCH)/c-library

c-library: packages
	@SCRATCH=$(SCRATCH) $(STEP) "the gate for C, release" dev/c-library $(C_LIBRARY) $(RELEASE)

c-library-test: packages
	@dev/install-packages sanitize
	@$(STEP) "build" swift build --scratch-path $(SCRATCH) --product portvaktd
	@$(STEP) "build of the command line" swift build --scratch-path $(SCRATCH) --product portvakt
	@SCRATCH=$(SCRATCH) $(STEP) "the gate for C" dev/c-library $(SCRATCH)/c-library-debug
	@$(STEP) "the gate for C: C, valgrind, 200 threads, Python" dev/c-library-test \
		"$$(swift build --scratch-path $(SCRATCH) --show-bin-path)" $(SCRATCH)/c-library-debug

sanitize: packages
	@dev/install-packages sanitize
	@dev/sanitize

format:
	@swift format --in-place --recursive --parallel Package.swift Sources Examples Tests

clean:
	@rm -rf .build .build-thread .build-address
	@$(MAKE) -s -C Benchmarks/peers clean
