"""Settings, telemetry, the composition root and the command line."""
