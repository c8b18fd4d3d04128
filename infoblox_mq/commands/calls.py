"""`infoblox-mq call`: one call through the front end's own code, with live progress."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from mcp import Client
from mcp.shared.dispatcher import ProgressFnT

from infoblox_mq.keeper import kept
from mcp_front.server import Front
from shared import tracing
from shared.clock import SystemClock
from shared.errors import CallError, InvalidArguments
from shared.logs import configure
from shared.settings import Settings

Json = dict[str, Any]
# Long enough for the record to be written and its id to come back.
_DETACHED_SECONDS = 0.01
_WAIT_SECONDS = 25
_ANSWER_TOKENS = 1_000_000_000
INTERRUPTED = 130


def call(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Call a tool; the exit code is 1 when its job did not end well."""
    arguments = parsed(args.arguments, args.args)
    envelope = made(args.tool, arguments, env, detach=args.detach)
    if envelope is None:
        return INTERRUPTED
    return shown(envelope, as_json=args.json, detached=args.detach)


def made(tool: str, arguments: Json, env: Mapping[str, str], *, detach: bool) -> Json | None:
    """Call a tool and follow its job to the end; None when the user did not wait for it."""
    settings, keeper = kept(Settings.from_env(env), env)
    wait_seconds = settings.wait_seconds
    configure(json_lines=settings.structlog_json, level="WARNING")
    # What is chosen for hosts, and cut for them, is not meant for people.
    settings = settings.model_copy(
        update={"toolsets": (), "tools": (), "answer_tokens": _ANSWER_TOKENS}
    )
    if detach:
        settings = settings.model_copy(update={"wait_seconds": _DETACHED_SECONDS})
    front = Front(settings)
    if keeper:
        front.store.keep(keeper, seconds=wait_seconds)
    if not front.knows(tool):
        raise InvalidArguments(f"there is no tool {tool}", advice="`infoblox-mq tools` lists them.")
    seen: Json = {}
    try:
        with tracing.running(env, service="infoblox-mq-cli"):
            asyncio.run(_called(front, (tool, arguments), detach=detach, seen=seen))
    except KeyboardInterrupt:
        if seen.get("job_id"):
            told = f"the job goes on: infoblox-mq jobs show {seen['job_id']}"
            print(told, file=sys.stderr)
        return None
    finally:
        front.close()
    return seen


def parsed(pairs: list[str], whole: str | None) -> Json:
    """Return the arguments: `name=value`, where a value that is no JSON is text."""
    arguments = _object(whole) if whole else {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise InvalidArguments(
                f"{pair!r} is not NAME=VALUE", advice="Write it as in: limit=5 name_filter=prod"
            )
        arguments[name] = _value(text)
    return arguments


def shown(envelope: Json, *, as_json: bool, detached: bool) -> int:
    """Print an answer and return the exit code that goes with it."""
    status, error = envelope["status"], envelope.get("error")
    if as_json:
        print(json.dumps(envelope, indent=2))
    elif detached and envelope.get("job_id"):
        print(envelope["job_id"])
    elif "result" in envelope:
        print(json.dumps(envelope["result"], indent=2))
    if error and not as_json:
        told = f"{status}: {error['message'].rstrip('.')}. {error['advice']}"
        job = envelope.get("job_id")
        print(told, f"(job {job})" if job else "", file=sys.stderr)
    return 0 if status in {"done", "running"} else 1


async def _called(front: Front, wish: tuple[str, Json], *, detach: bool, seen: Json) -> None:
    show = progress()
    async with Client(front.server) as client:
        seen.update(await _asked(client, *wish, show=show))
        while seen["status"] == "running" and not detach:
            more = {"job_id": seen["job_id"], "seconds": _WAIT_SECONDS}
            seen.update(await _asked(client, "job_wait", more, show=show))
            # Ctrl-C that came as the answer did is lost in the library; its wish is not.
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError


async def _asked(client: Client, tool: str, arguments: Json, *, show: ProgressFnT) -> Json:
    answer = await client.call_tool(tool, arguments, progress_callback=show)
    if answer.structured_content is None:
        raise CallError(f"{tool} gave no envelope")
    return dict(answer.structured_content)


def progress() -> ProgressFnT:
    """Return what prints news on standard error, each only once."""
    clock = SystemClock()
    began = clock.steady()
    last = ""

    async def show(progress: float, total: float | None, message: str | None) -> None:
        nonlocal last
        if message and message != last:
            last = message
            print(f"{clock.steady() - began:6.1f} s  {message}", file=sys.stderr, flush=True)

    return show


def _object(text: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidArguments(f"--args is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidArguments("--args is not a JSON object")
    return value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
