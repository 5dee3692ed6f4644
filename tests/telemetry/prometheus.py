"""The text that Prometheus reads, read."""

from prometheus_client.parser import text_string_to_metric_families

HISTOGRAM_PARTS = ("_bucket", "_count", "_sum")


def samples(text: str) -> dict[str, float]:
    """Values by name and labels, ``name{a=1,b=2}``; no sample may stand twice."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={given}" for name, given in sorted(sample.labels.items()))
            key = f"{sample.name}{{{labels}}}"
            assert key not in found, f"{key} stands twice"
            found[key] = sample.value
    return found


def labels(text: str) -> dict[str, set[str]]:
    """The labels of each metric; those of a histogram together."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name
            if family.type == "histogram":
                name = next((name.removesuffix(part) for part in HISTOGRAM_PARTS if name.endswith(part)), name)
            found.setdefault(name, set()).update(sample.labels)
    return found
