"""What those who run the fund see: traces, metrics, logs. Nothing here changes a decision."""
