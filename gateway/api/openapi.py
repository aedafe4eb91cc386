"""The OpenAPI 3.1 document, made from the table of operations and the models themselves."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from gateway.api.asking import Operation
from gateway.api.models import Problem, Told
from gateway.api.table import OPERATIONS

IN_PATH = re.compile(r"\{(\w+)\}")
REFUSALS = {
    401: "No token, or none that is valid.",
    403: "The token lacks the scope.",
    422: "Some fields are missing or not valid.",
    503: "Not available right now.",
}
INTRODUCTION = (
    "Send `Authorization: Bearer <token>`; `leadline token PRACTICE --scope ...` makes one. A token belongs to one "
    "practice and sees nothing of any other. Instants are ISO 8601 with an offset."
)


def document(public_url: str) -> bytes:
    schemas, components = described()
    paths: dict[str, dict[str, Told]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = path_item(operation, schemas)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Leadline", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": f"{public_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def described() -> tuple[dict[type[BaseModel], Told], Told]:
    """Per model the reference to its schema, and the schemas themselves."""
    wanted = list(dict.fromkeys(used()))
    found, definitions = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    return {model: dict(found[model, mode]) for model, mode in wanted}, definitions["$defs"]


def used() -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    yield Problem, "serialization"
    for operation in OPERATIONS:
        if operation.method != "GET":
            yield operation.given, "validation"
        if operation.answer:
            yield operation.answer, "serialization"


def path_item(operation: Operation[Any], schemas: dict[type[BaseModel], Told]) -> Told:
    item: Told = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Scope `{operation.scope}`.",
        "parameters": parameters(operation),
        "responses": responses(operation, schemas),
    }
    if operation.method != "GET" and operation.given.model_fields:
        item["requestBody"] = {"required": True, "content": in_json(schemas[operation.given])}
    return item


def parameters(operation: Operation[Any]) -> list[Told]:
    found: list[Told] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in IN_PATH.findall(operation.path)
    ]
    if operation.method == "GET":
        shape = operation.given.model_json_schema()
        required = shape.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in shape.get("properties", {}).items()
        ]
    return found


def responses(operation: Operation[Any], schemas: dict[type[BaseModel], Told]) -> Told:
    kept: Told = {"description": operation.summary}
    if operation.answer:
        kept["content"] = in_json(schemas[operation.answer])
    missing = {404: "The practice has none of that id."} if IN_PATH.search(operation.path) else {}
    refused = {**REFUSALS, **missing, **operation.refusals}
    problem = in_json(schemas[Problem])
    told = {str(code): {"description": refused[code], "content": problem} for code in sorted(refused)}
    return {str(operation.status): kept, **told}


def in_json(schema: Told) -> Told:
    return {"application/json": {"schema": schema}}
