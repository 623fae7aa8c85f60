"""What must be equal before and after a plan, and what differs."""
