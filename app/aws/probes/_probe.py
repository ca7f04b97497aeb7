"""What every file of probes declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from app.aws.collectors._collector import Reach
from app.aws.session import AccountSession
from app.core.errors import CouldNotLook

T = TypeVar("T")
NOBODY = "kvswatch-doctor"
"""A name that nothing bears: whether a call about it may be made is answered before whether it is there."""


class NothingToAsk(CouldNotLook):
    """The account holds nothing that the call could be about, so AWS gives no answer that proves anything."""


@dataclass(slots=True)
class Asking:
    """One account's session, bound to one Region ("" for global services), and what was already found there."""

    session: AccountSession
    region: str
    now: datetime
    _found: dict[str, Any] = field(default_factory=dict)

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Return the answer to one call; raises CouldNotLook."""
        return self.session.call(service, operation, self.region, **parameters)

    def once(self, name: str, find: Callable[[], T], otherwise: T) -> T:
        """Return what `find` finds, asked once; `otherwise` where it may not look: that is another probe's to tell."""
        if name not in self._found:
            try:
                self._found[name] = find()
            except CouldNotLook:
                self._found[name] = otherwise
        found: T = self._found[name]
        return found


Probe = Callable[[Asking], object]
"""Makes one call, and raises CouldNotLook as AWS refuses it; that something is not there is no refusal."""


@dataclass(frozen=True, slots=True)
class Probes:
    """A service's probes by IAM action, and whether they are made once an account or in each of its Regions."""

    reach: Reach
    of: Mapping[str, Probe]
