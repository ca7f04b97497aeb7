"""Requests at once, on an S3 that answers as it is told; each key's answers in turn, the last one ever again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.aws.errors import CannotAssume, TooLarge
from app.aws.session import AwsSettings
from app.aws.sources import _s3_attempts
from app.aws.sources._s3_attempts import AT_ONCE, Asked, ask
from app.aws.sources._s3_errors import Fault
from app.aws.sources._s3_http import Answer, NoAnswer, Request
from app.core.model.own_call import CallOutcome

OK, BUSY, DENIED = Answer(200, b"ok", {}), Answer(503, b"", {}), Answer(403, b"", {})
GOOD, THROTTLED, FAILED = CallOutcome.OK, CallOutcome.THROTTLED, CallOutcome.FAILED


@dataclass
class Told:
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    flying: list[tuple[int, str]] = field(default_factory=list)
    most: int = 0
    is_forgotten: bool = False

    def __len__(self) -> int:
        return len(self.flying)

    def begin(self, number: int, request: Request) -> None:
        key = request.target.removeprefix("/")
        if key == "without credentials":
            raise CannotAssume("no", "sts:AssumeRole")
        self.begun.append(key)
        self.flying.append((number, key))
        self.most = max(self.most, len(self.flying))

    def ended(self, *, is_idle: bool) -> list[tuple[int, Any]]:
        if not is_idle or not self.flying:
            return []
        number, key = self.flying.pop()
        answers = self.answers.get(key, [OK])
        return [(number, answers[min(self.begun.count(key), len(answers)) - 1])]

    def forget(self) -> None:
        self.is_forgotten = True


class Clock:
    """Time passes by sleeping alone."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_s3_attempts, "time", clock)
    monkeypatch.setattr(AwsSettings, "pause_s", lambda _settings, attempts: 10.0 * attempts)
    return clock


def asked(http: Told, *keys: str, waits: list[None] | None = None) -> list[Asked[Answer]]:
    waited = [] if waits is None else waits
    requests = [Request(f"/{key}") for key in keys]
    told: Any = http
    return ask(told, requests, _taken, AwsSettings("test", attempts=3), lambda: waited.append(None))


def _taken(answer: Answer) -> Answer | Fault:
    return answer if answer.status == OK.status else Fault(answer.status, answer.body)


def test_answers_come_in_the_order_of_the_requests_and_never_too_many_are_under_way() -> None:
    keys = [str(number) for number in range(3 * AT_ONCE)]
    http = Told({key: [Answer(200, key.encode(), {})] for key in keys})
    assert [one.answer for one in asked(http, *keys)] == [Answer(200, key.encode(), {}) for key in keys]
    assert http.most == AT_ONCE


def test_what_may_pass_is_asked_for_again_while_the_others_go_on(clock: Clock) -> None:
    http = Told({"busy": [BUSY, NoAnswer("reset"), OK]})
    waits: list[None] = []
    busy, *others = asked(http, "busy", *"abcdef", waits=waits)
    assert (busy.answer, busy.ended) == (OK, [THROTTLED, FAILED, GOOD])
    assert [one.answer for one in others] == [OK] * 6
    assert http.begun[-2:] == ["busy", "busy"]
    assert clock.slept == [10.0, 20.0]
    assert len(waits) == 9


@pytest.mark.usefixtures("clock")
def test_what_stays_busy_is_asked_for_as_often_as_is_set() -> None:
    (one,) = asked(Told({"busy": [BUSY]}), "busy")
    assert (one.answer, one.ended) == (Fault(503, b""), [THROTTLED] * 3)


@pytest.mark.usefixtures("clock")
def test_no_attempt_begins_a_minute_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AwsSettings, "pause_s", lambda *_: 31.0)
    (one,) = asked(Told({"busy": [BUSY]}), "busy")
    assert one.ended == [THROTTLED] * 2


@pytest.mark.usefixtures("clock")
def test_no_answer_is_told_in_whatever_words() -> None:
    (one,) = asked(Told({"gone": [NoAnswer("no proxy at \udcff")]}), "gone")
    assert one.answer == Fault(0, b"no proxy at ?")


def test_what_is_refused_is_asked_for_once() -> None:
    denied, large = asked(Told({"no": [DENIED], "large": [TooLarge(7, 6)]}), "no", "large")
    assert (denied.answer, denied.ended) == (Fault(403, b""), [CallOutcome.DENIED])
    assert isinstance(large.answer, TooLarge)
    assert large.ended == [GOOD]


def test_without_credentials_nothing_stays_under_way() -> None:
    http = Told()
    with pytest.raises(CannotAssume):
        asked(http, "a", "b", "without credentials", "c")
    assert http.is_forgotten
