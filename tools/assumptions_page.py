"""The page docs/assumptions.md, made from the assumptions."""

from app.core.assumptions._assumption import Assumption
from app.core.ledger.catalogue import catalogue
from app.core.rules.catalogue import catalogue as rules

_MADE = "<!-- Made from app/core/assumptions by `make docs`. Changes go there. -->\n\n"
_HEAD = """# Assumptions

AWS has published no record of a media call, and does not write everything down that kvswatch has to know of one. What
is only inferred is an assumption: one file of `app/core/assumptions`, with a check that runs on the KVS calls and
`AssumeRole*` records as they come in, from whatever source.

`/assumptions` and `kvswatch doctor` say of each how it stands; `/assumptions.csv`, `/assumptions.jsonl` and
`kvswatch export assumptions` say so call by call:

- **confirmed**: AWS's records show it, for every call that it is about; the first and the newest of them are named.
- **refuted**: a record shows that it is not so. That weighs more than any number that confirm it.
- **not seen yet**: no record that could show it came in. What rests on it says so: events in their drawer, findings,
  the pages of rules, of a stream with its statement and review, of a role, user, key, session or address and of how to
  stop one, of playback URLs, of coverage; the overview, the matrix and the lists of calls, streams and principals.

A check trusts only what AWS itself writes, never what a caller chooses: session names, user agents, names of streams.
Answers are stored with the batch that brings the records, in one transaction. Records that were stored before this was
checked were not looked at: `kvswatch ingest` of the same files looks at them, and adds nothing else.

Records of kvswatch's own demo carry `additionalEventData.kvswatchDemo`. What they show is kept apart, here and where
they are imported, and counts for nothing: kvswatch wrote them as it assumes them to be. Records of any other emulator,
and samples that are imported, are taken for AWS's: look at the record that is named.

Some show by records that belong together alone: what two trails delivered of one call, two streams that were made
under one name, a call and the record that gave out its key. When a batch is stored, what is stored of the same is
looked for, whichever came first, the batch itself included. Of what is frequent a few records of each batch are asked
after, for AWS does alike with all; of what is rare, the first and the newest of each file. One shows beside
CloudWatch's count of requests alone, which is looked at when an account is evaluated.

No record can show that every issuing of credentials is delivered: `device_credentials_are_recorded` says only that
there are such records, and what rests on it stays open beyond that.
"""


def assumptions_page() -> str:
    """Return the list of all assumptions."""
    return "".join((_MADE, _HEAD, *(_one(name, one) for name, one in catalogue().items())))


def _one(name: str, one: Assumption) -> str:
    calls = (
        f"Of: {', '.join(f'`{call}`' for call in one.calls)}; each needs a record of its own.\n\n" if one.calls else ""
    )
    codes = [f"[{rules().rules[rule].code}](rules/{rule}.md)" for rule in one.rules]
    rests = "; ".join([*one.rests, *codes])
    limits = f" {one.limits}" if one.limits else ""
    source = one.source[0].upper() + one.source[1:]
    return f"\n## {one.sentence}\n\n`{name}`. {source}{limits}\n\n{calls}On it rests: {rests}.\n"
