"""Why a project does not run here: a module a trouble, each telling causes rather than symptoms."""
