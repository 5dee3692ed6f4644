"""The wire: how events are read and written as CloudEvents, and exported for others."""
