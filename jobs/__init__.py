"""Background jobs: adapters of two to five lines that open a transaction and call a service."""
