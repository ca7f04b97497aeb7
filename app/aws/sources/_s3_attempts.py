"""Many requests to S3 at once, each as often as it takes: paced by the budget, each attempt with how it ended."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Generic, TypeVar

from app.aws.errors import TooLarge
from app.aws.session import AwsSettings
from app.aws.sources._s3_errors import Fault, may_pass, outcome
from app.aws.sources._s3_http import Answer, NoAnswer, Request, S3Http
from app.core.model.own_call import CallOutcome

T = TypeVar("T")

AT_ONCE = 24
"""Requests under way: at 25 ms an answer they are more a second than the budget has."""
RETRIED_FOR_S = 60.0
"""No attempt begins later than that after the first: a file can wait for the next run, those behind it cannot."""


_UNASKED = Fault(0, b"not asked for yet")


@dataclass(slots=True)
class Asked(Generic[T]):
    """A request: when its first attempt began, how each ended, and what the last one gave."""

    begun: float | None = None
    ended: list[CallOutcome] = field(default_factory=list)
    answer: T | Fault | TooLarge = _UNASKED


def ask(
    http: S3Http,
    requests: Sequence[Request],
    taken: Callable[[Answer], T | Fault],
    settings: AwsSettings,
    wait: Callable[[], None],
) -> list[Asked[T]]:
    """Return what came of each request; `taken` makes of an answer what was wanted, or says what it is instead.

    What may pass is asked for again after a pause, as often as the settings say; the others go on meanwhile. `wait`
    returns when the budget has one more attempt.

    Raises:
        CouldNotLook: there are no credentials.
    """
    asked: list[Asked[T]] = [Asked() for _ in requests]
    waiting = deque(range(len(requests)))
    pausing: list[tuple[float, int]] = []
    try:
        while waiting or pausing or len(http):
            while pausing and pausing[0][0] <= time.monotonic():
                waiting.append(heappop(pausing)[1])
            if waiting and len(http) < AT_ONCE:
                number = waiting.popleft()
                wait()
                asked[number].begun = asked[number].begun or time.monotonic()
                http.begin(number, requests[number])
            elif not len(http):
                time.sleep(max(0.0, pausing[0][0] - time.monotonic()))
            # With room for one more nobody waits for an answer.
            for number, came in http.ended(is_idle=len(http) == AT_ONCE or not waiting):
                pause_s = _pause_s(asked[number], came, taken, settings)
                if pause_s is not None:
                    heappush(pausing, (time.monotonic() + pause_s, number))
    finally:
        http.forget()
    return asked


def _pause_s(
    one: Asked[T], came: Answer | NoAnswer | TooLarge, taken: Callable[[Answer], T | Fault], settings: AwsSettings
) -> float | None:
    """Note how an attempt ended, and return the pause before the next one; None: it was the last."""
    match came:
        case TooLarge():
            one.answer = came
        case NoAnswer():
            one.answer = Fault(0, str(came).encode(errors="replace"))
        case _:
            one.answer = taken(came)
    if not isinstance(one.answer, Fault):
        one.ended.append(CallOutcome.OK)
        return None
    one.ended.append(outcome(one.answer))
    if len(one.ended) >= settings.attempts or not may_pass(one.answer):
        return None
    pause_s = settings.pause_s(len(one.ended))
    is_late = one.begun is not None and time.monotonic() + pause_s - one.begun > RETRIED_FOR_S
    return None if is_late else pause_s
