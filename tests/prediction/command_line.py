"""The command line, called in this process."""

from typer.testing import CliRunner

from autoloss.cli.main import assembled

APP = assembled()


def run(*words: str) -> str:
    """What a command prints, which must succeed."""
    result = CliRunner().invoke(APP, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout
