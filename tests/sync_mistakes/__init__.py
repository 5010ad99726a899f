"""Known mistakes of others in systems like this one, put into copies of the tree one at a time."""
