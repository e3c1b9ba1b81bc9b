"""What a link says when it hears something."""

from __future__ import annotations

from hardware.hdlc.events import Event
from hardware.hdlc.link import Link


def events_of(link: Link, octets: bytes = b"") -> list[Event]:
    link.feed(octets)
    events: list[Event] = []
    while isinstance(event := link.next_event(), Event):
        events.append(event)
    return events
