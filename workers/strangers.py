"""Jobs that this worker cannot work on: it lacks their account, or is of another release."""

from shared.errors import CallError, NotConfigured, UnknownOutcome
from shared.ledger import UNPUBLISHED, Job
from workers.steps import Parked, Step, failed

_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 10.0


def strange(job: Job) -> Step:
    """Return what becomes of a job of an account that this worker does not have.

    While workers are given a new key some have the old one still, so it waits for those a little;
    a request that is in doubt waits for the account to be given back.
    """
    what = "no account here has the key that it was accepted for"
    soon = not job.account.startswith(UNPUBLISHED) and job.now - job.accepted < _PATIENCE_SECONDS
    if soon or (job.sending and job.now < job.deadline):
        return Parked(_PAUSE_SECONDS, what, in_doubt=job.sending)
    if job.sending:
        return failed(UnknownOutcome(f"it was sent, and {what}"))
    return failed(
        NotConfigured(
            what[0].upper() + what[1:],
            advice="Nothing was sent. Give the workers the account (INFOBLOX_MQ_ACCOUNTS_FILE, or "
            "INFOBLOX_API_KEY for `default`), then call again.",
        )
    )


def unknown_tool(job: Job) -> Step:
    """Return what becomes of a job whose tool this worker does not know.

    While releases are rolled out or back, a worker of the other one may take it until its deadline.
    """
    what = f"this worker does not know {job.tool}"
    if job.now < job.deadline:
        why = f"{what}; it waits for one of another release"
        return Parked(_PAUSE_SECONDS, why, in_doubt=job.sending)
    advice = "Front end and workers run different releases: update both, then call again."
    if job.sending:
        return failed(UnknownOutcome(f"it was sent, and {what}", advice=advice))
    return failed(CallError(f"{what}, and no other one took it", advice=advice))
