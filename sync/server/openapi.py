"""The OpenAPI document: bodies and answers of endpoints that read and write bytes themselves.

In come the wire's structs and pydantic models; out come their JSON schemas under
`components/schemas`, and references to them for single endpoints.
"""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

_REF = "#/components/schemas/{name}"
_MODELS: set[type[BaseModel]] = set()
_STRUCTS: set[type[msgspec.Struct]] = set()


def json_body(kind: type[BaseModel | msgspec.Struct]) -> dict[str, Any]:
    """The `openapi_extra` of an endpoint that reads this from its body."""
    return {"requestBody": {"required": True, "content": _content(kind)}}


def json_answer(*kinds: type[BaseModel | msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that answers with one of these."""
    schemas = [_content(kind)["application/json"]["schema"] for kind in kinds]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    return {200: {"description": "Done", "content": {"application/json": {"schema": schema}}}}


def _content(kind: type[BaseModel | msgspec.Struct]) -> dict[str, Any]:
    if issubclass(kind, BaseModel):
        _MODELS.add(kind)
    else:
        _STRUCTS.add(kind)
    return {"application/json": {"schema": {"$ref": _REF.format(name=kind.__name__)}}}


class DescribedApp(FastAPI):
    """An application whose document holds these schemas too."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            made = get_openapi(title=self.title, version=self.version, routes=self.routes)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_schemas())
            self.openapi_schema = made
        return self.openapi_schema


def _schemas() -> dict[str, Any]:
    _, found = msgspec.json.schema_components(
        sorted(_STRUCTS, key=lambda s: s.__name__), ref_template=_REF
    )
    models = sorted(_MODELS, key=lambda m: m.__name__)
    _, described = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    return {**found, **described.get("$defs", {})}
