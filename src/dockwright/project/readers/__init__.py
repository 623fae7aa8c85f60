"""One module a kind of file that runs commands or names paths: what it says of other files."""
