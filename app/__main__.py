"""`python -m app` and `kvswatch`: the command line."""

import sys

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
        build()(args=arguments, standalone_mode=True)
    except (InvalidInput, config.MalformedSettings) as error:
        _complain(error, MISUSED)
    except KvswatchError as error:
        _complain(error, FAILED)
    except BrokenPipeError:
        # The reader of our stdout has had enough (head, less): not a failure of ours.
        sys.stderr.close()


def build() -> typer.Typer:
    """Return the command line with every command of `app/cli`."""
    app = typer.Typer(
        name="kvswatch",
        help=f"kvswatch {__version__}: who may watch a company's cameras on AWS, and who does.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module, command in catalogue.load(cli, "COMMAND", Command).items():
        name = module.replace("_", "-")
        if isinstance(command.body, typer.Typer):
            app.add_typer(command.body, name=name, help=command.help)
        else:
            app.command(name, help=command.help)(command.body)
    return app


def _complain(error: Exception, code: int) -> None:
    sys.stderr.write(f"kvswatch: {error}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
