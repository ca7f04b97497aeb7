"""`python -m app` and `kvswatch`: the command line."""

import sys
from collections.abc import Sequence

import structlog
import typer

from app import __version__, cli, config, logs
from app.cli._command import Command
from app.core import catalogue
from app.core.errors import InvalidInput, KvswatchError

FAILED = 1
MISUSED = 2


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 a finding or failure of what was asked, 2 usage."""
    try:
        logs.configure(config.load().log_level)
        for name in config.unknown_settings():
            structlog.get_logger().warning("unknown setting", name=name, hint="docs/settings.md lists all of them")
        arguments = sys.argv[1:] if arguments is None else arguments
        build(arguments)(args=arguments, standalone_mode=True)
    except (InvalidInput, config.MalformedSettings) as error:
        _complain(error, MISUSED)
    except KvswatchError as error:
        _complain(error, FAILED)
    except BrokenPipeError:
        # The reader of our stdout has had enough (head, less): not a failure of ours.
        sys.stderr.close()


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the command line: the command of `app/cli` that the arguments begin with, or every one.

    A command loads what it needs: together they need the web server, boto3 and more, which take seconds to load.
    """
    asked = {module for module in catalogue.names(cli) if arguments and _name(module) == arguments[0]}
    app = typer.Typer(
        name="kvswatch",
        callback=_nothing,  # without one, Typer takes a lone command for the whole command line
        help=f"kvswatch {__version__}: who may watch a company's cameras on AWS, and who does.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module, command in catalogue.load(cli, "COMMAND", Command, asked).items():
        if isinstance(command.body, typer.Typer):
            app.add_typer(command.body, name=_name(module), help=command.help)
        else:
            app.command(_name(module), help=command.help)(command.body)
    return app


def _name(module: str) -> str:
    return module.replace("_", "-")


def _nothing() -> None: ...


def _complain(error: Exception, code: int) -> None:
    sys.stderr.write(f"kvswatch: {error}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
