"""One lossless parser a format: `parse(Source)` gives a tree whose nodes have spans."""
