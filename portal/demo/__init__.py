"""The demo company: a grocer on real till data, and a restaurant chain of our own making."""
