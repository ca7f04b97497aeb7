"""The verdict of a log file in SQL, as `core.integrity.verdict.of_file` has it: lists and files cannot wait for us."""

from app.core.integrity.verdict import NO_LOG_FILE, NOT_CHECKED, NOT_LISTED
from app.core.model.integrity import Verdict


def _told(table: str) -> str:
    return f"{table}.verdict || case when {table}.why = '' then '' else ' (' || {table}.why || ')' end"


NONE_KNOWN = f"{Verdict.UNVERIFIED} ({NO_LOG_FILE})"
_VERDICT = f"""case
  when lf.changed_sha256 is not null or (lf.digest is not null and (lf.is_missing or lf.listed_algorithm <> 'SHA-256'
    or lf.read_problem is not null or lf.read_sha256 <> lf.listed_sha256)) then 'broken (log edited)'
  when lf.digest is null then coalesce({_told("ih")}, 'unverified ({NOT_LISTED})')
  else coalesce({_told("dg")}, 'unverified ({NOT_CHECKED})') end"""
_FILES = """log_file lf left join digest dg on dg.account_id = lf.account_id and dg.origin = lf.digest
  left join integrity_hour ih on lf.digest is null and ih.account_id = lf.account_id and ih.region = lf.region
    and ih.folder = lf.folder and ih.chain = '' and ih.starts_at = date_trunc('hour', lf.delivered_at, 'UTC')"""
OF_NUMBER = f"""select {_VERDICT} as verdict from {_FILES}
  where lf.account_id = {{event}}.account_id and lf.number = {{event}}.log_file"""
"""The verdict of the log file of an event, whose table or alias takes the place of `event`; no row: none is known."""

_MANY = f"select lf.account_id, lf.number, lf.delivered_at, {_VERDICT} as verdict from {_FILES}"


def is_of_file(condition: str, since: str) -> str:
    """Return what events fulfil whose log file, delivered from `since` on, fulfils `condition` on its `verdict`.

    The planner looks at the files of a few events, or at all files before many.
    """
    return f"""exists (select from ({_MANY}) file where file.account_id = event.account_id
      and file.number = event.log_file and file.delivered_at >= {since} and {condition})"""
