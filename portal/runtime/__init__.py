"""Running the portal on one machine: a Redis of its own, and a supervisor for all its processes."""
