"""Promotions for restaurant and retail chains: build, preview, publish, apply at the till, measure.

Nothing is imported here, so that `portal.engine` loads without Flask and without a database.
"""
