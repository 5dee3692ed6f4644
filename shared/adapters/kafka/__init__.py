"""Kafka: the bus of the cluster, and what reads and writes its topics."""
