"""A technician swaps two broken cameras: new certificate, same thing, same stream. Nobody needs to hear of it."""

from collections.abc import Iterator
from typing import Any

from app.demo import records
from app.demo.actors import BROWSER, certificate
from app.demo.happening import Happening
from app.demo.stories import Day, Story
from app.demo.stories._programs import signed_on
from app.demo.swaps import SWAPS, replacement


def tell(day: Day) -> Iterator[Happening]:
    """Yield the technician's calls of IoT; the cameras' own calls are told by the ordinary cameras."""
    for (account_name, stream), swap in SWAPS.items():
        if swap.day != day.number or not day.estate.has(account_name):
            continue
        account = day.account(account_name)
        at, address = day.at(swap.hour), "203.0.113.57"
        sign_on, session = signed_on(account, "AdministratorAccess", "ines.okafor@halden.example", at - 900, address)
        yield sign_on
        caller = session.actor(address, BROWSER)
        arn = f"arn:aws:iot:eu-central-1:{account.id}:cert/{certificate(replacement(stream))}"
        old = certificate(f"thing-{stream}")
        requests: dict[str, dict[str, Any]] = {
            "CreateKeysAndCertificate": {"setAsActive": True},
            "AttachThingPrincipal": {"thingName": stream, "principal": arn},
            "UpdateCertificate": {"certificateId": old, "newStatus": "INACTIVE"},
        }
        for minute, (action, request) in enumerate(requests.items()):
            yield records.other_call(caller, at - 600 + 60 * minute, "iot", action, "eu-central-1", request=request)


STORY = Story(
    "Camera swaps", needs=("cams-prod-eu",), tell=tell, pages=("/events?from=now-7d&stream~=gate-03",), is_decoy=True
)
