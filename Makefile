# `make repro` regenerates every result, `make test` runs the checks and the tests. Both create the environment first,
# in .venv, unless one that satisfies requirements.lock is there already.
PYTHON3 := $(firstword $(foreach v,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(v) -c 'import sys; sys.version_info >= (3, 11) and print("$(v)")' 2>/dev/null)))
export PYTHONPATH := $(CURDIR)
# Bytecode is written even where the environment says otherwise: each of hundreds of processes would compile every module.
export PYTHONDONTWRITEBYTECODE :=

# $(call with,COMMAND): COMMAND in the environment
with = @test -n "$(PYTHON3)" || { echo "error: no Python 3.11 or newer on PATH"; exit 1; }; \
	python=$$($(PYTHON3) autoloss/environment.py) && export PATH="$$(dirname "$$python"):$$PATH" && $(1)

MLFLOW_UI = MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false exec mlflow ui --host 127.0.0.1 \
	--workers 1 --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///mlflow.db}"

.PHONY: repro env check lint types imports test test-slurm test-stores ui bench bench-synthetic bench-planted test-crashes
repro:   ## data → every cell → tables, plots, reports/index.html
	@git rev-parse --git-dir >/dev/null 2>&1 || { echo "error: $(CURDIR): is not a git repository (a zip download?), and \
	DVC needs one: run \`git init\` here, then \`make repro\` again"; exit 1; }
	$(call with,dvc repro && echo "The page: file://$(CURDIR)/reports/index.html")

env:     ## the environment alone
	$(call with,echo "$$python")

check: lint types imports
lint:    ## style and formatting
	$(call with,ruff check && ruff format --check)

types:   ## the type checker
	$(call with,basedpyright)

imports: ## imports go one way
	$(call with,python -m pytest tests/test_imports.py)

# A thread for each worker: with more, the workers wait for one another.
TEST_WORKERS ?= 2
test: check   ## the checks, then the whole suite; TEST_WORKERS=8 uses more cores
	$(call with,OMP_NUM_THREADS=1 python -m pytest -n $(TEST_WORKERS) --dist loadfile)

test-slurm:  ## a plan through a real one-node Slurm; as root, after apt-get install slurm-wlm munge
	$(call with,python -m pytest -v --durations=0 -m slurm tests/pipeline/test_slurm.py)

test-stores: ## real PostgreSQL, S3 and MLflow servers; after apt-get install postgresql
	$(call with,python -m pytest -v -rP --durations=0 -m stores tests/tracking/test_real_stores.py)

test-crashes: ## kill -9 in every stage, full disks (as root), damaged files, random DVC and git commands; opt-in
	$(call with,export OMP_NUM_THREADS=1 && python -m pytest -v --durations=0 -m crashes tests/pipeline && \
	AUTOLOSS_DAMAGES=200 AUTOLOSS_HISTORIES=5 \
	python -m pytest tests/cells/test_damage.py tests/data/test_damaged.py tests/pipeline/test_histories.py)

# Status 3 of `autoloss track`: cells that cannot be read were left out.
ui:      ## all runs in MLflow, on this machine only; with MLFLOW_TRACKING_URI=http… on the server there
	$(call with,{ python -m autoloss track || [ $$? = 3 ]; } && if [ "$${MLFLOW_TRACKING_URI#http}" = "$${MLFLOW_TRACKING_URI}" ]; \
	then $(MLFLOW_UI); fi)

bench:   ## speed and memory, as ratios side by side
	$(call with,python -m benchmarks)

bench-synthetic bench-planted: ## every method where the best possible answer is known
	$(call with,python -m benchmarks.synthetic)
