"""A Dockerfile's tree holds every character, and every node says truly where it stands, for any text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import dockerfile as official
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from dockwright.syntax.dockerfile import (
    Add,
    Arg,
    Cmd,
    Command,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Heredoc,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    Unknown,
    User,
    Volume,
    Word,
    Workdir,
    parse,
    variables,
)
from dockwright.syntax.dockerfile.words import json_strings
from dockwright.text import Mapped, Source, Span

BLANKS = " \t\v\f\r\u00a0"
WORDS = [
    *("python:3.13", "a", "/app", "'q d'", '"d q"', "${V:-x}", "$V", "a=b", 'k="v w"', "k=", "b\\ c", "é\udcff", "\\"),
    *("<<EOF", "<<-'E'", "3<<EOF", '["a", "b c"]', '["\\u0041\\n"]', "[1]", "[", "AS", "CMD", "NONE", "&&", "#"),
    *("--from=x", "--link", '--mount=type=cache,"target=/x y"', "--", "{", "}", "'", '"', "`"),
]
KEYWORDS = [
    *("FROM", "RUN", "run", "COPY", "ADD", "ENV", "LABEL", "ARG", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "USER"),
    *("ONBUILD", "ONBUILD RUN", "ONBUILD COPY", "WORKDIR", "EXPOSE", "VOLUME", "STOPSIGNAL", "MAINTAINER", "NONSENSE"),
]
NEWLINES = ["\n", "\r\n"]

blank = st.text(BLANKS, min_size=1, max_size=2)
newline = st.sampled_from(NEWLINES)
gap = st.one_of(blank, blank, st.sampled_from([" \\\n", "\\\r\n  ", " \\ \t\n", "\\\n# c\n", "\\\n\n \n", " `\n"]))
arguments = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), max_size=5).flatmap(
    lambda words: st.lists(gap, min_size=len(words), max_size=len(words)).map(
        lambda gaps: "".join(g + w for g, w in zip(gaps, words, strict=True))
    )
)
line = st.one_of(
    st.builds(str.__add__, st.sampled_from(KEYWORDS), arguments),
    st.sampled_from(
        [
            "",
            "  ",
            "# comment \\",
            "\t# indented",
            "# syntax=docker/dockerfile:1",
            "#escape=`",
            "# escape = \\",
            "# check=skip=all",
        ]
    ),
    st.sampled_from(["EOF", "\tE", "E", "\tbody $V"]),
)
document = st.builds(
    "{0}{1} {2}EOF{3} {4}{5}{6}\tEOF{5}EOF".format,
    st.sampled_from(["RUN", "RUN --network=none", "COPY", "ADD", "ONBUILD RUN", "CMD"]),
    arguments,
    st.sampled_from(["<<", "<<-", "<< ", "3<<'", '<<"', "<<\\"]),
    st.sampled_from(["", "", "'", '"', ";", ">x", " <<E"]),
    st.sampled_from(["", "/target", "&& true", "| cat \\\n"]),
    newline,
    st.sampled_from(["", "\t\tbody\r\n", "# body\n\n", "#!/bin/sh\n", "E\n"]),
)
fragments = st.builds(
    lambda bom, lines, last: bom + "".join(a + b for a, b in lines) + last,
    st.sampled_from(["", "\ufeff"]),
    st.lists(st.tuples(st.one_of(line, line, document), newline), max_size=8),
    line,
)
anything = st.text(st.characters(exclude_categories=()), max_size=60).map(
    lambda text: text.encode("utf-8", "replace").decode() if any("\ud800" <= c < "\udc80" for c in text) else text
)
dockerfiles = st.one_of(fragments, anything)


def tree(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def nodes(of: Instruction) -> Iterator[Word | Mapped]:
    """Every word and mapped text below an instruction."""
    yield of.logical
    yield of.arguments
    for flag in of.flags:
        if flag.mapped is not None:
            yield flag.mapped
    for heredoc in of.heredocs:
        yield heredoc.body
        yield heredoc.written
    match of:
        case From():
            yield from of.words
            yield of.image
        case Run() | Cmd() | Entrypoint() | Shell():
            yield from of.command.words or [of.command.shell or Mapped("", ())]
        case Copy() | Add():
            yield from of.sources
            yield of.destination
        case Env() | Label() | Arg():
            for pair in of.pairs:
                yield pair.key
                if pair.value is not None:
                    yield pair.value
        case Healthcheck():
            yield of.kind
            if of.command is not None:
                yield from of.command.words or [of.command.shell or Mapped("", ())]
        case Onbuild():
            yield from nodes(of.inner)
        case User() | Workdir() | Stopsignal() | Maintainer():
            yield of.value
        case Expose() | Volume():
            yield from of.values


def spans(of: Instruction) -> Iterator[Span]:
    yield of.keyword_span
    yield of.span
    for flag in of.flags:
        yield flag.span
        if flag.value_span is not None:
            yield flag.value_span
        for part in flag.parts:
            yield part.span
    for heredoc in of.heredocs:
        yield heredoc.marker
        yield heredoc.span
    for node in nodes(of):
        yield node.span if isinstance(node, Word) else node.span()
        yield from (use.span for use in variables(node))


def assert_mapped(mapped: Mapped, text: str) -> None:
    for run in mapped.runs:
        stretch = mapped.text[run.start : run.start + run.length]
        assert stretch == text[run.source : run.source + run.length]


@given(dockerfiles)
@example("\ufeff")
@example("RUN a \\")
@example("\\")
@example("RUN <<")
def test_pieces_tile_the_file(text: str) -> None:
    file = tree(text)
    assert "".join(file.source.slice(piece.span) for piece in file.pieces) == text
    assert [piece.span.end for piece in file.pieces[:-1]] == [piece.span.start for piece in file.pieces[1:]]
    assert [each.line_span for each in file.instructions] == [p.span for p in file.pieces if p.kind == "instruction"]


@given(dockerfiles)
@example("CMD []\n")
@example('COPY ["\\n"]')
def test_every_node_stands_where_it_says(text: str) -> None:
    file = tree(text)
    for each in file.instructions:
        assert each.line_span.covers(each.span)
        for span in spans(each):
            assert each.line_span.covers(span)
            assert span.start <= span.end
        for node in nodes(each):
            if isinstance(node, Word):
                assert_mapped(node.lexeme, text)
                assert_mapped(node.mapped, text)
                assert len(node.mapped.runs) > 1 or text[slice(*node.span)] == node.text
            else:
                assert_mapped(node, text)


@given(dockerfiles)
def test_variables_are_found_where_they_stand(text: str) -> None:
    for each in tree(text).instructions:
        for use in variables(each.arguments):
            assert text[use.span.start] == "$"
            assert use.name in each.arguments.text


@given(dockerfiles)
def test_instructions_are_what_their_keyword_says(text: str) -> None:
    for each in tree(text).instructions:
        expected = "UNKNOWN" if isinstance(each, Unknown) else each.keyword
        assert type(each).__name__.upper() == expected
        assert text[each.span.start] not in " \t\r\n\\" or isinstance(each, Unknown)


@given(dockerfiles)
@example("ENV a=${b")
@example("FROM ''")
def test_problems_lie_inside_the_file(text: str) -> None:
    file = tree(text)
    for problem in file.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        assert problem.message


@given(st.text("\t \\\n'\"${}<E#RUN", max_size=40))
def test_any_bytes_survive_a_parse(text: str) -> None:
    data = text.encode() + bytes(range(128, 256))
    assert parse(Source.read("Dockerfile", data)).source.data == data


class Row(NamedTuple):
    """An instruction as the official parser's binding tells of it."""

    keyword: str
    inner: str | None
    json: bool
    lines: tuple[int, int]
    flags: tuple[str, ...]
    value: tuple[str, ...]
    heredocs: tuple[tuple[str, str], ...]


