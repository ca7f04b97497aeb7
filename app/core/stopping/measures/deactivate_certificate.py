"""Set the certificate of a device to inactive, so that AWS IoT issues it no more credentials."""

from datetime import datetime

from app.core.lineage.device import PROVIDER
from app.core.rules.fix import FixText
from app.core.rules.rule import Reference
from app.core.stopping.measure import Caller, Measure, Target
from app.core.stopping.paste import word


def _bar(target: Target) -> str | None:
    if not target.is_device or target.session is None:
        return ""
    return None if target.certificate else "The session's name is no certificate's ID, so which one it is is not known."


def _texts(target: Target, _now: datetime) -> tuple[FixText, ...]:
    look = f"aws iot describe-certificate --certificate-id {word(target.certificate or '')}{_region(target)}"
    # One line: the pager of the AWS CLI takes what is pasted behind a longer answer.
    short = "--query certificateDescription.status --output text"
    return (FixText("AWS CLI", f"# whether it is there, and active\n{look} {short}\n{_set(target, 'INACTIVE')}"),)


def _undo(target: Target) -> FixText:
    return FixText("Undo", _set(target, "ACTIVE"))


def _set(target: Target, status: str) -> str:
    certificate = word(target.certificate or "")
    return f"aws iot update-certificate --certificate-id {certificate} --new-status {status}{_region(target)}"


def _region(target: Target) -> str:
    return f" --region {word(target.region)}" if target.region else ""


def _hits(target: Target, caller: Caller) -> bool:
    return caller.principal == target.principal and caller.session == target.certificate


MEASURE = Measure(
    title="Deactivate the device's certificate",
    place=30,
    bar=_bar,
    texts=_texts,
    undo=_undo,
    stops="The next credentials: AWS IoT issues none to the holder of a certificate that is not active.",
    leaves="Credentials that were issued before live on, up to 12 hours: deny the sessions of this name as well. That "
    "the session is named by the certificate is inferred; the first command says whether there is such a certificate.",
    hits=_hits,
    keeps_out=lambda _target, entrant: entrant.principal == PROVIDER and entrant.is_given,
    reference=Reference(
        "AWS IoT API Reference: UpdateCertificate",
        "https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html",
    ),
)
