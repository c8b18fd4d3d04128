"""Every error a caller can meet: a code from a closed list, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Code = Literal[
    "invalid_arguments",
    "not_configured",
    "refused",
    "conflict",
    "busy",
    "unavailable",
    "expired",
    "exhausted",
    "poisoned",
    "unknown_outcome",
    "internal",
]
CODES: frozenset[str] = frozenset(get_args(Code))


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as data: what happened, and what the reader should do."""

    code: Code
    message: str
    advice: str
    retry_after_seconds: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the `error` part of the envelope, without empty fields."""
        fields: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "advice": self.advice,
        }
        if self.retry_after_seconds is not None:
            fields["retry_after_seconds"] = round(self.retry_after_seconds, 1)
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Problem":
        """Read a problem back; a code of another release becomes `internal`."""
        code: Any = fields["code"] if fields.get("code") in CODES else "internal"
        return cls(code, fields["message"], fields["advice"], fields.get("retry_after_seconds"))


class CallError(Exception):
    """A call that could not be carried out, and the advice that goes with it."""

    code: Code = "internal"
    advice = "Nothing you sent is to blame. Report it with the job id; the worker's log has more."

    def __init__(
        self,
        message: str,
        *,
        advice: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.problem = Problem(self.code, message, advice or self.advice, retry_after_seconds)


class InvalidArguments(CallError):
    """The arguments do not fit the tool."""

    code: Code = "invalid_arguments"
    advice = "Correct the fields named and call again. Nothing was sent."


class NotConfigured(CallError):
    """A setting is missing or wrong."""

    code: Code = "not_configured"
    advice = "Set the variable named and start again; `infoblox-mq doctor` checks the set-up."


class Refused(CallError):
    """Infoblox answered no."""

    code: Code = "refused"
    advice = "Read the message: a missing right, an unknown id or a wrong value. Nothing changed."


class Conflict(CallError):
    """Something that already exists stands in the way."""

    code: Code = "conflict"
    advice = "Read the existing object first; then change it, or choose another name."


class Busy(CallError):
    """The queue, the store or the rate limit has no room."""

    code: Code = "busy"
    advice = "Wait the time given, then call again. Nothing was sent."


class Unavailable(CallError):
    """Infoblox, the store or a worker does not answer."""

    code: Code = "unavailable"
    advice = "Try again after the time given."


class Expired(CallError):
    """The job's deadline passed before it could be done."""

    code: Code = "expired"
    advice = "Call again. Nothing was sent."


class Exhausted(CallError):
    """Every try was answered with 'not now'."""

    code: Code = "exhausted"
    advice = "Infoblox stayed busy. Look at the object in the portal, then call again later."


class Poisoned(CallError):
    """The job took its worker down each time it was started."""

    code: Code = "poisoned"
    advice = "Read the worker's log, then replay or cancel the job. Nothing was sent."


class UnknownOutcome(CallError):
    """A change was sent and its outcome could not be learnt."""

    code: Code = "unknown_outcome"
    advice = (
        "Read the object before you repeat the call: the change may have been made. To repeat it "
        "all the same, give the call an idempotency_key of its own."
    )
