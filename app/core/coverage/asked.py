"""Which strips of coverage tell of the calls that a filter asks for."""

from collections.abc import Iterable, Mapping

from app.core.arn import account_text
from app.core.coverage.history import Strip
from app.core.coverage.observe import CLASSES, class_of
from app.core.kvs.actions import ACTIONS
from app.core.model.stream import ResourceKind
from app.core.query.filter import Condition, Filter, Verb


def strips_of_calls(
    strips: Iterable[Strip],
    query: Filter,
    names: Mapping[int, str],
    places: frozenset[tuple[int, str, ResourceKind]] = frozenset(),
) -> tuple[Strip, ...]:
    """Return the strips of the accounts, Regions and classes in which a call that `query` asks for would stand.

    `names` are those of the accounts; `places` the account, Region and kind of each stream that `query` names, none
    when it names no stream.
    """
    actions = _actions(query)
    kinds = {class_of(ACTIONS[name]) for name in actions}
    own = {(account, region, kind) for account, region, of in places for kind in CLASSES[of]}
    return tuple(
        _of_actions(strip, actions)
        for strip in strips
        if strip.kind in kinds
        and _hold(query.of("account"), account_text(strip.account), names.get(strip.account, ""))
        and _hold(query.of("region"), strip.region)
        and (not places or (strip.account, strip.region, strip.kind) in own)
    )


def _actions(query: Filter) -> frozenset[str]:
    """Return the actions asked for; all of them where one is not of KVS, or none is."""
    conditions = query.of("action")
    names = frozenset(name for name in ACTIONS if _hold(conditions, name))
    is_known = all(name in ACTIONS for name in query.values("action"))
    return names if names and is_known else frozenset(ACTIONS)


def _of_actions(strip: Strip, actions: frozenset[str]) -> Strip:
    """Return the strip of the actions asked for, that of the class where they have not one answer."""
    groups = [names & actions for names, _ in strip.apart if names & actions]
    return strip.of(min(groups[0])) if len(groups) == 1 else strip


def _hold(conditions: Iterable[Condition], *texts: str) -> bool:
    return all(_holds(condition, texts) for condition in conditions)


def _holds(condition: Condition, texts: tuple[str, ...]) -> bool:
    if condition.verb is Verb.CONTAINS:
        return any(value.casefold() in text.casefold() for value in condition.values for text in texts)
    return any(text in condition.values for text in texts) is (condition.verb is Verb.IS)
