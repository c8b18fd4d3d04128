"""`server.json`, by which registries and hosts find the server."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infoblox_mq import __version__
from infoblox_mq.parser import make_parser
from mcp_front.server import Front
from shared.settings import SECRETS, Settings, variables

ROOT = Path(__file__).parents[2]
SERVER: dict[str, Any] = json.loads((ROOT / "server.json").read_text())
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

TEXT = {"type": "string", "minLength": 1}
INPUT = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "type": {"enum": ["positional", "named"]},
        "value": TEXT,
        "valueHint": TEXT,
        "description": TEXT,
        "default": TEXT,
        "placeholder": TEXT,
        "format": {"enum": ["string", "number", "boolean", "filepath"]},
        "choices": {"type": "array", "items": TEXT},
        "isRequired": {"type": "boolean"},
        "isSecret": {"type": "boolean"},
        "isRepeated": {"type": "boolean"},
    },
    "additionalProperties": False,
}
# What the schema of 2025-12-11 asks of the parts in use; anything else is a slip of the pen.
RULES = {
    "type": "object",
    "required": ["$schema", "name", "description", "version", "packages"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": SCHEMA},
        "name": {
            "type": "string",
            "minLength": 3,
            "maxLength": 200,
            "pattern": r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$",
        },
        "title": TEXT | {"maxLength": 100},
        "description": TEXT | {"maxLength": 100},
        "version": TEXT | {"maxLength": 255, "pattern": r"^\d+\.\d+\.\d+$"},
        "packages": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["registryType", "identifier", "version", "transport"],
                "additionalProperties": False,
                "properties": {
                    "registryType": {"enum": ["npm", "pypi", "oci", "nuget", "mcpb", "maven"]},
                    "identifier": TEXT,
                    "version": TEXT | {"pattern": r"^\d+\.\d+\.\d+$"},
                    "runtimeHint": TEXT,
                    "transport": {
                        "type": "object",
                        "required": ["type"],
                        "properties": {"type": {"const": "stdio"}},
                        "additionalProperties": False,
                    },
                    "packageArguments": {
                        "type": "array",
                        "items": INPUT
                        | {
                            "required": ["type"],
                            "anyOf": [
                                {"required": ["name"]},
                                {"required": ["value"]},
                                {"required": ["valueHint"]},
                            ],
                        },
                    },
                    "environmentVariables": {
                        "type": "array",
                        "items": INPUT | {"required": ["name", "description"]},
                    },
                },
            },
        },
    },
}


def test_it_keeps_the_rules_of_the_registry() -> None:
    jsonschema.validate(SERVER, RULES)


@pytest.mark.parametrize(
    "slip",
    [
        {"name": "no-namespace"},
        {"description": "x" * 101},
        {"version": "latest"},
        {"packages": [{"registryType": "pypi", "identifier": "x", "version": "1.0.0"}]},
        {"packages": [{**SERVER["packages"][0], "packageArguments": [{"type": "positional"}]}]},
    ],
)
def test_a_slip_would_be_seen(slip: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(SERVER | slip, RULES)


def test_the_version_is_the_same_everywhere() -> None:
    front = Front(Settings.from_env({"REDIS_URL": "redis://127.0.0.1:1"}))
    front.close()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (package,) = SERVER["packages"]
    found = {SERVER["version"], package["version"], project["version"], __version__}
    assert found == {front.server.version}
    assert package["identifier"] == project["name"]


def test_the_readme_proves_whose_package_it_is() -> None:
    readme = (ROOT / "README.md").read_text()
    assert re.findall(r"<!-- mcp-name: (\S+) -->", readme) == [SERVER["name"]]


def test_it_names_a_command_and_settings_that_exist() -> None:
    (package,) = SERVER["packages"]
    make_parser().parse_args([word["value"] for word in package["packageArguments"]])
    named = {variable["name"]: variable for variable in package["environmentVariables"]}
    assert named.keys() <= variables().keys()
    for name, variable in named.items():
        assert variable.get("isSecret", False) is (name in SECRETS)
        default = Settings.model_fields[variables()[name]].default
        assert variable.get("default", default or None) == (default or None)
