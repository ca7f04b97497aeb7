"""Starts workers and web servers, each in a process of its own, as fast as a test can kill them.

Reads lines `worker URL NOW` or `web URL NOW PORT` and answers each with a process id. They are forked from a process
that has imported everything: one starts in 10 ms instead of 2 s. Their clock stands still at NOW.
"""

import ctypes
import os
import signal
import sys
import threading
from datetime import datetime

import uvicorn

from app import config, logs
from app.aws.budget import RateBudget
from app.aws.session import AwsSettings
from app.aws.sources import lookup_events, s3_logs
from app.db.engine import APP, READ, create_engine
from app.services import check_digests
from app.web.app import create_app
from app.web.site import Site
from app.worker.handlers import handlers
from app.worker.loop import Worker

FILES_A_BATCH, DIGESTS_A_BATCH = 3, 20  # many transactions to be killed in
NO_LIMIT = RateBudget(1e6, 1e6)
PR_SET_PDEATHSIG = 1


def main() -> None:
    logs.configure("warning")
    s3_logs.FILES, check_digests.AT_ONCE = FILES_A_BATCH, DIGESTS_A_BATCH
    lookup_events.BUDGET = NO_LIMIT
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they go at once
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(line.split())
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _become(words: list[str]) -> None:
    """Turn this fork into what was asked for; it never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    sys.stdin.close()
    os.dup2(2, 1)  # stdout carries process ids
    code = 1
    try:
        kind, url, now, *more = words
        run = {"worker": _work, "web": _serve}[kind]
        run(url, datetime.fromisoformat(now), *more)
        code = 0
    finally:
        os._exit(code)


def _work(url: str, now: datetime) -> None:
    settings = config.load()
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    aws = AwsSettings("soak", endpoint_url=settings.aws_endpoint_url, attempts=3, first_pause_s=0.01, budget=NO_LIMIT)
    engine = create_engine(url, role=APP)
    worker = Worker(engine, handlers(settings, aws), clock=lambda: now, threads=2, lease_s=60, idle_s=0.02)
    worker.start()
    ended.wait()
    worker.stop()


def _serve(url: str, now: datetime, port: str) -> None:
    site = Site(create_engine(url, role=READ), create_engine(url, role=APP), demo=False, clock=lambda: now)
    uvicorn.run(create_app(site), port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
