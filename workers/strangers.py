"""Jobs of an account that this worker does not have."""

from shared.errors import NotConfigured, UnknownOutcome
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