def official_rows(text: str) -> list[Row]:
    return [
        Row(
            (each.cmd or "").upper(),
            each.sub_cmd and each.sub_cmd.upper(),
            each.json,
            (each.start_line, each.end_line),
            each.flags,
            each.value,
            tuple((heredoc.name, heredoc.content) for heredoc in each.heredocs),
        )
        for each in official.parse_string(text)
    ]


def row(each: Instruction, source: Source) -> Row:
    inner = each.inner if isinstance(each, Onbuild) and each.arguments.text else None
    start, end = each.line_span
    # The binding passes over the heredocs of an ONBUILD.
    heredocs = tuple((doc.delimiter, raw_body(doc)) for doc in each.heredocs if inner is None)
    lines = (source.position(start).line, source.position(max(end - 1, start)).line)
    value, is_json = official_value(inner or each)
    flags = tuple(f"--{flag.name}" if flag.value is None else f"--{flag.name}={flag.value}" for flag in each.flags)
    return Row(each.keyword, inner.keyword if inner else None, is_json, lines, flags, value, heredocs)


def raw_body(doc: Heredoc) -> str:
    return doc.written.text[1 : len(doc.written.text) - len(doc.delimiter)]


def official_value(of: Instruction) -> tuple[tuple[str, ...], bool]:
    """The words that the official parser gives, and whether they were JSON."""
    rest = of.arguments.text
    match of:
        case Run() | Cmd() | Entrypoint() | Shell():
            return words_of(of.command, rest)
        case Healthcheck():
            after = rest[len(of.kind.text) :].lstrip()
            if of.command is None and json_strings(after) is None:
                return tuple(filter(None, (of.kind.text, after))), False
            value, is_json = words_of(of.command, after) if of.command else (tuple(json.loads(after)), True)
            return (of.kind.text, *value), is_json
        case Copy() | Add() | Volume():
            words = of.values if isinstance(of, Volume) else of.words
            return tuple(word.lexeme.text for word in words), json_strings(rest) is not None
        case From():
            return tuple(word.text for word in of.words), False
        case Expose():
            return tuple(word.text for word in of.values), False
        case Arg():
            return tuple(p.key.text + ("" if p.value is None else "=" + p.value.text) for p in of.pairs), False
        case Env() | Label():
            return tuple(w.text for p in of.pairs for w in (p.key, p.value) if w is not None), False
        case User() | Workdir() | Stopsignal() | Maintainer():
            return ((of.value.text,) if of.value.text else ()), False
        case Onbuild():
            return (), False
        case _:
            return ("",), False


