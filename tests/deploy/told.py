"""What only processes of the cluster tell: the metrics of what reads topics, with their labels."""

OF_THE_CLUSTER: dict[str, set[str]] = {
    "psdf_consumer_lag": {"service", "topic"},
    "psdf_relay_waiting": {"service"},
    **{
        f"psdf_{what}_total": {"service"}
        for what in ("batches", "consumed", "deleted", "rebalances", "skipped", "told")
    },
}
"""``test_A2_deployment_starts`` sees that each service tells them."""
