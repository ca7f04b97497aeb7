"""The emulated organization as a process of its own: `python -m app.demo --port 5055`."""

import argparse
import signal
import threading

import structlog

from app import logs
from app.demo.emulator import Emulator

DELIVER_EVERY_S = 20.0
log = structlog.get_logger()


def main() -> None:
    """Serve the organization, and deliver new log files, until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    logs.configure("info")
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    with Emulator(options.port, authorizing=True, small=options.small) as aws:
        log.info("emulated AWS is there", endpoint=aws.endpoint)
        while not ended.wait(DELIVER_EVERY_S):
            aws.deliver()


if __name__ == "__main__":
    main()
