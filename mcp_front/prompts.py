"""Prompts: the usual procedures, step by step, with the tools that each step takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError

from mcp_front.procedures import PROCEDURES, Procedure
from shared.arguments import shown

_LONGEST = 500
Context = ServerRequestContext[Any]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The handlers of the prompt methods."""

    procedures: Mapping[str, Procedure] = field(default_factory=lambda: PROCEDURES)

    async def list(
        self, _ctx: Context, params: types.PaginatedRequestParams
    ) -> types.ListPromptsResult:
        """Return the procedures and what they ask for."""
        if params.cursor is not None:
            raise MCPError(code=types.INVALID_PARAMS, message="There is only one page")
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=name,
                    title=procedure.title,
                    description=procedure.description,
                    arguments=[
                        types.PromptArgument(
                            name=blank.name,
                            description=blank.description,
                            required=blank.default is None,
                        )
                        for blank in procedure.blanks
                    ],
                )
                for name, procedure in self.procedures.items()
            ]
        )

    async def get(
        self, _ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """Return a procedure with its blanks filled in."""
        procedure = self.procedures.get(params.name)
        if procedure is None:
            raise _invalid(f"Unknown prompt: {shown([params.name])}")
        given = params.arguments or {}
        known = {blank.name: blank for blank in procedure.blanks}
        if stray := given.keys() - known.keys():
            raise _invalid(f"The prompt has no argument {shown(sorted(stray))}")
        # An empty field of a host's form counts as left out.
        filled = {name: text[:_LONGEST].strip() for name, text in given.items() if text.strip()}
        lacking = [name for name, it in known.items() if it.default is None and name not in filled]
        if lacking:
            raise _invalid(f"The prompt needs {', '.join(lacking)}")
        words = {name: filled.get(name, it.default or "") for name, it in known.items()}
        return types.GetPromptResult(
            description=procedure.description, messages=list(_messages(procedure, words))
        )


def _messages(procedure: Procedure, words: Mapping[str, str]) -> Sequence[types.PromptMessage]:
    blocks: Any = procedure.content(words)
    if isinstance(blocks, str):
        blocks = [types.TextContent(type="text", text=blocks)]
    return [types.PromptMessage(role="user", content=block) for block in blocks]


def _invalid(message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message)
