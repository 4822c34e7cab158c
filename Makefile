# A thin layer: `make repro` regenerates every result, `make test` runs the tests.
# Both make the environment in .venv first, unless one that holds requirements.lock is there already.
PYTHON3 := $(firstword $(foreach v,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(v) -c 'import sys; sys.version_info >= (3, 11) and print("$(v)")' 2>/dev/null)))
export PYTHONPATH := $(CURDIR)

# $(call with,COMMAND): COMMAND in the environment
with = @test -n "$(PYTHON3)" || { echo "error: no python3 of at least 3.11 on PATH"; exit 1; }; \
	python=$$($(PYTHON3) autoloss/environment.py) && export PATH="$$(dirname "$$python"):$$PATH" && $(1)

MLFLOW_UI = MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false exec mlflow ui --host 127.0.0.1 \
	--workers 1 --backend-store-uri $${MLFLOW_TRACKING_URI:-sqlite:///mlflow.db}

.PHONY: repro test ui bench bench-synthetic
repro:   ## data → every cell → tables, plots, reports/index.html
	$(call with,dvc repro && echo "The page: file://$(CURDIR)/reports/index.html")

test:    ## the whole suite
	$(call with,python -m pytest)

ui:      ## all runs in MLflow, on this machine only; with MLFLOW_TRACKING_URI=http… the server there shows them
	$(call with,python -m autoloss track && if [ "$${MLFLOW_TRACKING_URI#http}" != "$$MLFLOW_TRACKING_URI" ]; \
	then echo "The runs: $$MLFLOW_TRACKING_URI"; else $(MLFLOW_UI); fi)

bench:   ## speed and memory, as ratios side by side
	$(call with,python -m benchmarks)

bench-synthetic bench-planted: ## every method where the best possible answer is known
	$(call with,python -m benchmarks.synthetic)
