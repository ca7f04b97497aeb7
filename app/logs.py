"""structlog: to stderr always, colours at a terminal, JSON otherwise. Never a secret."""

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Send the log of this process to stderr, at `level` and above."""
    is_terminal = sys.stderr.isatty()
    # What befalls a connection comes to us as an exception; the pool would print its traceback besides.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=True) if is_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # stderr as it is when a line is written: whoever replaced it since would else find it closed.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
