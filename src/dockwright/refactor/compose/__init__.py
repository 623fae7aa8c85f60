"""The step `compose`: the user's compose files made into hardened environments, edited and never rewritten."""
