"""Tables of facts: data that rules and steps look up."""
