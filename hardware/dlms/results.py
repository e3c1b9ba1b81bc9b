"""What a meter may answer: the result codes of the services, and the errors they become.

In comes a code, out comes its name or the `MeterError` that belongs to it. Rule: an unknown
code is still an answer of the meter ("other reason"), not a protocol error.
"""

from __future__ import annotations

from hardware.errors import AccessDenied, MeterError, NotSupported

SUCCESS = 0
TEMPORARY_FAILURE = 2
READ_WRITE_DENIED = 3
OBJECT_UNDEFINED = 4
CLASS_INCONSISTENT = 9
OBJECT_UNAVAILABLE = 11
TYPE_UNMATCHED = 12
DATA_BLOCK_UNAVAILABLE = 14
BLOCK_NUMBER_INVALID = 19
OTHER_REASON = 250

NO_SUCH_SERVICE, DECIPHERING_ERROR, INVOCATION_COUNTER_ERROR = 2, 5, 6

_RESULTS = {
    SUCCESS: "success",
    1: "hardware-fault",
    TEMPORARY_FAILURE: "temporary-failure",
    READ_WRITE_DENIED: "read-write-denied",
    OBJECT_UNDEFINED: "object-undefined",
    CLASS_INCONSISTENT: "object-class-inconsistent",
    OBJECT_UNAVAILABLE: "object-unavailable",
    TYPE_UNMATCHED: "type-unmatched",
    13: "scope-of-access-violated",
    DATA_BLOCK_UNAVAILABLE: "data-block-unavailable",
    15: "long-get-aborted",
    16: "no-long-get-in-progress",
    17: "long-set-aborted",
    18: "no-long-set-in-progress",
    BLOCK_NUMBER_INVALID: "data-block-number-invalid",
    OTHER_REASON: "other-reason",
}

_DENIED = {READ_WRITE_DENIED, 13}
_UNSUPPORTED = {OBJECT_UNDEFINED, CLASS_INCONSISTENT, OBJECT_UNAVAILABLE}

_SERVICE_ERRORS = {
    1: "operation-not-possible",
    NO_SUCH_SERVICE: "service-not-supported",
    3: "other-reason",
    4: "pdu-too-long",
    DECIPHERING_ERROR: "deciphering-error",
    INVOCATION_COUNTER_ERROR: "invocation-counter-error",
}


def result_name(code: int) -> str:
    """The standard's name of a data-access-result or action-result (IEC 62056-5-3)."""
    return _RESULTS.get(code, "other-reason")


def refusal(what: str, code: int) -> MeterError:
    """The error for a data-access-result other than success.

    Args:
        what: service and target, `get 1-0:1.8.0 attribute 2`.
        code: the data-access-result; 3 and 13 deny access, 4, 9 and 11 mean not supported.
    """
    text = f"{what}: {result_name(code)} ({code})"
    if code in _DENIED:
        return AccessDenied(text)
    return NotSupported(text) if code in _UNSUPPORTED else MeterError(text)


def exception_refusal(what: str, service_error: int) -> MeterError:
    """The error for an exception-response; service-not-supported becomes `NotSupported`."""
    name = _SERVICE_ERRORS.get(service_error, "other-reason")
    text = f"{what}: exception-response {name} ({service_error})"
    return NotSupported(text) if service_error == NO_SUCH_SERVICE else MeterError(text)
