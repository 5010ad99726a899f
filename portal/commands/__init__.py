"""The commands of `portal` that belong to no other package."""
