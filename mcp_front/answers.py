"""Answers that fit: a host pays for every token, and cuts what is too long without a word."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_front.plain import size_of, told
from mcp_front.replies import Reply
from mcp_front.selecting import Selection
from mcp_front.trimming import Cuts, trimmed
from shared.errors import CallError
from shared.operations import CATALOG

Json = dict[str, Any]
BYTES_PER_TOKEN = 4
# For the words about a cut, at most a third of all, and for their names in the envelope.
_WORDS = 2000
_KEYS = 40
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def fitting(reply: Reply, tokens: int) -> Reply:
    """Return an answer of at most so many tokens; what is left out is said, and how to get it."""
    if reply.text is not None:
        return reply
    most = tokens * BYTES_PER_TOKEN
    text, envelope = told(reply.envelope)
    if len(text) <= most and len(text.encode()) <= most:
        return replace(reply, envelope=envelope, text=text)
    result = reply.envelope.get("result")
    if isinstance(result, dict) and "next_offset" in result and "items" in result:
        return _shorter_list(reply, result, most=most)
    return _smaller(reply, most=most)


def _shorter_list(reply: Reply, result: Json, *, most: int) -> Reply:
    rows = result["items"]
    lean = rows if reply.asked.get("fields") else [_lean(row) for row in rows]
    about = _about(reply, result, items=[])
    words = min(_WORDS, most // 3)
    room = most - size_of(about) - words
    kept = _first(lean, room)
    cuts = Cuts()
    if rows and not kept:
        kept = [trimmed(lean[0], room, cuts)]
    return _with_note(
        _about(reply, result, items=kept),
        reply,
        said=_list_words(reply, len(kept), len(rows), most=most, lean=lean != rows),
        cuts=cuts,
        words=words,
    )


def _about(reply: Reply, result: Json, *, items: list[Any]) -> Json:
    """Return the envelope around these items; the next offset is that of the first row left out."""
    changed = result | {"items": items}
    if len(items) < len(result["items"]) and reply.pages:
        changed["next_offset"] = reply.first_row + len(items)
    return reply.envelope | {"result": changed}


def _first(rows: list[Any], room: int) -> list[Any]:
    for number, row in enumerate(rows):
        room -= size_of(row) + 1
        if room < 0:
            return rows[:number]
    return rows


def _list_words(reply: Reply, shown: int, rows: int, *, most: int, lean: bool) -> str:
    lead = f"Cut to fit {most // BYTES_PER_TOKEN} tokens:"
    without = "fields without a value are left out"
    if shown == rows:
        return f"{lead} {without if lean else 'the row is not whole'}."
    said = f"{lead} {shown} of {rows} rows are shown{f', and {without}' if lean else ''}."
    tool, job = reply.envelope["tool"], reply.envelope.get("job_id")
    if reply.pages:
        said += f" Call {tool} with offset={reply.first_row + shown} and otherwise equal arguments "
        said += "for the next rows."
    elif job:
        said += f" job_wait(job_id={job}, offset={reply.skipped + shown}) has the next rows."
    return f"{said} {_less(reply)}".rstrip()


def _less(reply: Reply) -> str:
    row = CATALOG.get(str(reply.envelope["tool"]))
    if row is None or "fields" not in row.args.model_fields:
        return ""
    return "`fields` asks for less of each."


def _smaller(reply: Reply, *, most: int) -> Reply:
    """Return the answer with its largest parts cut, whatever they are."""
    words = min(_WORDS, most // 3)
    said = f"Cut to fit {most // BYTES_PER_TOKEN} tokens: `cut` lists what is not whole."
    said = f"{said} {_less(reply)}".rstrip()
    parts = {name: reply.envelope[name] for name in ("result", "error") if name in reply.envelope}
    rest = {name: part for name, part in reply.envelope.items() if name not in parts}
    cuts = Cuts()
    room = most - size_of(rest) - words
    found = trimmed(parts, room, cuts)
    return _with_note({**reply.envelope, **found}, reply, said=said, cuts=cuts, words=words)


def _with_note(envelope: Json, reply: Reply, *, said: str, cuts: Cuts, words: int) -> Reply:
    meta = dict(envelope.get("meta") or {}) | {"truncated": said}
    if missing := cuts.as_list(words - size_of(said) - _KEYS):
        meta["cut"] = missing
    text, envelope = told(envelope | {"meta": meta})
    return replace(reply, envelope=envelope, text=text)


def _lean(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    return {name: value for name, value in row.items() if value not in _EMPTY}


def advised(reply: Reply, selection: Selection) -> Reply:
    """Return a reply whose advice names no hidden tool."""
    error = reply.envelope.get("error")
    if not selection.hidden or not error:
        return reply
    advice = selection.cleaned(error["advice"])
    if advice == error["advice"]:
        return reply
    envelope = reply.envelope | {"error": error | {"advice": advice or CallError.advice}}
    return replace(reply, envelope=envelope, text=None)
