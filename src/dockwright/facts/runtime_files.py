"""What lies at the top of a repository and no program needs when it runs, by how it is called."""

from __future__ import annotations

import re

NEVER_FOLDERS = frozenset(
    {
        "test", "tests", "testing", "e2e", "spec", "specs", "doc", "docs", "documentation", "example", "examples",
        "sample", "samples", "benchmark", "benchmarks", "notebooks", "htmlcov", "coverage", "build", "dist", "site",
        "compose", "docker", "env", "envs", "cert", "certs", "ssl", "secrets", "deploy", "deployment", "deployments",
        "k8s", "kubernetes", "helm", "chart", "charts", "terraform", "ansible", "infra", "nginx", "traefik", "caddy",
        "ci", "log", "logs", "tmp", "temp", "backup", "backups", "requirements", "venv", "node_modules", "__pycache__",
        "script", "scripts", "tools", "hack", "bin", "wheels", "screenshots", "postgres", "pgdata", "mysql", "redis",
    }
)  # fmt: skip

_NEVER_FILES = re.compile(
    r"(?i)\..*|.*\.(?:md|mdx|rst|adoc|log|mk|dockerfile|iml|orig|bak|pem|key|crt|sqlite3?|db|lock|png|jpe?g|gif|svg|ipynb"
    r"|bat|cmd|ps1|code-workspace|sh|nix|tf|sublime-project)"
    r"|(?:licen[cs]e|copying|notice|authors|contributors|contributing|changelog|changes|history|readme|security|todo"
    r"|codeowners|maintainers|install|roadmap|news|manifest)(?:[.-].*)?"
    r"|(?:gnu)?makefile|justfile|taskfile\..*|procfile.*|dockerfile.*|.*\.dockerfile|containerfile.*|jenkinsfile"
    r"|vagrantfile|tiltfile|(?:docker-)?compose[.-].*|docker-bake\..*|.*requirements.*\.(?:txt|in)|constraints.*\.txt"
    r"|pipfile(?:\.lock)?|(?:poetry|pdm|uv|conda)[.-]lock.*|pyproject\.toml|setup\.(?:py|cfg)|environment\.ya?ml"
    r"|runtime\.txt|tox\.ini|noxfile\.py|pytest\.ini|conftest\.py|mypy\.ini|ruff\.toml|pylintrc|pyrightconfig\.json"
    r"|tasks\.py|fabfile\.py|codecov\.ya?ml|mkdocs\.ya?ml|renovate\.json5?|sonar-project\.properties|skaffold\.ya?ml"
    r"|fly\.toml|app\.json|heroku\.ya?ml|render\.ya?ml|railway\.(?:json|toml)|vercel\.json|netlify\.toml|nodemon\.json"
    r"|package(?:-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|tsconfig.*\.json|(?:webpack|vite|babel|jest|postcss|tailwind"
    r"|eslint|rollup)\.config\..*|env[.-](?:example|sample|template).*|cloudbuild\.ya?ml|azure-pipelines\.ya?ml"
    r"|bitbucket-pipelines\.ya?ml|buildspec\.ya?ml|appspec\.ya?ml|babel\.cfg|cliff\.toml|_config\.ya?ml|test_.*\.py"
)

TEST_FILES = frozenset(
    {"pytest.ini", "tox.ini", "setup.cfg", "conftest.py", ".coveragerc", "mypy.ini", "ruff.toml", "noxfile.py"}
)
"""What test runners and linters read at the top of a repository."""

TEST_FOLDERS = frozenset({"test", "tests", "testing", "e2e", "spec", "specs"})

IGNORED_ANYWHERE = (
    "**/__pycache__",
    "**/*.py[cod]",
    "**/.env",
    "**/.env.*",
    "**/*.pem",
    "**/*.key",
)
"""What no image should hold, in whatever folder it lies; the patterns of an ignore file."""


def needed(name: str, *, folder: bool) -> bool:
    """Whether an entry at the top of a repository may be needed when its program runs."""
    if folder:
        return not name.startswith(".") and name.lower() not in NEVER_FOLDERS
    return _NEVER_FILES.fullmatch(name) is None
