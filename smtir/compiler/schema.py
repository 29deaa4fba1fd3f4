"""The part of JSON Schema that ``manifest.schema.json`` uses, so that reading a record needs no package."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


@functools.cache
def manifest_schema() -> Mapping[str, Any]:
    """The schema of ``manifest.json``, as shipped with the package."""
    loaded: Mapping[str, Any] = json.loads(
        files("smtir.compiler").joinpath("manifest.schema.json").read_text()
    )
    return loaded


def faults(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], where: str = "manifest"
) -> list[str]:
    """One sentence for each place in ``value`` that breaks ``schema``."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return faults(value, root["$defs"][name], root, where)
    if "const" in schema and value != schema["const"]:
        return [f"{where} is {value!r}, expected {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, expected one of {schema['enum']}"]
    if "type" in schema and not _has_type(value, schema["type"]):
        return [f"{where} is {type(value).__name__}, expected {schema['type']}"]
    if "minimum" in schema and isinstance(value, int | float) and value < schema["minimum"]:
        return [f"{where} is {value}, expected at least {schema['minimum']}"]
    found: list[str] = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        extra = schema.get("additionalProperties", True)
        found += [f"{where} lacks {key!r}" for key in schema.get("required", ()) if key not in value]
        for key, item in value.items():
            if key in known:
                found += faults(item, known[key], root, f"{where}.{key}")
            elif extra is False:
                found.append(f"{where} has an unknown key {key!r}")
            elif extra is not True:
                found += faults(item, extra, root, f"{where}.{key}")
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += faults(item, schema["items"], root, f"{where}[{index}]")
    return found


def _has_type(value: Any, names: str | list[str]) -> bool:
    names = [names] if isinstance(names, str) else names
    if isinstance(value, bool):  # a bool is an int in Python and not in JSON
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names)
