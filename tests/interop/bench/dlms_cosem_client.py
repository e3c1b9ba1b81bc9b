"""The dlms-cosem client at the bench's meter: connect, 40 attributes each and with-list."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

from tests.interop.bench.counted_line import CountedLine, Job, job, timed

_MANAGEMENT, _LOGICAL, _PHYSICAL = 1, 1, 17


class DlmsCosem:
    """One client over a counted line."""

    def __init__(self, asked: Job, line: CountedLine) -> None:
        io: Any = import_module("dlms_cosem.io")
        client: Any = import_module("dlms_cosem.client")
        cosem: Any = import_module("dlms_cosem.cosem")
        enums: Any = import_module("dlms_cosem.enumerations")
        transport = io.HdlcTransport(
            client_logical_address=_MANAGEMENT,
            server_logical_address=_LOGICAL,
            server_physical_address=_PHYSICAL,
            io=line,
        )
        self.client = client.DlmsClient(
            transport=transport, authentication=_authentication(asked), **_ciphering(asked)
        )
        self.targets = [
            cosem.CosemAttribute(
                interface=enums.CosemInterface(class_id),
                instance=cosem.Obis.from_string(obis),
                attribute=attribute,
            )
            for class_id, obis, attribute in asked.targets
        ]
        self._selected: Any = cosem.CosemAttributeWithSelection

    def connect(self) -> None:
        """SNRM, AARQ and, where asked, the proofs of HLS."""
        self.client.connect()
        self.client.associate()

    def read_each(self) -> None:
        """One GET an attribute."""
        for target in self.targets:
            self.client.get(target)

    def read_list(self) -> None:
        """As DSMR allows: sixteen attributes in each list."""
        for start in range(0, len(self.targets), 16):
            part = self.targets[start : start + 16]
            self.client.get_many(
                [self._selected(attribute=target, access_selection=None) for target in part]
            )


def _authentication(asked: Job) -> Any:
    security: Any = import_module("dlms_cosem.security")
    if asked.auth == "lls":
        return security.LowLevelSecurityAuthentication(secret=asked.keys["password"])
    if asked.auth == "hls5":
        return security.HighLevelSecurityGmacAuthentication()
    return security.NoSecurityAuthentication()


def _ciphering(asked: Job) -> dict[str, Any]:
    if asked.auth != "hls5":
        return {}
    return {
        "encryption_key": asked.keys["encryption_key"],
        "authentication_key": asked.keys["authentication_key"],
        "client_system_title": asked.keys["system_title"],
        "client_initial_invocation_counter": asked.counter,
    }


def main() -> None:
    """Take the job and do it."""
    structlog: Any = import_module("structlog")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asked = job()
    line = CountedLine(asked.host, asked.port)
    client = DlmsCosem(asked, line)
    tasks = (
        ("connect", client.connect),
        ("attributes_each", client.read_each),
        ("attributes_list", client.read_list),
    )
    for name, work in tasks:
        if not timed(name, line, work):
            return


if __name__ == "__main__":
    main()
