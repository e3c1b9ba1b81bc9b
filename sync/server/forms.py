"""JSON bodies that other programs send: checked, and told which field is off.

In comes the body's bytes and a pydantic model; out comes the checked value, or a problem that
names fields and never repeats their content.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sync.server.problems import ProblemError

F = TypeVar("F", bound=BaseModel)

_MOST_FAULTS = 50


def checked(model: type[F], body: bytes) -> F:
    """The value in a body.

    Raises:
        ProblemError: 422, with up to 50 places and what is wrong there.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as e:
        raise ProblemError(422, "not-valid", _places(e)) from e


def _places(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
        for fault in faults[:_MOST_FAULTS]
    ]
    if len(faults) > _MOST_FAULTS:
        told.append(f"and {len(faults) - _MOST_FAULTS} more")
    return "; ".join(told)
