"""The command line, as `autoloss` and as `python -m autoloss`."""

import sys


def main() -> None:
    """Runs the command line; where only the library is installed, names the extra to install."""
    try:
        from autoloss.cli.main import main as run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("autoloss"):
            raise
        sys.exit(f"error: the command line needs '{error.name}'; install the pipeline: pip install '.[pipeline]'")
    run()


if __name__ == "__main__":
    main()
