"""What Prometheus reads: numbers of the views and of the running process, as text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from services.payments.views import days_to_nearest_term, fund_standing
from shared.runtime.embedded import Stack
from shared.runtime.health import BOUNDS_S, Health, Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels: TypeAlias = Mapping[str, str]
Metric: TypeAlias = tuple[str, str, Sequence[tuple[Labels, float]]]
"""Its kind, what it is, and its samples."""


def render(stack: Stack) -> str:
    """All metrics of a running fund, in the text format of Prometheus."""
    return "".join(f"{line}\n" for line in _lines(stack))


def _lines(stack: Stack) -> Iterator[str]:
    for name, (kind, about, samples) in {**_of_fund(stack), **_of_process(stack.health)}.items():
        yield f"# HELP {name} {about}"
        yield f"# TYPE {name} {kind}"
        yield from (f"{name}{_labels(labels)} {number}" for labels, number in samples)
    yield from _histogram(
        "psdf_commit_seconds", "How long it took to bring what was decided to the disk", stack.health.commits
    )


def _of_fund(stack: Stack) -> dict[str, Metric]:
    """Where the fund stands, by the views of payments."""
    standing, nearest = fund_standing(stack.payments, stack.fund.state_payer), days_to_nearest_term(stack.payments)
    pots = [({"payer": each.payer, "article": each.article, "source": each.source}, each) for each in standing.queues]
    accounts = [({"payer": each.payer, "source": each.source}, each.cash_cents) for each in standing.cash]
    articles = [({"article": each.article}, each.left_cents) for each in standing.articles]
    return {
        "psdf_queue_length": ("gauge", "Waiting invoices of a pot", [(pot, queue.length) for pot, queue in pots]),
        "psdf_queue_age_days": (
            "gauge",
            "Days since the head of a queue was accepted",
            [(pot, queue.age_days) for pot, queue in pots],
        ),
        "psdf_article_left_cents": ("gauge", "What is left of an article, L - K", articles),
        "psdf_cash_cents": ("gauge", "Usable cash of an account", accounts),
        "psdf_days_to_nearest_term": (
            "gauge",
            "Days to the earliest due date with something not ordered",
            [] if nearest is None else [({}, nearest)],
        ),
        "psdf_notices_under_way": (
            "gauge",
            "Notices that the ministry has not received",
            [({}, len(standing.notices))],
        ),
    }


def _of_process(health: Health) -> dict[str, Metric]:
    """How the running process is."""
    decided = [({"service": service, "type": type_}, n) for (service, type_), n in sorted(health.decided.items())]
    return {
        "psdf_ready": ("gauge", "1 while work is taken", [({}, int(health.fault is None))]),
        "psdf_parked_total": (
            "counter",
            "Messages laid aside since the process started",
            [({"topic": topic}, count) for topic, count in sorted(health.parked.items())],
        ),
        "psdf_decisions_total": ("counter", "Decided events since the process started", decided),
    }


def _histogram(name: str, about: str, seconds: Histogram) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} histogram"
    below = 0
    for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), seconds.counts, strict=True):
        below += count
        yield f'{name}_bucket{{le="{bound}"}} {below}'
    yield f"{name}_sum {seconds.sum_s:.6f}"
    yield f"{name}_count {below}"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
