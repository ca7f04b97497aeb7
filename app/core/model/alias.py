"""A camera's own name: what no AWS account knows."""

from dataclasses import dataclass

from app.core.model.stream import ResourceKind


@dataclass(frozen=True, slots=True)
class Alias:
    """What the people on site call a stream or channel, where its camera hangs, who answers for it; "" is not told.

    It belongs to the name: a stream that is made anew under its old name is still the same camera's.
    """

    account_id: int
    region: str
    kind: ResourceKind
    name: str
    camera: str
    site: str
    owner: str

    @property
    def key(self) -> tuple[int, str, str, str]:
        """Which stream or channel it is of."""
        return self.account_id, self.region, self.kind, self.name