def words_of(command: Command, rest: str) -> tuple[tuple[str, ...], bool]:
    if command.words is not None:
        return tuple(word.value for word in command.words), True
    return ((rest,) if rest else ()), False


def differs_on_purpose(of: Instruction) -> bool:
    """Whether an instruction is one that the two may read differently."""
    if isinstance(of, Onbuild) and differs_on_purpose(of.inner):
        return True
    if (of.flags or isinstance(of, Healthcheck)) and not of.logical.text.isascii():
        return True  # the official parser reads flags byte by byte, and takes a part of some letters for a blank
    if of.escape == "`" and of.flags and "\\" in of.logical.text:
        return True  # a backslash escaped in flags whatever the directive said, up to BuildKit 0.20
    if of.heredocs and re.search(r"<<-?\s", of.logical.text):
        return True  # blanks between `<<` and the delimiter are allowed since BuildKit 0.23
    rest = of.arguments.text
    if isinstance(of, Healthcheck):
        rest = rest[len(of.kind.text) :].lstrip()
    try:
        # BuildKit up to 0.14, which the binding is made of, allowed anything after an array. 0.15 sees no array then.
        return json.JSONDecoder().raw_decode(rest)[1] < len(rest)
    except ValueError:
        return False


@given(dockerfiles)
def test_trees_agree_with_the_official_parser(text: str) -> None:
    # The binding takes neither NUL nor bytes that are no UTF-8.
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    file = tree(text)
    # The binding does not know the directive `check`, and so ends the directives there.
    assume(file.directive("check") is None and not any(differs_on_purpose(each) for each in file.instructions))
    try:
        rows = official_rows(text)
    except official.GoParseError:
        event("refused")
        assert file.problems
        return
    event("accepted")
    assert [row(each, file.source) for each in file.instructions] == rows
