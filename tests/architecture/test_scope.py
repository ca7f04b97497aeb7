"""Every query on account data asks who may see it: `connection`, then `scope`. What does not is named here, and why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUERIES = ROOT / "app/db/queries"
USERS_OF_SCOPE = ("web", "api", "cli")

# Of the worker: it works for all accounts, and no answer of these goes to a person.
WORKERS = {
    "_copy.copied_out": "runs a statement that its caller has kept to the scope",
    "_copy.copy_rows": "fills a table that its caller names",
    "_known": "tells which rows of a batch are stored, whosever they are",
    "_principals": "names of principals get an id, whosever they are",
    "access_changes.store_changes": "one log file holds the calls of many accounts",
    "accounts.added_at": "part of a snapshot, which asks for the account in the scope",
    "accounts.end_accounts": "follows the organization's listing",
    "accounts.end_feeds": "follows the settings",
    "accounts.sources": "tells accounts of the settings from those of the organization",
    "accounts.store_account": "follows the settings",
    "addenda": "one log file holds the calls of many accounts",
    "aliases.store_aliases": "one file names the cameras of many accounts",
    "assumptions.store_sightings": "one log file holds the calls of many accounts",
    "audit.append": "whoever changed something has been asked for scope by the change",
    "dictionaries": "what raw records are packed with, whosever they are",
    "evaluation": "what one evaluation reads and stores; people's changes lock their finding in the scope first",
    "coverage_page.folders": "one bucket holds the log files of many accounts, each told to who may see its own",
    "coverage_page.read_buckets": "compared with the bucket of a trail that is told, and not told themselves",
    "digests": "one bucket holds the digests of many accounts",
    "entries.input_hash": "tells whether entries are current",
    "entries.store_entries": "stores what was evaluated",
    "entries.stored_state": "tells whether entries are current",
    "event_filter.add_conditions": "adds to a statement that is kept to the scope",
    "events.in_order": "puts a statement that is kept to the scope in order",
    "feeds.add_feeds": "follows the settings",
    "feeds.advance": "fenced by the lease",
    "feeds.claim": "gives the lease",
    "feeds.fail": "fenced by the lease",
    "feeds.forget": "follows the settings",
    "feeds.hold": "checks the lease",
    "feeds.leave": "gives up leases",
    "feeds.make_touched_due": "follows what was ingested, whosever it is",
    "feeds.owners_of": "tells leases of dead workers",
    "feeds.release": "fenced by the lease",
    "feeds.renew": "keeps leases",
    "feeds.report": "fenced by the lease",
    "grants.basis_hash": "tells whether a matrix is current",
    "grants.input_hash": "tells whether a matrix is current",
    "grants.store_matrix": "stores what was evaluated",
    "grants.stored_basis": "tells what of a matrix is current",
    "grants.stored_hash": "tells whether a matrix is current",
    "grants.stored_problems": "kept by the next evaluation",
    "ingest": "one log file holds the calls of many accounts",
    "inventory.listed_in": "bounds what is computed for a page, which does not show it",
    "inventory.project_principals": "stores what was polled",
    "inventory.project_streams": "stores what was polled",
    "inventory.project_tags": "stores what was polled",
    "log_groups": "one log group holds the calls of many accounts, each told to who may see its own",
    "log_files": "one bucket holds the log files of many accounts",
    "named": "tells names of ids that rows of the scope have",
    "own_calls.add_own_calls": "stores what was called",
    "own_events": "marks our own calls",
    "raw_records.decompressed": "opens a record that was found in the scope",
    "rejected_records": "one log file holds the calls of many accounts",
    "rereads": "tells what to poll again",
    "rule_facts": "what rules are given of the account that is judged",
    "silences": "one bucket holds the log files of many accounts, each told to who may see its own",
    "snapshots.amend_part": "stores what was polled",
    "snapshots.content_hash": "tells whether anything changed",
    "snapshots.lister_of": "says whose listing a snapshot rests on, which was asked for in the scope",
    "snapshots.mark_unseen": "stores what was polled",
    "snapshots.store_part": "stores what was polled",
    "stored_events": "one log file holds the calls of many accounts",
    "stored_sessions": "one log file holds the calls of many accounts",
    "together": "one log file holds the calls of many accounts",
}
# Of the installation: no account's data, or of all of them for whoever may run commands on the server.
INSTALLATION = {
    "account_page.heartbeats": "workers belong to no account",
    "audit.entries": "the chain is one for all accounts; `kvswatch audit verify` tells whether it holds",
    "exports": "the files that people of this installation took along, as the audit log has them",
    "health": "the database and its roles",
    "install": "the names of this installation",
    "retention.accounts_with_counts": "months are dropped for all accounts at once",
    "retention.counted_of": "months are dropped for all accounts at once",
    "retention.delete_counts": "months are dropped for all accounts at once",
    "retention.delete_tokens": "months are dropped for all accounts at once",
    "retention.dropped": "months are dropped for all accounts at once",
    "retention.empty_rejected": "months are dropped for all accounts at once",
    "retention.keep_counts": "months are dropped for all accounts at once",
    "retention.mark_dropped": "months are dropped for all accounts at once",
    "saved_views": "the views that a person named: addresses, which are asked in the scope of whoever opens them",
    "workers": "workers belong to no account",
}
UNSCOPED = WORKERS | INSTALLATION


def functions(module: Path) -> list[ast.FunctionDef]:
    body = ast.parse(module.read_text()).body
    return [node for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def asks(function: ast.FunctionDef) -> bool:
    """Whether a function is given a connection, and so asks the database."""
    return any(argument.arg == "connection" for argument in function.args.args)


def is_scoped(function: ast.FunctionDef) -> bool:
    first = [(one.arg, ast.unparse(one.annotation) if one.annotation else "") for one in function.args.args[:2]]
    return first == [("connection", "Connection"), ("scope", "Scope")]


ASKING = {
    f"{module.stem}.{function.name}": function
    for module in sorted(QUERIES.glob("*.py"))
    for function in functions(module)
    if asks(function)
}
CLASSES = {
    module.stem
    for module in QUERIES.glob("*.py")
    for node in ast.parse(module.read_text()).body
    if isinstance(node, ast.ClassDef) and "Engine" in ast.unparse(node)
}


def excepted(name: str, among: dict[str, str] = UNSCOPED) -> bool:
    return name in among or name.partition(".")[0] in among


def used(file: Path) -> Iterator[str]:
    """Yield the queries that a module uses, as "module.name"."""
    source = file.read_text()
    if "app.db.queries" not in source:
        return
    tree = ast.parse(source)
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "app.db.queries":
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.db.queries."):
            yield from (f"{str(node.module).rpartition('.')[2]}.{alias.name}" for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}"


USED = sorted(
    {
        (file.relative_to(ROOT).as_posix(), name)
        for floor in USERS_OF_SCOPE
        for file in (ROOT / "app" / floor).rglob("*.py")
        for name in used(file)
        if name in ASKING
    }
)


@pytest.mark.parametrize("name", [name for name in ASKING if not excepted(name)])
def test_each_query_on_account_data_takes_the_scope_after_the_connection(name: str):
    assert is_scoped(ASKING[name]), f"{name} takes no scope: let it, or say here why not"


@pytest.mark.parametrize("name", UNSCOPED)
def test_each_exception_is_still_one(name: str):
    found = [function for each, function in ASKING.items() if excepted(each, {name: ""})]
    assert found or name in CLASSES
    assert not any(is_scoped(function) for function in found)


@pytest.mark.parametrize(("file", "name"), USED)
def test_what_people_are_shown_is_never_a_workers_query(file: str, name: str):
    assert not excepted(name, WORKERS), f"{file} shows {name}, which knows no scope"


def test_it_sees_what_the_floors_use():
    assert ("app/web/matrix_drawer.py", "snapshots.load_snapshot") in USED
    assert ("app/cli/iam.py", "snapshots.load_snapshot") in USED
