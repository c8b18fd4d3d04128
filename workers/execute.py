"""From a hint to a recorded outcome: claim, work, record."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import redis

from shared import spans, tracing
from shared.caches import Keep, Rooms
from shared.catalog import Kind, Operation, Queue
from shared.clock import Clock
from shared.errors import CallError, Expired, Poisoned, UnknownOutcome
from shared.faults import fault_point
from shared.ledger import Claim, Denied, Freed, Job, Ledger, Outcome
from shared.logs import bind, clear, get_logger
from shared.sealing import Sealer
from workers import traced
from workers.caller import Caller
from workers.counting import Counted, count_retry, wrote
from workers.judge import READ_RETRIES, THROTTLED, Patience
from workers.leases import Leases
from workers.plan import Planner
from workers.procedures import with_story
from workers.reads import read
from workers.solo import Gate
from workers.steps import Dropped, Ended, Note, Parked, Step, failed
from workers.strangers import strange, unknown_tool
from workers.writes import Writer

_RECORD_PAUSE_SECONDS = 0.2
_RECORD_TRIES = 3000
_GATE_SECONDS = 2.0
_ASIDE_SECONDS = 1.0
_UNSENT = "the worker failed before anything was sent"
_ASIDE = "another job runs alone in the process that took this one"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Carries out the job a hint names. Never raises: a hint is acknowledged in any case."""

    ledger: Ledger
    catalog: Mapping[str, Operation]
    caller_of: Callable[[str], Caller | None]
    writer_for: Callable[[Caller], Writer]
    planner_for: Callable[[Caller], Planner]
    sealer: Sealer
    leases: Leases
    gate: Gate
    clock: Clock
    patience: Patience
    owner: str
    rooms: Rooms
    hint: Callable[[Queue, str], object]
    settle_seconds: Callable[[], float | None]
    due_in: Callable[[float], object]
    gather: Callable[[Job], Step]

    def __call__(self, job_id: str) -> None:
        """Claim the job, do one attempt and record what it came to."""
        bind(job_id=job_id)
        try:
            with spans.processing():
                self._attempt(job_id)
        except redis.RedisError as error:
            # The lease runs out and another worker takes the job up.
            log.warning("store_away", reason=str(error))
        finally:
            clear()

    def _attempt(self, job_id: str) -> None:
        fault_point("claim.before")
        job = self._claimed(job_id)
        if isinstance(job, Job):
            with self.leases.held(job), self.gate.together(seconds=_GATE_SECONDS) as entered:
                self._carry_out(job, entered=entered)
        elif job == "solo":
            # Where others do not end in time, the ledger has it hinted at again.
            with self.gate.alone(seconds=_GATE_SECONDS) as entered:
                job = self._claimed(job_id, alone=True) if entered else job
                if isinstance(job, Job):
                    with self.leases.held(job):
                        self._carry_out(job, entered=True)

    def _claimed(self, job_id: str, *, alone: bool = False) -> Job | str:
        claim = self.ledger.claim(
            job_id,
            owner=self.owner,
            dead=DEAD,
            unknown=UNKNOWN,
            alone=alone,
            settle_seconds=self.settle_seconds(),
        )
        bind(worker=self.owner)
        if isinstance(claim, Claim):
            job = claim.job
            traced.claimed(claim)
            bind(tool=job.tool, queue=job.queue, account=job.account, attempt=job.tries + 1)
            # An ordinary read's end says all; this line would stand before its request.
            say = log.info if job.writes or claim.lost_by else log.debug
            lost = {"lost_by": claim.lost_by} if claim.lost_by else {}
            say("job_started", starts=job.starts, in_doubt=job.sending, **lost)
            return job
        _say_denied(claim)
        self._wake(claim.freed)
        return claim.reason

    def _carry_out(self, job: Job, *, entered: bool) -> None:
        if not entered:
            self._record(job, Parked(_ASIDE_SECONDS, _ASIDE, in_doubt=job.sending), Counter())
            return
        fault_point("claim.after")
        counts: Counted = Counter()
        step = self._closed(job, self._work(job, counts))
        fault_point("record.before")
        self._record(job, step, counts)
        fault_point("record.after")

    def _work(self, job: Job, counts: Counted) -> Step:
        if job.orphan is not None:
            return Ended(job.orphan)
        try:
            return self.gather(job) if job.calls_ended is not None else self._step(job, counts)
        except redis.RedisError:
            raise
        except Exception:
            log.exception("job_broke")
            return self._broken(job)

    def _step(self, job: Job, counts: Counted) -> Step:
        operation = self.catalog.get(job.tool)
        if operation is None:
            return unknown_tool(job)
        caller = self.caller_of(job.account)
        if caller is None:
            return strange(job)
        caller = caller.serving(job, counts)
        if job.writes:
            return self.writer_for(caller)(operation, job)
        if job.now > job.deadline:
            return failed(Expired("nobody could answer it in time"))
        if operation.writes:
            return self.planner_for(caller)(operation, job)
        return self._read(caller, operation, job)

    def _read(self, caller: Caller, operation: Operation, job: Job) -> Step:
        try:
            opened = self.sealer.open_all(job.arguments, operation.sensitive, job_id=job.id)
        except CallError as error:
            return failed(error)
        return read(caller, operation, replace(job, arguments=opened), patience=self.patience)

    def _closed(self, job: Job, step: Step) -> Step:
        """Return the step with the secrets of its answer sealed."""
        operation = self.catalog.get(job.tool)
        if not (isinstance(step, Ended) and operation and operation.sealed):
            return step
        outcome = step.outcome
        closed = self.sealer.seal_answer(outcome.result, operation.sealed, job_id=job.id)
        return replace(step, outcome=replace(outcome, result=closed))

    def _broken(self, job: Job) -> Step:
        """Return the end of a job that met a defect of ours; what it has done is not denied."""
        now = self.ledger.read(job.id) or job
        if now.sending:
            error = UnknownOutcome("the worker failed after the request was sent")
            return failed(with_story(error, now.memo))
        if now.instead is not None:
            return Ended(now.instead)
        what = "the worker failed; no request is open" if now.tries else _UNSENT
        return failed(with_story(CallError(what), now.memo))

    def _record(self, job: Job, step: Step, counts: Counted) -> None:
        if isinstance(step, Parked):
            # Said first, so that a worker killed in between has told why its job waits.
            log.info("job_waits", seconds=round(step.wait_seconds, 3), why=step.note)
            tracing.event(
                "job_waits",
                seconds=round(step.wait_seconds, 3),
                why=step.note,
                because=step.attempt.get("wait_why"),
                retry_after=step.attempt.get("retry_after"),
            )
            if "wait" in step.attempt:
                self._say_retry(job, step.attempt)
                count_retry(counts, job.queue, step.attempt.get("status"))
        for _ in range(_RECORD_TRIES):
            try:
                return self._record_once(job, step, counts)
            except redis.RedisError as error:
                log.warning("record_delayed", reason=str(error))
                self.clock.sleep(_RECORD_PAUSE_SECONDS)
        return None

    def _record_once(self, job: Job, step: Step, counts: Counted) -> None:
        match step:
            case Ended(outcome, attempt):
                fault_point("result.before")
                verdict, freed = self.ledger.finish(
                    job, outcome, attempt=attempt, keep=self._keep(job), counts=counts
                )
                fault_point("result.after")
                log.info("job_ended", state=outcome.state, verdict=verdict, **_facts(outcome))
                tracing.tell(state=outcome.state)
                if outcome.problem:
                    tracing.failed(outcome.problem.code)
                self._say_done(job, outcome, counts)
                self._wake(freed)
            case Parked(wait, note):
                kept, freed = self.ledger.park(
                    job,
                    wait_seconds=wait,
                    note=note,
                    attempt=step.attempt,
                    in_doubt=step.in_doubt,
                    memo=step.memo,
                    release=step.release,
                    instead=step.instead,
                    held=step.held,
                    counts=counts,
                    wake_at=step.wake_at,
                )
                fault_point("wait.after_schedule")
                self.due_in(wait)
                if not kept:
                    log.warning("wait_refused")
                self._wake(freed if wait > 0 else (*freed, (job.queue, job.id)))
            case Dropped(why):
                log.warning("job_dropped", why=why)

    def _keep(self, job: Job) -> Keep | None:
        operation = self.catalog.get(job.tool)
        cache = operation.cache_for(job.arguments) if operation else None
        if operation is None or cache is None or cache not in self.rooms:
            return None
        return Keep(cache, operation.collections, self.rooms[cache])

    def _say_retry(self, job: Job, attempt: Note) -> None:
        operation, status = self.catalog[job.tool], attempt.get("status")
        patient = job.writes or status == THROTTLED
        log.warning(
            "api_retry",
            status_code=status,
            attempt=(job.tries if job.writes else job.waits) + 1,
            max_retries=self.patience.max_tries if patient else READ_RETRIES,
            sleep_seconds=attempt["wait"],
            endpoint=operation.path or operation.name,
        )

    def _say_done(self, job: Job, outcome: Outcome, counts: Counted) -> None:
        operation = self.catalog.get(job.tool)
        if outcome.state == "done" and operation and operation.kind is Kind.CONFIGURE:
            payload = job.arguments["vpn_payload"]["universal_service"]
            log.info(
                "vpn_configured_successfully",
                operation=payload["operation"],
                service_name=payload.get("name"),
                attempts=job.tries + wrote(counts),
            )

    def _wake(self, freed: Freed) -> None:
        for queue, job_id in freed:
            tracing.event("wakes", job=job_id)
            try:
                self.hint(queue, job_id)
            except redis.RedisError as error:
                log.warning("hint_not_sent", other_job=job_id, reason=str(error))


def _say_denied(claim: Denied) -> None:
    match claim.reason:
        case "poisoned":
            log.warning("job_ended", state=claim.detail, why="every start took its worker down")
        case "behind":
            traced.behind(claim)
            log.info("job_waits", why=f"behind job {claim.detail}")
        case reason:
            say = log.warning if reason == "format" else log.debug
            say("claim_denied", reason=reason)


def _facts(outcome: Outcome) -> dict[str, str]:
    return {"code": outcome.problem.code, "why": outcome.problem.message} if outcome.problem else {}


DEAD = Outcome(
    "dead", problem=Poisoned("every start of this job took its worker down, alone in it").problem
)
UNKNOWN = Outcome(
    "unknown",
    problem=UnknownOutcome("it was sent, and every worker that took it up since then died").problem,
)
