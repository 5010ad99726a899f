"""The third opinion: a slow reference of the engine contract, written from the contract's text alone."""
