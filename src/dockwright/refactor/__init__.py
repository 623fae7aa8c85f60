"""The steps that reshape a project to the target layout."""
