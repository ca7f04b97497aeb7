"""What a rule is. A rule is one file of `posture/` or `detections/` that defines RULE; the file's name is its id."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core.coverage.observe import ActionClass
from app.core.model.finding import CannotTell, Practice, Severity, Violation

Facts_contra = TypeVar("Facts_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Fix:
    """How to mend a violation: one or two sentences, and what can be pasted, as far as it exists.

    What can be pasted has placeholders, see `fix`.
    """

    text: str
    policy: str = ""
    cli: str = ""
    cloudformation: str = ""
    terraform: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that the rule obeys, by its own title."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Rule(Generic[Facts_contra]):
    """One rule: what it asks, of which facts, and what to do about a violation.

    `code` is the rule's number in the catalogue (KVS-LP-01). `needs` names the snapshot parts without which there is
    no answer: a part never read gives CannotTell, a part whose last reading failed keeps findings from resolving.
    `rests_on` are the classes of calls in which a detection looks: one that was not observed on the day judged gives
    CannotTell beside what was found.
    `why` says what goes wrong otherwise, for the finding's page.
    `subjects` counts what was looked at ("3 of 11 roles", `unit` being the plural), or is None.
    `version` goes up whenever the same facts may give another answer.
    """

    code: str
    title: str
    practice: Practice
    severity: Severity
    needs: tuple[str, ...]
    why: str
    fix: Fix
    references: tuple[Reference, ...]
    check: Callable[[Facts_contra], Iterator[Violation | CannotTell]]
    rests_on: tuple[ActionClass, ...] = ()
    unit: str = "subjects"
    subjects: Callable[[Facts_contra], int] | None = None
    version: int = 1


BEST_PRACTICES = Reference(
    "KVS Developer Guide: Security best practices",
    "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/security-best-practices.html",
)
HOW_IAM = Reference(
    "KVS Developer Guide: Controlling access with IAM",
    "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-iam.html",
)
HOW_IOT = Reference(
    "KVS Developer Guide: Controlling access using AWS IoT",
    "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-iot.html",
)
DATA_EVENTS = Reference(
    "CloudTrail User Guide: Logging data events",
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
)
