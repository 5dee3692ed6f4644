"""The engine: takes messages, lets the domain decide, and makes the decisions durable before anything is told."""
