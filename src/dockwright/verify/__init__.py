"""Live checks of a stack that runs, each yielding Evidence."""
