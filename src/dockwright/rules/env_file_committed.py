"""DW402: an env file with secrets that git keeps."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.facts.credentials import is_issued, looks_random
from dockwright.facts.placeholders import is_placeholder
from dockwright.facts.secret_names import holds_credentials, names_a_secret
from dockwright.finding import Finding, Related
from dockwright.project.env_names import git_ignores, is_example
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._env_files import is_for_developers
from dockwright.syntax import dotenv
from dockwright.text import Site


class EnvFileCommitted(Rule):
    """Keep env files with secrets out of git

    ## What it finds

    An env file that no `.gitignore` of the project leaves out, and that holds a secret: a value that looks as if a
    machine had made it, or a key that a service has given out. Placeholders are left alone, and so are passwords in
    files for development and tests, as long as they open nothing outside. Where the project has no `.gitignore` at all
    it is a warning: one may lie above the folder.

    ## Why it matters

    What is committed once stays in the history, in every clone and every fork. Whoever reads the repository has the
    keys to production.

    ## How to mend it

    Leave the file out in `.gitignore`, take it out of git with `git rm --cached`, commit an example without values,
    and change every secret that was in it: the history still has them.

    ## Fix safety

    There is no fix: a line in `.gitignore` alone would hide the finding and not the secret.

    ## Source

    OWASP, «Secrets Management Cheat Sheet»; git's manual of `gitignore`: tracked files are not affected.
    """

    code, name, severity = "DW402", "env-file-committed", "error"
    traps = (28,)
    invalid = (
        Example({".env.prod": "DEBUG=false\n⟦SECRET_KEY⟧=w8Jq3ZtX0vPa7LmN2bRk\n", ".gitignore": ".venv/\n"}),
        Example({"env/.env.dev": "⟦STRIPE_KEY⟧=sk_live_00000000000000000000000\n", ".gitignore": ".env\n"}),
        Example({".env.prod": "⟦SECRET_KEY⟧=w8Jq3ZtX0vPa7LmN2bRk\n"}),
    )
    valid = (
        Example({".env": "SECRET_KEY=w8Jq3ZtX0vPa7LmN2bRk\n", ".gitignore": ".env*\n!.env.example\n"}),
        Example({".env.prod.example": "SECRET_KEY=w8Jq3ZtX0vPa7LmN2bRk\n", ".gitignore": ".venv/\n"}),
        Example({".env.dev": "POSTGRES_PASSWORD=w8Jq3ZtX0vPa7LmN2bRk\n", ".gitignore": ".venv/\n"}),
        Example({".env": "SECRET_KEY=changeme-to-something-long-1\nDEBUG=true\n", ".gitignore": ".venv/\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for path, file in project.env_files.items():
            if is_example(path) or git_ignores(project)(path):
                continue
            lenient = is_for_developers(path)
            secrets = [entry for entry in file.entries if _is_secret(entry, lenient)]
            if secrets:
                # A folder without any may lie in a repository whose `.gitignore` is above it.
                ignores = any(basename(source.path) == ".gitignore" for source in project.of_kind("ignore"))
                yield self.found(
                    Site(path, secrets[0].key_span),
                    f"{path} holds {_named(secrets)}, and no .gitignore {'leaves it out' if ignores else 'is here'}",
                    advice=f"add it to .gitignore, run `git rm --cached {path}`, and change what it holds",
                    related=[Related(Site(path, entry.key_span), "a secret, too") for entry in secrets[1:]],
                    severity=None if ignores else "warning",
                )


def _is_secret(entry: dotenv.Entry, lenient: bool) -> bool:
    value = entry.value.text
    if is_issued(value):
        return True
    if lenient or is_placeholder(value):
        return False
    if holds_credentials(value):
        password = value.partition("://")[2].partition("@")[0].partition(":")[2]
        return looks_random(password)
    return names_a_secret(entry.key) and looks_random(value)


def _named(secrets: list[dotenv.Entry]) -> str:
    names = [entry.key for entry in secrets]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
