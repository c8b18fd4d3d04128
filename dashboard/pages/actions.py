"""POST /dashboard/actions/NAME: what operators do, each by a form and each with a line of audit."""

import hmac
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict

from redis import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.guard import LOGIN, PAGES, SCOPE, bearer
from dashboard.pages import forms
from dashboard.pages.deeds import NAMES, Deeds, Result, carried_out
from dashboard.pages.forms import Form
from dashboard.pages.session import sessions
from dashboard.parts import Ops, Part
from dashboard.store import Store
from shared.audit import Deed
from shared.errors import CallError, Conflict, InvalidArguments, Problem
from shared.logs import get_logger
from shared.sealing import Sealer

ACTIONS = f"{PAGES}/actions"
# So many are listed one by one in the store; of more it keeps one line, and the log has them all.
_MOST_KEPT = 20

log = get_logger(__name__)


class Stranger(CallError):
    """Whoever asked may not act; `status` is what HTTP calls it."""

    code = "refused"
    advice = "Log in at /dashboard/login, or send a bearer token whose scopes contain ops."

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


def actions(ops: Ops) -> Part:
    """Return the routes."""
    sealer = Sealer(ops.settings.seal_key)

    async def act(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            form = await forms.read(request)
            if name not in NAMES:
                raise InvalidArguments(f"there is no action {name}: {', '.join(NAMES)}")
            who = await _actor(request, form)
            deeds = Deeds(ops.store, sealer, who)
            results = await ops.store.ask(_done, deeds, name, form=form)
        except CallError as error:
            return _unable(request, error, name)
        return _answer(request, form, name, results=results)

    return Part(
        routes=(Route(f"{ACTIONS}/{{name}}", act, methods=["POST"]),),
        # Refused here, with what to do about it, rather than by the guard.
        open_paths=frozenset({f"{ACTIONS}/"}),
    )


def summary(name: str, results: Sequence[Result]) -> str:
    """Return one line of what an action came to."""
    if len(results) == 1:
        (one,) = results
        return f"{name}: {one.which} {one.message}"
    refused = [one for one in results if not one.done]
    first = f", such as {refused[0].which}: {refused[0].message}" if refused else ""
    done = len(results) - len(refused)
    return f"{name}: {done} done, {len(refused)} refused{first}"


async def _actor(request: Request, form: Form) -> str:
    """Return who acts; raise Stranger for whoever may not."""
    here = sessions(request)
    if given := bearer(request.headers):
        token = here.ops.token(given)
        if token is None:
            raise Stranger("This token is not known here.", status=401)
        if SCOPE not in token.scopes:
            raise Stranger(f"This token lacks the scope {SCOPE!r}.", status=403)
        return token.client
    session = here.find(request)
    if session is None or not await here.holds(session):
        raise Stranger("Nobody is logged in here.", status=401)
    if not forms.from_here(request, here.ops.settings.allowed_origins):
        raise Stranger("This form came from elsewhere.", status=403)
    if not hmac.compare_digest(form.one("csrf").encode(), here.csrf(session).encode()):
        raise Stranger("This form is not of this session: load the page again.", status=403)
    return session.client


def _done(deeds: Deeds, name: str, *, form: Form) -> list[Result]:
    results = carried_out(deeds, name, form)
    lines = [
        Deed(deeds.who, name, one.which, one.verdict + (f" {one.new}" if one.new else ""))
        for one in results
    ]
    for line in lines:
        log.info("audit", **asdict(line))
    if len(lines) > _MOST_KEPT:
        which = ", ".join(line.which for line in lines)
        lines = [Deed(deeds.who, name, which, summary(name, results))]
    _keep(deeds.store, lines)
    return results


def _keep(store: Store, lines: Iterable[Deed]) -> None:
    with suppress(RedisError):
        for line in lines:
            store.audit.keep(line)


def _answer(request: Request, form: Form, name: str, *, results: Sequence[Result]) -> Response:
    said = summary(name, results)
    if _wants_json(request):
        done = sum(one.done for one in results)
        facts = {
            "action": name,
            "summary": said,
            "done": done,
            "refused": len(results) - done,
            "results": [
                {key: value for key, value in asdict(one).items() if value is not None}
                for one in results
            ],
        }
        return JSONResponse(facts, status_code=200 if done or not results else 409)
    response = RedirectResponse(forms.local(form.one("back")), status_code=303)
    sessions(request).say(response, said, secure=request.url.scheme == "https")
    return response


def _unable(request: Request, error: CallError, name: str) -> Response:
    status = _status(error)
    if isinstance(error, Stranger):
        log.warning("action_refused", action=name, why=error.problem.message)
        if status == 401 and not _wants_json(request):  # noqa: PLR2004 - by name
            return RedirectResponse(LOGIN, status_code=303)
    return _problem(error.problem, status)


def _status(error: CallError) -> int:
    match error:
        case Stranger(status=status):
            return int(status)
        case InvalidArguments():
            return 400
        case Conflict():
            return 409
    return 503


def _problem(problem: Problem, status: int) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - by name
    return JSONResponse({"error": problem.as_dict()}, status_code=status, headers=headers)


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted or bearer(request.headers) is not None
