"""ShellCheck as an analyser of shell: one process for all scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import DecodeError, json

from dockwright.engine.programs import ask, program
from dockwright.tools import ShellRemark, ShellScript


def installed() -> ShellCheck | None:
    """The analyser, or None where ShellCheck is not installed."""
    path = program("shellcheck")
    return None if path is None else ShellCheck(path)


class ShellCheck:
    """Runs `shellcheck --format=json1` on copies of the scripts."""

    def __init__(self, path: str) -> None:
        self._path = path

    def analyse(self, scripts: Sequence[ShellScript]) -> Callable[[], list[ShellRemark]]:
        """Start to read the scripts; what ShellCheck says of them is had by a call, and is nothing where it fails."""
        if not scripts:
            return list
        texts = [_head(script) + script.text for script in scripts]
        files = {str(index): text.encode("utf-8", "replace") for index, text in enumerate(texts)}
        # What stands in somebody's own settings must not decide what is found in a project.
        answer = ask([self._path, "--norc", "--format=json1", *files], files)
        return lambda: _remarks(answer(), scripts, texts)


def _remarks(said: bytes, scripts: Sequence[ShellScript], texts: Sequence[str]) -> list[ShellRemark]:
    try:
        comments = json.decode(said)["comments"]
    except (DecodeError, KeyError, TypeError):
        return []
    remarks = []
    for comment in comments:
        index = int(comment["file"])
        text = texts[index]
        head = len(text) - len(scripts[index].text)
        start = _offset(text, comment["line"], comment["column"]) - head
        end = _offset(text, comment["endLine"], comment["endColumn"]) - head
        if start >= 0:
            remarks.append(
                ShellRemark(index, comment["code"], comment["level"], comment["message"], start, max(start, end))
            )
    return sorted(remarks, key=lambda remark: (remark.index, remark.start, remark.code))


def _head(script: ShellScript) -> str:
    """The lines above a script that say which shell reads it and which variables are set."""
    exported = " ".join(f"{name}=1" for name in sorted(script.variables))
    return f"# shellcheck shell={script.dialect}\n" + (f"export {exported}\n" if exported else "")


def _offset(text: str, line: int, column: int) -> int:
    """The offset of a line and column counted from 1; the end of the line for a column behind it."""
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if at == 0:
            return len(text)
    end = text.find("\n", at)
    return min(at + column - 1, len(text) if end < 0 else end)
