from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.paths import EntriesOf, Path, ways_into
from app.core.model.entry import Entry, TrustedKind
from app.core.model.grant import Held, Outcome

A, C, D, P, U = Outcome.ALLOW, Outcome.CONDITIONAL, Outcome.DENY, Outcome.PER_DEVICE, Outcome.UNKNOWN


def into(role: str, source: str, outcome: Outcome = A, *keys: str, is_known: bool = True) -> Entry:
    kind = TrustedKind.PRINCIPAL if is_known else TrustedKind.ACCOUNT
    return Entry(role, kind, source, 1, outcome, keys, is_known=is_known)


def asked(*entries: Entry) -> EntriesOf:
    def entries_of(roles: Sequence[str]) -> Mapping[str, Sequence[Entry]]:
        return {role: [one for one in entries if one.role == role] for role in roles}

    return entries_of


def paths_into(granted: Mapping[str, Outcome], entries_of: EntriesOf, **more: int) -> tuple[Path, ...]:
    return ways_into({name: Held(outcome) for name, outcome in granted.items()}, entries_of, **more).paths


def test_it_shows_each_hop_to_who_stands_outside() -> None:
    (near, far) = paths_into({"watch": A}, asked(into("watch", "middle"), into("middle", "anna", C, "sts:externalid")))

    assert [hop.source for hop in far.hops] == ["anna", "middle"]
    assert (far.source, far.target, far.outcome, far.condition_keys) == ("anna", "watch", C, ("sts:externalid",))
    assert (near.source, near.outcome, near.is_open, far.is_open) == ("middle", A, False, False)


def test_the_keys_of_the_grant_decide_on_the_way_too() -> None:
    held = Held(C, ("aws:sourcevpc",))
    (found,) = ways_into({"watch": held}, asked(into("watch", "anna", C, "sts:externalid"))).paths

    assert found.condition_keys == ("aws:sourcevpc", "sts:externalid")


def test_what_each_device_is_granted_depends_for_who_is_no_device() -> None:
    provider = Entry("camera", TrustedKind.SERVICE, "credentials.iot.amazonaws.com", None, A)
    found = paths_into({"camera": P}, asked(provider, into("camera", "anna")))

    assert {path.source: path.outcome for path in found} == {provider.source: P, "anna": C}


def test_a_circle_of_roles_ends_visibly() -> None:
    found = paths_into({"a": A}, asked(into("a", "b"), into("b", "a"), into("b", "c"), into("c", "b"), into("c", "a")))

    assert [(path.source, path.circle) for path in found] == [("b", ("a",)), ("c", ("a", "b"))]


def test_a_way_that_meets_another_way_is_no_circle() -> None:
    found = paths_into({"a": A}, asked(into("a", "b"), into("a", "c"), into("b", "anna"), into("c", "anna")))

    assert {path.source: path.circle for path in found} == {"b": (), "c": (), "anna": ()}


def test_an_account_that_nobody_can_read_ends_the_way_visibly() -> None:
    (found,) = paths_into({"a": A}, asked(into("a", "4444", is_known=False), into("4444", "never")))

    assert found.is_open


def test_a_certain_way_goes_before_a_short_one() -> None:
    entries = (into("watch", "anna", C, "aws:sourceip"), into("watch", "middle"), into("middle", "anna"))

    found = [path for path in paths_into({"watch": A}, asked(*entries)) if path.source == "anna"]

    assert [(path.outcome, len(path.hops)) for path in found] == [(A, 2), (C, 1)]


def test_it_shows_every_door_that_one_comes_in_by() -> None:
    entries = (into("watch", "saml"), into("admin", "saml"), into("admin", "anna", C), into("watch", "anna"))

    found = paths_into({"watch": A, "admin": A}, asked(*entries))

    assert [(path.source, path.target, path.outcome) for path in found] == [
        ("saml", "admin", A),
        ("saml", "watch", A),
        ("anna", "watch", A),
        ("anna", "admin", C),
    ]


def test_who_is_granted_it_has_a_way_only_where_that_is_more_certain() -> None:
    ways = asked(into("admin", "anna"), into("admin", "bob"))

    assert [path.source for path in paths_into({"admin": A, "anna": C, "bob": A}, ways)] == ["anna"]


def test_what_is_granted_on_a_condition_stays_so_on_the_way() -> None:
    (found,) = paths_into({"watch": C}, asked(into("watch", "anna")))

    assert found.outcome is C


def test_nobody_comes_to_what_is_denied() -> None:
    assert paths_into({"watch": D}, asked(into("watch", "anna"))) == ()


def test_a_role_of_which_nobody_knows_who_assumes_it_is_open() -> None:
    def entries_of(roles: Sequence[str]) -> Mapping[str, Sequence[Entry]]:
        return {"watch": [into("watch", "elsewhere")]} if "watch" in roles else {}

    found = ways_into({"watch": Held(A), "lost": Held(A)}, entries_of)

    assert [(path.source, path.is_open) for path in found.paths] == [("elsewhere", True)]
    assert found.unseen == ("elsewhere", "lost")


def test_a_chain_that_is_too_long_is_open() -> None:
    chain = [into(str(number), str(number + 1)) for number in range(5)]

    found = paths_into({"0": A}, asked(*chain), most_hops=3)

    assert [(path.source, path.is_open) for path in found] == [("1", False), ("2", False), ("3", True)]


def test_whoever_stands_behind_a_short_way_is_found_though_a_long_one_is_more_certain() -> None:
    chain = [into("0", "1"), into("1", "2"), into("2", "3"), into("0", "3", C, "aws:sourceip"), into("3", "4")]

    found = paths_into({"0": A}, asked(*chain), most_hops=3)

    assert [(path.outcome, len(path.hops)) for path in found if path.source == "3"] == [(A, 3), (C, 1)]
    assert [(path.outcome, [hop.role for hop in path.hops]) for path in found if path.source == "4"] == [
        (C, ["3", "0"])
    ]


@given(
    st.lists(
        st.builds(into, st.sampled_from("abcdef"), st.sampled_from("abcdefgh"), st.sampled_from([A, C, U])),
        max_size=25,
        unique_by=lambda one: (one.role, one.source),
    )
)
def test_everyone_who_gets_there_is_found_by_each_door_once(entries: list[Entry]) -> None:
    reached = {"a"}
    while True:
        more = {one.source for one in entries if one.role in reached} - reached
        if not more:
            break
        reached |= more
    straight = {one.source for one in entries if one.role == "a"}

    found = paths_into({"a": A}, asked(*entries), most_hops=10)

    assert {path.source for path in found} == reached - {"a"}
    doors = [(path.source, path.hops[0].role) for path in found]
    assert len(doors) == len(set(doors))
    assert {(source, "a") for source in straight - {"a"}} <= set(doors)
    for path in found:
        assert path.target == "a"
        assert len({hop.role for hop in path.hops} | {path.source}) == len(path.hops) + 1
        assert all(one.role == two.source for one, two in zip(path.hops, path.hops[1:], strict=False))
