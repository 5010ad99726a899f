"""Use cases: session first, plain values after; the caller commits."""
