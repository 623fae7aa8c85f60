"""The cross-file model: discovery, stacks, references, variables."""
