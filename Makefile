# make demo   everything set up, then a dataset dropped, trained, deployed and called on the local cloud
# make test   everything set up, then the tests of all that Traindrop does
# make help   the rest

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
TOOLS := .venv-aws
PEERS := .venv-peers
SERVERS := .venv-litserve .venv-infinity
OPENVINO := .venv-openvino
CLIENTS := $(patsubst requirements/%.txt,.venv-%,$(wildcard requirements/clients-*.txt))
SECURITY := .venv-security
BROWSER := .venv-browser
IMAGES := $(patsubst requirements/images/%.txt,.venv-image-%,$(wildcard requirements/images/*.txt))
BIN := $(VENV)/bin
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## This list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

# ---- set-up ------------------------------------------------------------------------------------------------------

setup: $(VENV)/.ready $(TOOLS)/.ready ## Both virtual environments, pinned

$(VENV)/.ready: requirements/local.txt requirements/image-table.txt
	@echo "Setting up $(VENV): two to six minutes the first time"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Traindrop needs Python 3.11 or newer, found " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q -r requirements/local.txt 2> $(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@$(BIN)/python -m pip install -q --no-deps -r requirements/image-table.txt 2>> $(VENV)/pip.log || { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@

$(TOOLS)/.ready: requirements/aws-tools.txt
	@echo "Setting up $(TOOLS): the SAM and AWS command lines"
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install -q -r requirements/aws-tools.txt 2> $(TOOLS)/pip.log || { cat $(TOOLS)/pip.log >&2; exit 1; }
	@touch $@

$(PEERS)/.ready: requirements/peers.txt
	@echo "Setting up $(PEERS): the server of the Hugging Face container"
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -q -r requirements/peers.txt 2> $(PEERS)/pip.log || { cat $(PEERS)/pip.log >&2; exit 1; }
	@touch $@

# A server or an engine that is measured beside ours: requirements/peers-NAME.txt, installed into .venv-NAME.
$(SERVERS:=/.ready) $(OPENVINO)/.ready: .venv-%/.ready: requirements/peers-%.txt
	@echo "Setting up $(@D)"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install -q -r $< 2> $(@D)/pip.log || { cat $(@D)/pip.log >&2; exit 1; }
	@touch $@

# A client of SageMaker that is tested against the local one, in an environment of its own.
$(CLIENTS:=/.ready): .venv-%/.ready: requirements/%.txt
	@echo "Setting up $(@D)"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install -q -r $< 2> $(@D)/pip.log || { cat $(@D)/pip.log >&2; exit 1; }
	@touch $@

$(SECURITY)/.ready: requirements/security.txt
	@echo "Setting up $(SECURITY): bandit, checkov and pip-audit"
	@test -x $(SECURITY)/bin/python || $(PYTHON) -m venv $(SECURITY)
	@$(SECURITY)/bin/python -m pip install -q -r requirements/security.txt 2> $(SECURITY)/pip.log || { cat $(SECURITY)/pip.log >&2; exit 1; }
	@touch $@

$(BROWSER)/.ready: requirements/browser.txt | setup
	@echo "Setting up $(BROWSER): what drives a browser"
	@rm -rf $(BROWSER) && $(BIN)/python -m pip install -q --target $(BROWSER)/packages -r requirements/browser.txt
	@touch $@

# ---- the local cloud ---------------------------------------------------------------------------------------------

demo: setup ## Drop 4,000 film reviews, get a model, call it over HTTP
	@$(BIN)/python -m localcloud demo

up: setup ## Start the local cloud and deploy the stack to it
	@$(BIN)/python -m localcloud up

status: setup ## What runs, which models are live
	@$(BIN)/python -m localcloud status

check-drop: setup ## What the stack would make of files, without a cloud (DROP=folder or file)
	@test -n "$(DROP)" || { echo 'make check-drop: expected what to check; found nothing. Say DROP=reviews.csv' >&2; exit 1; }
	@$(BIN)/python -m cli check "$(DROP)"

down: setup ## Stop the local cloud; its data stays
	@$(BIN)/python -m localcloud down

# ---- checks ------------------------------------------------------------------------------------------------------

# Tests run beside each other; those of one file, and all that share the deployed stack, in one worker. The stack's tests
# wait much of their time, so there is a worker more than there are cores.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
PYTEST := $(BIN)/python -m pytest
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
ALL := -m "slow or not slow"

test: setup ## The tests of every behaviour, the deployed stack included; 16 minutes on two slow cores (WORKERS=2)
	@$(PYTEST) $(PARALLEL)

test-all: setup $(PEERS)/.ready ## Those and the same again more thoroughly, and beside the Hugging Face container's server: about an hour
	@FORK_SERVER=off $(PYTEST) $(PARALLEL) -m "not images and not browser" --hypothesis-profile thorough

test-one: setup ## One file or test, in this process, with its output (T=tests/unit/tasks/test_rows.py, T="tests/unit -k rows")
	@test -n "$(T)" || { echo 'make test-one: expected what to run; found nothing. Say T=tests/unit/tasks/test_rows.py' >&2; exit 1; }
	@$(PYTEST) -x -vv -s $(ALL) --hypothesis-profile dev $(T)

golden: setup ## The golden files, written anew by their tests: look at git diff before you commit them
	@$(PYTEST) $(PARALLEL) --update-golden tests/unit

unit: setup ## Unit tests only: no network
	@$(PYTEST) $(PARALLEL) tests/unit

test-drops: setup ## Every drop of tests/drops/cases: read as its owner means it, or refused with what to do
	@$(PYTEST) $(PARALLEL) tests/drops

chaos: setup ## Every fault at every call of every function, simulated; the tables of docs/reliability.md; about half an hour on two quiet cores, estimated from a sample
	@$(BIN)/python -m tests.chaos --write

test-image: setup ## The serving image's steps in a plain folder, and its command run there; about four minutes
	@$(PYTEST) $(ALL) tests/unit/inference/test_image.py tests/integration/inference/test_image.py

test-resume: setup ## Interrupted trainings, thoroughly: every task, many kills, MiniLM; about twenty minutes
	@$(PYTEST) $(ALL) tests/integration/training/test_resume.py \
	  tests/integration/training/test_resume_points.py tests/integration/localcloud/sagemaker/training/test_spot.py

test-upgrade: setup ## An earlier version's stack, updated while a model answers and another trains (FROM=revision); about five minutes
	@UPGRADE_FROM="$(FROM)" $(PYTEST) $(ALL) tests/upgrade

test-contract: setup $(PEERS)/.ready ## The same requests to the Hugging Face container's server and to ours; about five minutes
	@FORK_SERVER=off $(PYTEST) -m contract -s tests/contract

test-clients: setup $(CLIENTS:=/.ready) ## SageMaker's SDKs, the AWS CLI, boto3, LangChain and litellm against the local SageMaker; about six minutes, and 2 GB of packages
	@$(PYTEST) -m clients tests/clients

test-console: setup $(BROWSER)/.ready ## The console's pages, and a drop's whole way, in Chromium (CHROMIUM=path); about three minutes
	@$(PYTEST) -m browser tests/browser

test-images: setup $(IMAGES:=/.ready) ## Every task trained and served by the images' own launchers and packages; the better part of an hour
	@$(PYTEST) -m images tests/images

security: setup $(SECURITY)/.ready ## bandit over the code, checkov over the template, pip-audit over what is pinned; what stays is in tools/security_exceptions.txt
	@$(BIN)/python -m tools.security --tools $(SECURITY)/bin

lint: setup ## Formatting, lint, words of identifiers, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/python -m tools.words
	@$(TOOLS)/bin/hadolint inference/Dockerfile
	@$(BIN)/mypy

validate: setup ## Template and state machine
	@AWS_DEFAULT_REGION=us-east-1 $(TOOLS)/bin/sam validate --lint
	@mkdir -p .aws-sam && $(BIN)/python -m tests.unit.statemachine.as_template > .aws-sam/workflow.json
	@$(TOOLS)/bin/cfn-lint -r us-east-1 -t .aws-sam/workflow.json && echo "The workflow is valid Amazon States Language"

check: lint validate test ## What CI runs

structure: setup ## Sizes, density, types, imports and tests of each room, beside what is aimed at
	@$(BIN)/python -m tools.structure

GB ?= 1
QUICK ?= --quick
bench-inspection: setup ## Inspect on 1 GB of CSV and of Parquet (GB=0.1), beside pandas and datasets: about ten minutes
	@$(BIN)/python -m benchmarks.inspection --gb $(GB)

bench-training: setup ## Training beside Trainer and a bare loop: about four minutes (QUICK= for the full table: hours on two cores)
	@$(BIN)/python -m benchmarks.training $(QUICK)

bench-quality: setup ## Models by our defaults on twelve real sets beside TF-IDF and Trainer, three seeds: a day on two cores, goes on where it was stopped (QUALITY="--sets tweets --seeds 0")
	@$(BIN)/python -m benchmarks.quality $(QUALITY)

bench-serving: setup $(PEERS)/.ready $(SERVERS:=/.ready) ## Our server beside the container's, LitServe and infinity: about eight minutes (QUICK= for the full table: half an hour)
	@$(BIN)/python -m benchmarks.serving $(QUICK)

bench-generation: setup $(PEERS)/.ready ## Texts written by our server and the container's: about two minutes (QUICK= for the full table: ten minutes)
	@$(BIN)/python -m benchmarks.generation $(QUICK)

bench-gpu: setup ## Training and serving on one GPU beside Trainer and pipeline: at most eight minutes (GPU="--device cpu --tiny --rows 64" tries the script)
	@$(BIN)/python -m benchmarks.gpu --out .bench/gpu $(GPU)

bench-engines: setup $(OPENVINO)/.ready ## torch, ONNX Runtime and OpenVINO without a server: about five minutes (QUICK= for half an hour)
	@$(BIN)/python -m benchmarks.engines $(QUICK)

LOAD ?=
load: setup ## 200 drops of 100 models at once on a local cloud, then predictions through redeployments (LOAD="--drops 20 --models 10"); hours on two cores
	@$(BIN)/python -m benchmarks.load $(LOAD)

scale: setup ## A day of 10,000 drops of 1,000 models, simulated, beside AWS's quotas; writes docs/scale.md; a quarter of an hour
	@$(BIN)/python -m benchmarks.scale --write

MINUTES ?= 10
soak: setup ## Our server under 64 good clients, bad ones, bursts and killed workers (MINUTES=10)
	@$(BIN)/python -m benchmarks.soak --seconds $$((60 * $(MINUTES)))

generate: setup ## The files that are generated: pages of tasks, settings, failures and permissions, schemas
	@$(BIN)/python -m tools.generate

record-calls: setup ## The requests and answers in docs/tasks.md, from models trained anew
	@TRAINDROP_RECORD=$(CURDIR)/docs/tasks-calls.json $(PYTEST) $(ALL) tests/e2e/test_tasks.py
	@$(MAKE) generate

lock: ## Resolve requirements/local.in anew into local.txt
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q -r requirements/local.in
	@(echo "# Written by make lock from local.in."; .venv-lock/bin/pip freeze | sed 's/+cpu$$//') > requirements/local.txt
	@rm -rf .venv-lock

# The packages of SageMaker's images: uv alone resolves as of a day. A line `# published: DAY` of the recipe says which.
IMAGE_LOCKS := $(patsubst %.in,%.txt,$(wildcard requirements/images/*.in))
lock-images: ## Resolve requirements/images/*.in, the packages of SageMaker's images, anew
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	@for lock in $(IMAGE_LOCKS); do recipe=$${lock%.txt}.in; \
	  grep '^#' $$recipe > $$lock.new && \
	  .venv-lock/bin/uv pip compile -q $$recipe --no-header --no-annotate --python-platform x86_64-manylinux_2_28 \
	    --python-version "$$(sed -n 's/^# python: //p' $$recipe)" \
	    --exclude-newer "$$(sed -n 's/^# published: //p' $$recipe)" >> $$lock.new && mv $$lock.new $$lock || exit 1; done
	@rm -rf .venv-lock

# `make images` and `make images EXACT=1`; TOOLKIT=sagemaker-training==5.1.4 takes another release of the toolkit.
EXACT ?=
TOOLKIT ?=
UV := .venv-uv/bin/uv
$(UV):
	@$(PYTHON) -m venv .venv-uv && .venv-uv/bin/pip install -q uv

images: setup $(UV) ## The packages of SageMaker's images, each in an environment of its own; EXACT=1 with torch's CUDA build, 8 GB
	@$(BIN)/python -m tools.image_environments --uv $(UV) $(if $(EXACT),--exact) $(if $(TOOLKIT),--package $(TOOLKIT))

$(IMAGES:=/.ready): .venv-image-%/.ready: requirements/images/%.txt | setup $(UV)
	@$(BIN)/python -m tools.image_environments --uv $(UV) $*

TRAINING_MANIFEST := requirements/images/huggingface-pytorch-training.txt
check-requirements: ## What pip would install over the training image: nothing of its own replaced, all else exact; needs PyPI
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	@.venv-lock/bin/uv pip compile -q training/requirements.txt -c $(TRAINING_MANIFEST) --no-header --no-annotate \
	  --python-version 3.12 --python-platform x86_64-manylinux_2_28 > .venv-lock/resolved.txt
	@if grep -vxF -f $(TRAINING_MANIFEST) -f training/requirements.txt -f training/constraints.txt .venv-lock/resolved.txt; then \
	  echo 'check-requirements: expected these to be exact; found them open. Add them to training/constraints.txt.' >&2; exit 1; fi
	@echo "training/requirements.txt: $$(grep -vcxF -f $(TRAINING_MANIFEST) .venv-lock/resolved.txt) packages beside the image's"
	@rm -rf .venv-lock

# ---- AWS ---------------------------------------------------------------------------------------------------------

STACK ?= traindrop

IMAGE ?= traindrop-inference
TAG ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
PLATFORM ?= linux/amd64
VARIANT ?= full
image: ## The serving image, where Docker is (IMAGE=, TAG=, PLATFORM=linux/arm64, VARIANT=onnx)
	@command -v docker > /dev/null || { echo "make image: expected docker; found none. Install Docker with buildx, then run it again." >&2; exit 1; }
	@docker info > /dev/null 2>&1 || { echo "make image: expected Docker to run; found docker, but no daemon that answers. Start Docker, then run it again." >&2; exit 1; }
	docker buildx build --file inference/Dockerfile --platform $(PLATFORM) --build-arg VARIANT=$(VARIANT) \
	  $(if $(TORCH_INDEX),--build-arg TORCH_INDEX=$(TORCH_INDEX)) --provenance=false --output type=docker --tag $(IMAGE):$(TAG) .

REGION ?=
OPTIONS ?=
preflight: $(TOOLS)/.ready ## Before the first deployment to AWS: quotas, images, permissions, base model, prices (REGION=, OPTIONS=)
	@$(TOOLS)/bin/python -m tools.preflight $(if $(REGION),--region $(REGION)) $(OPTIONS)

YES ?=
destroy: $(TOOLS)/.ready ## Remove a stack and everything its functions made, after asking (STACK=traindrop, REGION=, YES=1, OPTIONS=--dry-run)
	@$(TOOLS)/bin/python -m tools.destroy --stack $(STACK) $(if $(REGION),--region $(REGION)) $(if $(YES),--yes) $(OPTIONS)

rebuild-ledger: $(TOOLS)/.ready ## Note again what is live, after the ledger's table was lost or restored (STACK=traindrop, REGION=, YES=1, OPTIONS=--dry-run)
	@$(TOOLS)/bin/python -m tools.rebuild_ledger --stack $(STACK) $(if $(REGION),--region $(REGION)) $(if $(YES),--yes) $(OPTIONS)

KEY ?= read
rotate-key: $(TOOLS)/.ready ## Replace one API key of a stack on AWS and print the new one (KEY=predict|read|manage, STACK=traindrop, REGION=)
	@$(TOOLS)/bin/python -m tools.rotate_key --stack $(STACK) --key $(KEY) $(if $(REGION),--region $(REGION))

# `sam build` calls these with ARTIFACTS_DIR; it needs neither Docker nor the functions' Python version.
DEPENDENCIES := .aws-sam/dependencies
TABLES := .aws-sam/tables
WHEELS := --no-compile --only-binary=:all: --implementation cp --python-version 3.13 \
  --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64

$(DEPENDENCIES)/.ready: functions/requirements.txt
	rm -rf $(DEPENDENCIES)
	$(PYTHON) -m pip install -q --target $(DEPENDENCIES) $(WHEELS) -r functions/requirements.txt
	touch $@

$(TABLES)/.ready: functions/tables.txt
	rm -rf $(TABLES)
	$(PYTHON) -m pip install -q --target $(TABLES) --no-deps $(WHEELS) -r functions/tables.txt
	touch $@

build-DependenciesLayer: $(DEPENDENCIES)/.ready
	cp -R $(DEPENDENCIES) "$(ARTIFACTS_DIR)/python"

# The local cloud's functions run on this machine, where Lambda's binaries cannot: they have the same packages from .venv.
build-TablesLayer: $(if $(TRAINDROP_STATE),,$(TABLES)/.ready)
	mkdir "$(ARTIFACTS_DIR)/python"
	cp $(if $(TRAINDROP_STATE),functions/tables.txt,-R $(TABLES)/.) "$(ARTIFACTS_DIR)/python"

# A function ships the modules that its handler imports, and no others.
build-%Function:
	$(or $(wildcard $(BIN)/python),$(PYTHON)) -m tools.package $*Function --into "$(ARTIFACTS_DIR)"

.PHONY: help setup demo up status down
.PHONY: test-clients test-console chaos test test-all test-one golden test-image test-images test-contract test-resume unit lint security validate check structure
.PHONY: bench-inspection bench-training bench-quality bench-serving bench-generation bench-gpu bench-engines load soak
.PHONY: generate record-calls lock lock-images images check-requirements image preflight destroy rebuild-ledger rotate-key
