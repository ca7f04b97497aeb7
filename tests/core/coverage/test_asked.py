"""Which strips tell of the calls that a filter asks for."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from app.core.coverage.asked import strips_of_calls
from app.core.coverage.history import Stretch, Strip
from app.core.coverage.observe import ACTIONS_OF, ActionClass, ObservableState
from app.core.model.stream import ResourceKind
from app.core.query.filter import parse
from app.core.query.listing import EVENTS

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CLINIC, LEGACY = 590817264433, 771400253968
NAMES = {CLINIC: "clinic-video", LEGACY: "legacy-cams"}
HERE, THERE = "eu-central-1", "us-east-1"
STRIPS = tuple(
    Strip(account, region, kind, 1, (), None)
    for account in (CLINIC, LEGACY)
    for region in (HERE, THERE)
    for kind in ActionClass
)


def of_calls(query: str, *places: tuple[int, str, ResourceKind]) -> set[tuple[int, str, ActionClass]]:
    asked = parse(parse_qsl(query), EVENTS, NOW).filter
    return {(s.account, s.region, s.kind) for s in strips_of_calls(STRIPS, asked, NAMES, frozenset(places))}


def kinds(query: str) -> set[str]:
    return {kind.value for _, _, kind in of_calls(query)}


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", {"read", "write", "signaling", "management"}),
        ("action=GetMedia", {"read"}),
        ("action=GetMedia&action=PutMedia", {"read", "write"}),
        ("action=ConnectAsViewer", {"signaling"}),
        ("action~=getmedia", {"read"}),
        ("action~=deletes", {"management"}),
        ("action!=GetMedia", {"read", "write", "signaling", "management"}),
        ("action=GetMedia&action!=GetMedia", {"read", "write", "signaling", "management"}),
        ("action=GetMedia&action=AssumeRole", {"read", "write", "signaling", "management"}),
        ("action~=AssumeRole", {"read", "write", "signaling", "management"}),
    ],
)
def test_an_action_asks_for_its_class_and_an_unknown_one_for_all(query: str, asked: set[str]) -> None:
    assert kinds(query) == asked


@pytest.mark.parametrize(
    ("query", "accounts"),
    [
        (f"account={LEGACY}", {LEGACY}),
        ("account=legacy-cams", {LEGACY}),
        ("account~=CAMS", {LEGACY}),
        (f"account!={LEGACY}", {CLINIC}),
        ("account!=legacy-cams", {CLINIC}),
        ("account=000000000007", set()),
    ],
)
def test_an_account_asks_for_its_own(query: str, accounts: set[int]) -> None:
    assert {account for account, _, _ in of_calls(query)} == accounts


@pytest.mark.parametrize(("query", "regions"), [("region=us-east-1", {THERE}), ("region!=us-east-1", {HERE})])
def test_a_region_asks_for_its_own(query: str, regions: set[str]) -> None:
    assert {region for _, region, _ in of_calls(query)} == regions


def test_a_stream_asks_for_its_place_and_the_classes_that_it_has() -> None:
    channel = (LEGACY, HERE, ResourceKind.CHANNEL)
    assert of_calls("", channel) == {
        (LEGACY, HERE, ActionClass.SIGNALING),
        (LEGACY, HERE, ActionClass.MANAGEMENT),
    }
    assert of_calls("action=GetMedia", (CLINIC, THERE, ResourceKind.STREAM)) == {(CLINIC, THERE, ActionClass.READ)}


def test_actions_of_one_answer_are_asked_by_it_and_those_of_several_by_their_class() -> None:
    def held(state: ObservableState) -> tuple[Stretch, ...]:
        return (Stretch(NOW, NOW + timedelta(days=1), state, ""),)

    rest = frozenset(action.name for action in ACTIONS_OF[ActionClass.READ]) - {"GetMedia"}
    apart = (
        (frozenset({"GetMedia"}), held(ObservableState.OBSERVED)),
        (rest, held(ObservableState.NOT_LOGGED)),
    )
    strip = Strip(CLINIC, HERE, ActionClass.READ, 1, held(ObservableState.PARTLY), None, apart)

    def states(query: str) -> list[ObservableState]:
        asked = parse(parse_qsl(query), EVENTS, NOW).filter
        return [one.state for found in strips_of_calls([strip], asked, NAMES) for one in found.stretches]

    assert states("action=GetMedia") == [ObservableState.OBSERVED]
    assert states("action=GetClip&action=GetImages") == [ObservableState.NOT_LOGGED]
    assert states("action=GetClip&action=GetMedia") == [ObservableState.PARTLY]
    assert states("") == [ObservableState.PARTLY]
