"""What ShellCheck and Betterleaks said of the rules' examples: the rules are tested without either of them.

`tests/engine/test_tools.py` holds it against the programs themselves, where they are installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dockwright.tools import SeenSecret, ShellRemark, ShellScript, Tools

SHELLCHECK: dict[tuple[str, str], list[tuple[int, str, str, int, int]]] = {
    ("dash", 'set -e;     export TOKEN="$(cat /run/secrets/token)";     make install'): [
        (2155, "warning", "Declare and assign separately to avoid masking return values.", 19, 24)
    ],
    ("busybox", 'name=$(cat name) && mkdir -p /srv/$name && ls "/srv/$name"'): [
        (2086, "info", "Double quote to prevent globbing and word splitting.", 34, 39)
    ],
    ("busybox", "arch=$(uname -m) && mkdir -p /srv/$arch"): [
        (2086, "info", "Double quote to prevent globbing and word splitting.", 34, 39)
    ],
    ("dash", "make && cd build"): [
        (2164, "warning", "Use 'cd ... || exit' or 'cd ... || return' in case cd fails.", 8, 16)
    ],
    ("dash", "[[ -e /etc/os-release ]] && make"): [(3010, "error", "In dash, [[ ]] is not supported.", 0, 24)],
    ("dash", "cd build\nmake\n"): [
        (2164, "warning", "Use 'cd ... || exit' or 'cd ... || return' in case cd fails.", 0, 8)
    ],
    ("busybox", 'packages=$(cat list) && apk add $packages "lib-$packages"'): [
        (2086, "info", "Double quote to prevent globbing and word splitting.", 32, 41)
    ],
    ("bash", "[[ -e /etc/os-release ]] && . /etc/os-release && make"): [
        (1091, "info", "Not following: /etc/os-release was not specified as input (see shellcheck -x).", 30, 45)
    ],
    ("dash", "pip install shop[all]==1.0"): [
        (2102, "info", "Ranges can only match single chars (mentioned due to duplicates).", 16, 21)
    ],
}

BETTERLEAKS: dict[str, list[tuple[str, int, int]]] = {
    "name: shop\nservices:\n  app:\n    image: shop:1\n    environment:\n"
    "      FERNET_KEY: w8Jq3ZtX0vPa7LmN2bRkQ5yHs9Tc4UeG1oWdKfVxZrA=\n": [("generic-api-key", 76, 125)],
    "push:\n\t@GITLAB_TOKEN=glpat-Ab3dEf6hIj9lMn2pQr5t ./push.sh\n": [("gitlab-pat", 21, 47)],
    "# é\nenv:\n  DEPLOY_TOKEN: ghp_w8Jq3ZtX0vPa7LmN2bRkQ5yHs9Tc4UeG1oWd\n": [("github-pat", 25, 65)],
    "services:\n  app:\n    environment:\n      API_KEY: w8Jq3ZtX0vPa7LmN2bRkQ5yHs9Tc\n": [("generic-api-key", 40, 77)],
    "FROM python:3.13-slim\nENV GITLAB_TOKEN=glpat-Ab3dEf6hIj9lMn2pQr5t\nUSER 1000\n": [("gitlab-pat", 39, 65)],
}


class RecordedShellCheck:
    """Says what ShellCheck said; KeyError for a script that it was never asked about."""

    def analyse(self, scripts: Sequence[ShellScript]) -> Callable[[], list[ShellRemark]]:
        return lambda: [
            ShellRemark(index, *remark)
            for index, script in enumerate(scripts)
            for remark in SHELLCHECK[script.dialect, script.text]
        ]


class RecordedBetterleaks:
    """Says what Betterleaks said; KeyError for a file that it was never asked about."""

    def detect(self, texts: Mapping[str, str]) -> Callable[[], list[SeenSecret]]:
        return lambda: [SeenSecret(path, *seen) for path, text in texts.items() for seen in BETTERLEAKS[text]]


TOOLS = Tools(RecordedShellCheck, RecordedBetterleaks)
