"""The pages of docs/rules/, one a rule, made from the rules."""

import ast
import inspect
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from app.core.ledger.catalogue import below_rule
from app.core.ledger.catalogue import catalogue as assumptions
from app.core.model.finding import Practice
from app.core.rules.catalogue import AnyRule, catalogue
from app.core.rules.names import listed
from app.core.rules.sight import WORDS

MADE = "<!-- Made from {source} by `make docs`. Changes go there. -->\n\n"
PRACTICES = {
    Practice.LEAST_PRIVILEGE: "A, least privilege",
    Practice.ROLES_NOT_KEYS: "B, roles instead of long-term keys",
    Practice.CLOUDTRAIL: "C, CloudTrail",
    Practice.BEHAVIOUR: "D, behaviour",
    Practice.DEVICES: "E, devices",
    Practice.DATA_PROTECTION: "F, encryption and data protection",
}


def rule_pages() -> dict[str, Callable[[], str]]:
    """Return the functions that make the pages, by where they go below docs/."""
    pages: dict[str, Callable[[], str]] = {"rules/README.md": index_page}
    return pages | {f"rules/{name}.md": partial(rule_page, name) for name in catalogue().rules}


def index_page() -> str:
    """Return the list of all rules by practice."""
    return "".join(
        (
            MADE.format(source="app/core/rules"),
            "# Rules\n\n",
            "What kvswatch holds against an account, by the best practice that it serves. A rule that was never able ",
            "to look says *cannot tell*; one whose last reading failed keeps its findings as they were. A rule over ",
            "calls cannot tell either of a day on which the log did not show the calls that it rests on.\n",
            *(_practice(practice) for practice in Practice),
        )
    )


def rule_page(name: str) -> str:
    """Return one rule's page."""
    rule = catalogue().rules[name]
    folder = "posture" if name in catalogue().posture else "detections"
    return "".join(
        (
            MADE.format(source=f"app/core/rules/{folder}/{name}.py"),
            f"# {rule.title}\n\n",
            f"`{rule.code}` · `{name}` · {rule.severity} · {PRACTICES[rule.practice]}\n\n",
            f"{rule.why}\n\n",
            f"## How it decides\n\n{_how(rule)}\n\n",
            f"Rests on: {_needs(rule)}. Counts: {rule.unit}.\n\n",
            *_assumed(name),
            *_thresholds(rule),
            f"## Fix\n\n{rule.fix.text}\n",
            *_texts(rule),
            *_references(rule),
        )
    )


def _practice(practice: Practice) -> str:
    rules = [(name, rule) for name, rule in catalogue().rules.items() if rule.practice is practice]
    rows = "".join(f"| {rule.code} | [{rule.title}]({name}.md) | {rule.severity} |\n" for name, rule in rules)
    return f"\n## {PRACTICES[practice]}\n\n| code | rule | severity |\n|---|---|---|\n{rows}"


def _how(rule: AnyRule) -> str:
    """Return what the check's docstring says, which tells it in the words of the code."""
    text = inspect.cleandoc(rule.check.__doc__ or "")
    first, rest = text[:1], text[1:]
    return text.replace("Yield", "It flags", 1) if text.startswith("Yield") else f"{first.upper()}{rest}"


def _thresholds(rule: AnyRule) -> list[str]:
    """Return the named numbers of a rule's module, each with the reason that stands below it."""
    body = ast.parse(inspect.getsource(sys.modules[rule.check.__module__])).body
    rows = [
        f"| `{target.id}` | `{ast.unparse(value)}` | {_line(reason)} |\n"
        for node, following in pairwise(body)
        if isinstance(node, ast.Assign) and isinstance(following, ast.Expr)
        for target, value, reason in [(node.targets[0], node.value, following.value)]
        if isinstance(target, ast.Name) and _is_number(value) and isinstance(reason, ast.Constant)
    ]
    return ["| threshold | value | because |\n|---|---|---|\n", *rows, "\n"] if rows else []


def _is_number(value: ast.expr) -> bool:
    """Whether a value is a number or a span of time."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float)
    return ast.unparse(value).startswith("timedelta(")


def _line(reason: ast.Constant) -> str:
    return inspect.cleandoc(str(reason.value)).replace("\n", " ").replace("|", "\\|")


def _needs(rule: AnyRule) -> str:
    """Return the parts that a rule needs, and the classes of calls: of a day that lacks one it cannot tell."""
    parts = [f"`{need}`" for need in rule.needs]
    calls = listed((WORDS[kind] for kind in rule.rests_on), len(WORDS))
    return ", ".join([*parts, *([f"the day's {calls}"] if calls else [])])


def _assumed(name: str) -> list[str]:
    """Return what the rule rests on that AWS has not written: `/assumptions` says what records have shown of it."""
    below = sorted(below_rule(name))
    if not below:
        return []
    return [
        "Assumes, without AWS having written it:\n\n",
        *(f"- {assumptions()[one].sentence}\n" for one in below),
        "\n",
    ]


def _texts(rule: AnyRule) -> list[str]:
    fix = rule.fix
    forms = (
        ("Policy", "json", fix.policy),
        ("AWS CLI", "sh", fix.cli),
        ("CloudFormation", "yaml", fix.cloudformation),
        ("Terraform", "hcl", fix.terraform),
    )
    return [f"\n**{title}**\n\n```{language}\n{text}\n```\n" for title, language, text in forms if text]


def _references(rule: AnyRule) -> list[str]:
    if not rule.references:
        return []
    return ["\n## Sources\n\n", *(f"- [{page.title}]({page.url})\n" for page in rule.references)]
