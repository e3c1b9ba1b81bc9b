"""What this process counts of itself, in the text format of Prometheus.

In come finished requests, verdicts; out come counters, histograms and gauges under
`fieldapp_…`, each process its own under the label `process`. Rule: labels are route templates,
statuses, verdicts and regions; never a laptop, a person, a visit or a meter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.registry import Collector

from sync.wire import Verdict

# else there is one more series for each; the library left this function without types
disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)


class Metrics:
    """One process's numbers.

    Args:
        process: its number among those of this office on this machine, from 1.
    """

    def __init__(self, process: int = 1) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._children: dict[tuple[object, tuple[str, ...]], Any] = {}
        self._here = {"process": str(process)}
        ProcessCollector(namespace="fieldapp", registry=self._registry)
        self._requests = self._counter("requests", "Answered requests", "route", "status")
        self._seconds = Histogram(
            "fieldapp_request_seconds",
            "From the head of a request to the end of its answer",
            ("route", *self._here),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._bytes = self._counter("bytes", "Octets of bodies", "route", "direction")
        self._running = self._gauge("requests_running", "Requests under way", "kind")
        self._operations = self._counter("operations", "Operations by their verdict", "verdict")
        self._syncs = self._counter("syncs", "Syncs by what they carried", "carried")
        self._away = self._counter("turned_away", "Requests told to come later at the door")

    def gauge(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A number that is read whenever the metrics are asked for, on the event loop."""
        self._gauge(name, about).labels(**self._here).set_function(read)

    def collect(self, collector: Collector) -> None:
        """More numbers, made whenever the metrics are asked for."""
        self._registry.register(collector)

    def begun(self, kind: str) -> None:
        """A request is under way: `plain`, or a `listener` that stays."""
        self._child(self._running, kind).inc()

    def ended(self, kind: str, route: str, *, status: int, seconds: float) -> None:
        """It was answered."""
        self._child(self._running, kind).dec()
        self._child(self._requests, route, str(status)).inc()
        self._child(self._seconds, route).observe(seconds)

    def moved(self, route: str, *, received: int, sent: int) -> None:
        """So many octets of bodies came and went."""
        self._child(self._bytes, route, "in").inc(received)
        self._child(self._bytes, route, "out").inc(sent)

    def synced(self, verdicts: Iterable[Verdict], *, told: bool) -> None:
        """A sync was done; `told`: changes went out with it."""
        carried = "changes" if told else "nothing"
        for verdict in verdicts:
            carried = "operations"
            self._child(self._operations, verdict.outcome.value).inc()
        self._child(self._syncs, carried).inc()

    def turned_away(self) -> None:
        """A request was told to come later because too many wait."""
        self._child(self._away).inc()

    def page(self) -> bytes:
        """All of it, as text."""
        return generate_latest(self._registry)

    def _child(self, metric: _Metric, *values: str) -> _Metric:
        """The series with these labels; the library looks longer for it than it counts."""
        key = (metric, values)
        found: _Metric | None = self._children.get(key)
        if found is None:
            found = self._children[key] = metric.labels(*values, *self._here.values())
        return found

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(
            f"fieldapp_{name}", about, (*labels, *self._here), registry=self._registry
        )

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"fieldapp_{name}", about, (*labels, *self._here), registry=self._registry)
