"""The closed vocabulary of faults: everything that can be wrong with a part of a statement, in one sentence each."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.iam.diagnosis.keys import AS_OF
from app.core.iam.parse import Statement


class Fault(StrEnum):
    """Why a part of a statement, or all of it, does nothing."""

    NO_SUCH_ACTION = "no_such_action"
    NO_SERVICE = "no_service"
    TAKES_NO_RESOURCE = "takes_no_resource"
    NO_RESOURCE_OF_TYPE = "no_resource_of_type"
    NO_ARN = "no_arn"
    OTHER_SERVICE = "other_service"
    ELSEWHERE = "elsewhere"
    VARIABLE_AS_TEXT = "variable_as_text"
    NO_SUCH_TYPE = "no_such_type"
    NO_CREATION_TIME = "no_creation_time"
    NO_SUCH_RESOURCE = "no_such_resource"
    PAST_CREATION = "past_creation"
    NO_STREAM_NOW = "no_stream_now"
    WRONG_RESOURCE_TYPE = "wrong_resource_type"
    NEEDS_ANY_RESOURCE = "needs_any_resource"
    ALL_LEFT_OUT = "all_left_out"
    NO_SUCH_KEY = "no_such_key"
    MISTYPED_KEY = "mistyped_key"
    NO_TAGS_IN_CALL = "no_tags_in_call"
    NO_BOOLEAN = "no_boolean"
    NO_ADDRESS = "no_address"
    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    NO_BASE64 = "no_base64"
    NO_REGION = "no_region"
    NO_ARN_TO_COMPARE = "no_arn_to_compare"
    WILDCARD_AS_TEXT = "wildcard_as_text"
    NEVER_HOLDS = "never_holds"
    NEVER_MET = "never_met"
    NEVER_AGAIN = "never_again"
    NEVER_HERE = "never_here"
    DENIED = "denied"
    REPEATED = "repeated"
    INCLUDED = "included"
    NO_EFFECT = "no_effect"


SENTENCES: dict[Fault, str] = {
    Fault.NO_SUCH_ACTION: "Kinesis Video Streams has no action that {text} names.",
    Fault.NO_SERVICE: "{text} names no service: the action is kinesisvideo:{text}.",
    Fault.TAKES_NO_RESOURCE: '{text} takes no resource: only with "*" as Resource would the statement mean it.',
    Fault.NO_RESOURCE_OF_TYPE: "{text} is called on nothing that the statement's Resource names.",
    Fault.NO_ARN: "{text} is no ARN and matches nothing.",
    Fault.OTHER_SERVICE: "{text} is nothing of Kinesis Video Streams, whose actions alone the statement names.",
    Fault.ELSEWHERE: "{text} is of another account or partition, where this policy lets nobody in.",
    Fault.VARIABLE_AS_TEXT: (
        "{text} is taken as text: variables need the Version 2012-10-17 and, in an ARN, five colons before them."
    ),
    Fault.NO_SUCH_TYPE: "{text} matches nothing: Kinesis Video Streams has stream/ and channel/ alone, in lower case.",
    Fault.NO_CREATION_TIME: "{text} matches nothing: the ARN of a stream or channel ends with its creation time.",
    Fault.NO_SUCH_RESOURCE: "{text} is no stream or channel of this account now, in the Regions that are read.",
    Fault.PAST_CREATION: "{text} matches nothing in the Regions that are read, and its creation time is past.",
    Fault.NO_STREAM_NOW: "{text} matches no stream or channel of the account now, in the Regions that are read.",
    Fault.WRONG_RESOURCE_TYPE: "None of the statement's actions is called on what {text} names.",
    Fault.NEEDS_ANY_RESOURCE: 'The actions of the statement take no resource: "*" alone means them, not {text}.',
    Fault.ALL_LEFT_OUT: "Nothing is left when {text} is left out.",
    Fault.NO_SUCH_KEY: "No request to Kinesis Video Streams has the condition key {text}.",
    Fault.MISTYPED_KEY: f"{{text}} is no condition key that AWS documents (as of {AS_OF}), but reads like one.",
    Fault.NO_TAGS_IN_CALL: "No call of the statement's actions carries tags, of which {text} tells.",
    Fault.NO_BOOLEAN: "Bool and Null compare with true and false: {text} is neither.",
    Fault.NO_ADDRESS: "{text} is no IP address, nor a range of them in CIDR notation.",
    Fault.NO_NUMBER: "{text} is no number.",
    Fault.NO_DATE: "{text} is no date: an ISO 8601 date, or seconds since 1970.",
    Fault.NO_BASE64: "{text} is not base64, in which binary values are written.",
    Fault.NO_REGION: "{text} is no Region of the account's partition.",
    Fault.NO_ARN_TO_COMPARE: "{text} is no ARN of six parts: an ARN operator compares them one by one.",
    Fault.WILDCARD_AS_TEXT: "{text} is compared as it stands: * and ? are wildcards for StringLike and ARN operators.",
    Fault.NEVER_HOLDS: "The conditions on {text} can never hold together.",
    Fault.NEVER_MET: "The condition on {text} can never hold.",
    Fault.NEVER_AGAIN: "The conditions on {text} hold for no time that is still to come.",
    Fault.NEVER_HERE: "No call that the statement means can meet the conditions on {text}.",
    Fault.DENIED: "All that the statement allows is denied by {text}.",
    Fault.REPEATED: "The statement says what {text} says.",
    Fault.INCLUDED: "All that the statement allows is allowed by {text}, on the same conditions or fewer.",
    Fault.NO_EFFECT: "Nothing of the statement is left.",
}
"""One sentence a fault; `text` is filled in."""

OF_ACTIONS = frozenset({Fault.NO_SUCH_ACTION, Fault.NO_SERVICE, Fault.TAKES_NO_RESOURCE, Fault.NO_RESOURCE_OF_TYPE})
"""Faults of what Action or NotAction names."""
OF_RESOURCES = frozenset(
    {
        Fault.NO_ARN,
        Fault.OTHER_SERVICE,
        Fault.ELSEWHERE,
        Fault.VARIABLE_AS_TEXT,
        Fault.NO_SUCH_TYPE,
        Fault.NO_CREATION_TIME,
        Fault.NO_SUCH_RESOURCE,
        Fault.PAST_CREATION,
        Fault.WRONG_RESOURCE_TYPE,
        Fault.NEEDS_ANY_RESOURCE,
    }
)
"""Faults of a pattern of Resource or NotResource that never matches: NO_STREAM_NOW may tomorrow."""
OF_WHOLE = frozenset({Fault.DENIED, Fault.REPEATED, Fault.INCLUDED, Fault.NO_EFFECT})
"""Faults of a whole statement: `text` names a statement."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One part of a statement that does nothing. `text` stands in the statement as it is, or names its keys."""

    fault: Fault
    statement: Statement
    text: str

    @property
    def sentence(self) -> str:
        """The fault in words."""
        return SENTENCES[self.fault].format(text=self.text)


def named(statement: Statement) -> str:
    """Return how a statement is called: by its Sid, else by its number."""
    return statement.sid or f"statement {statement.index + 1}"
