"""The hard corners of the Dockerfile grammar, one by one."""

from __future__ import annotations

from typing import TypeVar

import pytest

from dockwright.syntax.dockerfile import (
    Arg,
    Cmd,
    Command,
    Copy,
    Dockerfile,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Unknown,
    User,
    Volume,
    Workdir,
    parse,
    variables,
)
from dockwright.text import Source


def tree(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


T = TypeVar("T", bound=Instruction)


def one(kind: type[T], text: str) -> T:
    """The one instruction of a text, which is of that class."""
    [found] = tree(text).instructions
    assert isinstance(found, kind)
    return found


def shell(command: Command | None) -> str:
    assert command is not None
    assert command.shell is not None
    return command.shell.text


def words(command: Command | None) -> list[str]:
    assert command is not None
    assert command.words is not None
    return [word.value for word in command.words]


def pairs(of: Env | Label | Arg) -> list[tuple[str, str | None]]:
    return [(pair.key.value, pair.value.value if pair.value else None) for pair in of.pairs]


# Directives


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# syntax=docker/dockerfile:1\n# escape=`\n", {"syntax": "docker/dockerfile:1", "escape": "`"}),
        ("#Check = skip=all ; error=true \r\n", {"check": "skip=all ; error=true"}),
        ("\ufeff# syntax=a\n", {"syntax": "a"}),
        ("# a comment\n# syntax=a\n", {}),
        ("\n# syntax=a\n", {}),
        ("FROM a\n# syntax=a\n", {}),
        ("# unknown=1\n# escape=`\n", {}),
        ("#!/usr/bin/env docker\n# syntax=a\n# escape=`\n", {"syntax": "a"}),
        ("  # escape=`\n", {"escape": "`"}),
        ("  # syntax=a\n", {}),
        ("# syntax=\n", {}),
    ],
    ids=repr,
)
def test_directives_count_at_the_very_top_only(text: str, found: dict[str, str]) -> None:
    file = tree(text)
    assert {each.name: each.value for each in file.directives} == found
    assert all(file.source.slice(each.value_span) == each.value for each in file.directives)
    assert file.escape == found.get("escape", "\\")


def test_a_backtick_escapes_and_continues() -> None:
    file = tree("# escape=`\nRUN dir c:\\ `\n  && x\nENV A=b` c D=e\\\n")
    run, env = file.instructions
    assert run.arguments.text == "dir c:\\   && x"
    assert isinstance(env, Env)
    assert pairs(env) == [("A", "b c"), ("D", "e\\")]


# Lines


@pytest.mark.parametrize(
    ("text", "logical"),
    [
        ("RUN a \\\n  b", "RUN a   b"),
        ("RUN a\\\r\nb\r\n", "RUN ab"),
        ("RUN a \\ \t\n b", "RUN a  b"),
        ("RUN a \\\n# c\n\n  # d \\\n b", "RUN a  b"),
        ("RUN a \\\\\n", "RUN a \\\\"),
        ("RUN a \\\n", "RUN a"),
        ("RUN a \\", "RUN a"),
        ("RUN a \\\n# c", "RUN a"),
        ("R\\\nUN a", "RUN a"),
        ("\\\nRUN a", "RUN a"),
        ("\tRUN\ta\t", "RUN\ta"),
        ("RUN a # no comment", "RUN a # no comment"),
        ("\ufeffRUN a", "RUN a"),
    ],
    ids=repr,
)
def test_an_instruction_is_one_logical_line(text: str, logical: str) -> None:
    run = one(Run, text)
    assert run.logical.text == logical
    assert run.line_span == (0, len(text))


def test_an_empty_continuation_is_an_instruction_without_a_word() -> None:
    file = tree("\\\n")
    assert isinstance(file.instructions[0], Unknown)
    assert file.problems[0].span == file.instructions[0].span == (0, 0)


def test_a_span_ends_at_the_last_character_that_counts() -> None:
    text = "RUN b \\\n# comment\n\n c  \\\n# comment\n"
    run = one(Run, text)
    assert text[slice(*run.span)] == "RUN b \\\n# comment\n\n c"


def test_comments_directly_above_belong_to_an_instruction() -> None:
    text = "# syntax=a\n# far\n\n# near\n  # nearer\nFROM a\nRUN b\n"
    file = tree(text)
    above = file.comments_above(file.instructions[0])
    assert above is not None
    assert file.source.slice(above) == "# near\n  # nearer\n"
    assert file.comments_above(file.instructions[1]) is None


def test_a_directive_is_no_comment_above() -> None:
    file = tree("# syntax=a\nFROM a\n")
    assert file.comments_above(file.instructions[0]) is None


# Stages


def test_stages_hold_what_follows_their_from() -> None:
    file = tree("ARG A=1\nARG B\nfrom a as Base\nUSER x\nUSER y\nFROM b\nFROM --platform=$P scratch AS c\nRUN d\n")
    assert [stage.name for stage in file.stages] == ["base", None, "c"]
    assert [len(stage.instructions) for stage in file.stages] == [2, 0, 1]
    assert [pair.key.text for arg in file.global_args for pair in arg.pairs] == ["A", "B"]
    user = file.stages[0].last(User)
    assert user is not None
    assert user.value.value == "y"
    assert file.stages[0].of(User, Run) == file.stages[0].instructions
    platform = file.stages[2].from_.platform
    assert platform is not None
    assert platform.value == "$P"
    assert (
        "".join(file.source.slice(stage.span) for stage in file.stages) == file.source.text[len("ARG A=1\nARG B\n") :]
    )


def test_a_from_without_arguments_has_an_empty_image() -> None:
    found = one(From, "FROM \n")
    assert (found.image.text, found.image.span, found.alias) == ("", (4, 4), None)


# Flags


def test_an_empty_part_of_a_flag_ends_where_the_part_does() -> None:
    (part, _) = tree('FROM a\nRUN --mount=type=","\n').instructions[1].flags[0].parts
    assert (part.key, part.value) == ("type", "")
    assert part.value_span == (part.span.end, part.span.end)


def test_flags_lose_quotes_and_keep_their_place() -> None:
    text = 'RUN --mount=type=cache,"target=/a b",RO \\\n  --network=none -- --x\n'
    run = one(Run, text)
    mount, network = run.flags
    assert (mount.name, mount.value) == ("mount", "type=cache,target=/a b,RO")
    assert text[slice(*mount.span)] == '--mount=type=cache,"target=/a b",RO'
    assert mount.value_span is not None
    assert text[slice(*mount.value_span)] == 'type=cache,"target=/a b",RO'
    assert [(part.key, part.value) for part in mount.parts] == [("type", "cache"), ("target", "/a b"), ("ro", None)]
    assert [text[slice(*part.span)] for part in mount.parts] == ["type=cache", "target=/a b", "RO"]
    target = mount.part("target", "dst")
    assert target is not None
    assert target.value_span is not None
    assert text[slice(*target.value_span)] == "/a b"
    assert network.value == "none"
    assert run.arguments.text == "--x"


def test_a_switch_has_no_value() -> None:
    copy = one(Copy, "COPY --link --from=b --chown=1:1 a c")
    assert [(flag.name, flag.value) for flag in copy.flags] == [("link", None), ("from", "b"), ("chown", "1:1")]
    assert copy.from_ is copy.flag("from")
    assert copy.flag("chmod") is None


# Commands


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CMD ["a", "b c"]', ["a", "b c"]),
        ("CMD [ ]", []),
        ('CMD ["\\u0041\\n\\"\\/", "\\ud83d\\ude00", "\\ud800"]', ['A\n"/', "😀", "\ufffd"]),
        ('CMD ["a", \\\n # why\n "b"]', ["a", "b"]),
        ('CMD ["$A", "\'b\'"]', ["$A", "'b'"]),
    ],
    ids=repr,
)
def test_exec_form_is_json(text: str, expected: list[str]) -> None:
    assert words(one(Cmd, text).command) == expected


@pytest.mark.parametrize(
    "rest",
    ["a b", "['a']", '["a]', '["a",]', '["a"] && b', '[ -f x ] && ["y"]', '["\t"]', '{"a": 1}', "[NaN]", '["\\x"]'],
)
def test_what_is_no_json_array_is_shell_form(rest: str) -> None:
    file = tree(f"FROM a\nCMD {rest}\n")
    command = file.instructions[1]
    assert isinstance(command, Cmd)
    assert shell(command.command) == rest
    assert file.problems == ()


def test_shell_form_keeps_its_quotes_and_its_places() -> None:
    text = "RUN echo \"a  b\" \\\n # c\n && 'd'\n"
    command = one(Run, text).command
    assert shell(command) == "echo \"a  b\"  && 'd'"
    assert command.shell is not None
    assert text[command.shell.offset(shell(command).index("&"))] == "&"


def test_shell_takes_exec_form_only() -> None:
    assert words(one(Shell, 'SHELL ["/bin/bash", "-c"]').command) == ["/bin/bash", "-c"]
    assert tree("FROM a\nSHELL bash\n").problems[0].span == (7, 17)


@pytest.mark.parametrize(
    ("text", "none", "command"),
    [
        ("HEALTHCHECK NONE", True, None),
        ("healthcheck none", True, None),
        ('HEALTHCHECK --interval=5s CMD ["a", "b"]', False, ["a", "b"]),
        ("HEALTHCHECK \\\n  --retries=3 \\\n  cmd\ta b", False, "a b"),
    ],
)
def test_health_checks(text: str, none: bool, command: str | list[str] | None) -> None:
    check = one(Healthcheck, text)
    assert check.none is none
    assert command == (check.command and (words(check.command) if check.command.words else shell(check.command)))


# Heredocs


def test_a_heredoc_alone_is_the_command() -> None:
    run = one(Run, "RUN <<EOF\na\n  b \\\nEOF\n")
    assert shell(run.command) == "a\n  b \\\n"
    assert run.command.heredoc is run.heredocs[0]


def test_a_heredoc_with_a_command_is_read_by_the_shell() -> None:
    run = one(Run, "RUN cat <<-EOF > x\n\ta\n\tEOF\n")
    assert shell(run.command) == "cat <<-EOF > x\n\ta\nEOF"
    assert run.heredocs[0].body.text == "a\n"
    assert run.command.heredoc is None


@pytest.mark.parametrize(
    ("marker", "delimiter", "expand"),
    [("<<E", "E", True), ("<<'E'", "E", False), ('<<"E F"', "E F", False), ("<<E''", "E", False), ("<<\\E", "E", True),
     ("3<<E", "E", True), ("<< E", "E", True), ("<<$E", "$E", True), ("<<E;", "E;", True)],
)  # fmt: skip
def test_heredoc_delimiters(marker: str, delimiter: str, expand: bool) -> None:
    text = f"RUN cat {marker}\n$x\n{delimiter}\n"
    [doc] = one(Run, text).heredocs
    assert (doc.delimiter, doc.expand, doc.body.text) == (delimiter, expand, "$x\n")
    assert text[slice(*doc.marker)] == marker
    assert text[slice(*doc.span)] == f"$x\n{delimiter}"


def test_several_heredocs_follow_each_other() -> None:
    text = "COPY --chmod=600 <<a <<-'b' c /d/\r\n1\r\na\r\n\t2\r\n\tb\r\nUSER x"
    copy, user = tree(text).instructions
    assert isinstance(copy, Copy)
    assert [(doc.delimiter, doc.body.text, doc.expand) for doc in copy.heredocs] == [
        ("a", "1\r\n", True),
        ("b", "2\r\n", False),
    ]
    assert [word.value for word in copy.sources] == ["c"]
    assert copy.destination.value == "/d/"
    assert isinstance(user, User)


@pytest.mark.parametrize(
    "line",
    [
        'RUN ["<<E"]',
        "CMD a <<E",
        "RUN echo '<<E'",
        "RUN it's <<E",
        "RUN a <<E ${x:=1}",
        'RUN <<""',
        "RUN a <<<E",
        "ENV A=<<E",
    ],
)
def test_what_is_no_heredoc(line: str) -> None:
    assert [each.heredocs for each in tree(f"{line}\nE\n").instructions] == [(), ()]


def test_an_onbuild_shares_its_heredoc_with_the_instruction_inside() -> None:
    onbuild = one(Onbuild, "ONBUILD RUN <<E\na\nE\n")
    assert isinstance(onbuild.inner, Run)
    assert onbuild.inner.heredocs == onbuild.heredocs
    assert shell(onbuild.inner.command) == "a\n"


def test_a_heredoc_without_end_takes_the_rest() -> None:
    file = tree("FROM a\nRUN <<E\nb\n")
    assert [file.source.slice(problem.span) for problem in file.problems] == ["<<E"]
    assert file.instructions[-1].span.end == len(file.source.text)


# Pairs and lists


@pytest.mark.parametrize(
    ("text", "expected", "legacy"),
    [
        ('ENV a=b c=\'d e\' f="g\\"h" i=j\\ k', [("a", "b"), ("c", "d e"), ("f", 'g"h'), ("i", "j k")], False),
        ("ENV a b  c=d ", [("a", "b  c=d")], True),
        ('ENV a "b  c"', [("a", "b  c")], True),
        ("ENV a= b=$c", [("a", ""), ("b", "$c")], False),
        ('LABEL "a b"="c=d" \\\n # x\n e=${f:-"g h"}', [("a b", "c=d"), ("e", '${f:-"g h"}')], False),
        ("LABEL a", [("a", None)], True),
        ("ENV a=b c", [("a", "b"), ("c", None)], False),
        ("ENV a='b", [("a", "'b")], False),
    ],
    ids=repr,
)
def test_pairs(text: str, expected: list[tuple[str, str | None]], legacy: bool) -> None:
    [of] = tree(text).instructions
    assert isinstance(of, (Env, Label))
    assert pairs(of) == expected
    assert {pair.legacy for pair in of.pairs} == {legacy}


def test_args_may_have_a_default_each() -> None:
    assert pairs(one(Arg, 'ARG a b= c="d e" f=${g}')) == [("a", None), ("b", ""), ("c", "d e"), ("f", "${g}")]


def test_copy_in_json_form_is_decoded_and_then_unquoted() -> None:
    copy = one(Copy, 'COPY --from=x ["a b", "c\\\\ d", "/e f/"]')
    assert [word.text for word in copy.sources] == ['"a b"', '"c\\\\ d"']
    assert [word.value for word in copy.sources] == ["a b", "c d"]
    assert copy.destination.value == "/e f/"


def test_plain_words_are_cut_at_blanks_before_quotes_count() -> None:
    assert [word.text for word in one(Copy, 'COPY "a b" c').sources] == ['"a', 'b"']


def test_volumes_and_ports() -> None:
    assert [word.value for word in one(Volume, 'VOLUME ["/a", "/b c"]').values] == ["/a", "/b c"]
    assert [word.value for word in one(Volume, "VOLUME /a\t/b").values] == ["/a", "/b"]
    assert [word.value for word in one(Expose, 'EXPOSE 80/tcp "$P"').values] == ["80/tcp", "$P"]


def test_one_value_reaches_to_the_end_of_the_line() -> None:
    assert one(Workdir, 'WORKDIR "/a b"/c ').value.value == "/a b/c"
    assert one(Maintainer, 'MAINTAINER "A" <a@b>').value.value == '"A" <a@b>'


def test_a_keyword_may_have_any_case_and_an_unknown_one_is_kept() -> None:
    assert one(Workdir, "wOrKdIr /a").keyword == "WORKDIR"
    unknown = one(Unknown, "Runn a b")
    assert (unknown.keyword, unknown.arguments.text) == ("RUNN", "a b")
    assert tree("FROM a\nRUNN b\n").problems[0].hint == "did you mean RUN?"


def test_a_nested_onbuild_is_read_only_as_deep_as_asked() -> None:
    onbuild = one(Onbuild, "ONBUILD " * 5000 + "RUN a")
    assert isinstance(onbuild.inner, Onbuild)


# Variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${B}", [("A", None, None), ("B", None, None)]),
        ("${A:-b}${A-}${A:+c}${A+}", [("A", ":-", "b"), ("A", "-", ""), ("A", ":+", "c"), ("A", "+", "")]),
        (
            "${A:?b c}${A##*/}${A%.x}${A//a/b}",
            [("A", ":?", "b c"), ("A", "##", "*/"), ("A", "%", ".x"), ("A", "//", "a/b")],
        ),
        ("${A:-${B:-'}'}}", [("A", ":-", "${B:-'}'}"), ("B", ":-", "'}'")]),
        ("\\$A '$B' \"$C '$D'\" \\\\$E", [("C", None, None), ("D", None, None), ("E", None, None)]),
        ("$1 $@ $$ $(x) $ ${}", []),
        ("${A[0]} ${#B} ${C:0:2}", [("A", "[", "0]"), ("B", "#", ""), ("C", ":", "0:2")]),
        ("it's $A", [("A", None, None)]),
        ("${A:-b", [("A", ":-", None)]),
    ],
    ids=repr,
)
def test_variables_are_found(text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    run = one(Run, f"RUN {text}")
    assert [(use.name, use.operator, use.word) for use in variables(run.arguments)] == expected


def test_variables_of_a_json_word_are_found_in_the_source() -> None:
    text = 'COPY ["\\u0041$B", "/$\\u0043"]'
    copy = one(Copy, text)
    [use] = variables(copy.sources[0])
    assert text[slice(*use.span)] == "$B"


def test_quotes_are_plain_in_a_heredoc() -> None:
    [doc] = one(Copy, "COPY <<E /x\n'$A' it's\n\"$B\"\nE\n").heredocs
    assert [use.name for use in variables(doc.body, quotes=False)] == ["A", "B"]


# Problems


@pytest.mark.parametrize(
    "marked",
    [
        "# escape=`\n⟦# escape=`⟧\nFROM a\n",
        "# escape=⟦x⟧\nFROM a\n",
        "⟦RUN⟧ a\nFROM b\n",
        "⟦FROM⟧ \n",
        "⟦FROM a b⟧\n",
        "FROM a AS ⟦1a⟧\n",
        "FROM a\n⟦RUNN⟧ b\n",
        "FROM a\nCMD ⟦[1]⟧\n",
        "FROM a\nCOPY ⟦--fro=b⟧ c d\n",
        "FROM a\nCOPY --link ⟦--link⟧ c d\n",
        "FROM a\nCOPY ⟦--link=1⟧ c d\n",
        "FROM a\nCOPY ⟦--from⟧ c d\n",
        "FROM a\n⟦COPY b⟧\n",
        "FROM a\nCOPY b ⟦<<E⟧\nE\n",
        "FROM a\nRUN --mount=type=⟦cash⟧ b\n",
        "FROM a\nRUN --mount=⟦traget=/x⟧ b\n",
        "FROM a\nRUN --mount=⟦target⟧ b\n",
        "FROM a\nRUN --mount=⟦from=$b⟧,target=/x b\n",
        "FROM a\nRUN --network=⟦b⟧ c\n",
        "FROM a\nENV ⟦b⟧\n",
        "FROM a\nENV b=c ⟦d⟧\n",
        "FROM a\nENV ⟦=c⟧\n",
        "FROM a\nENV b=⟦'c⟧\n",
        "FROM a\nLABEL b=⟦${c:=d}⟧\n",
        "FROM a\nARG ⟦=b⟧\n",
        "FROM a\n⟦ARG⟧\n",
        "FROM a\n⟦USER⟧\n",
        "FROM a\nWORKDIR ⟦${}⟧\n",
        "FROM a\n⟦EXPOSE⟧\n",
        "FROM a\nSTOPSIGNAL ⟦SIGTREM⟧\n",
        f"FROM a\nSTOPSIGNAL ⟦{'9' * 5000}⟧\n",
        "FROM a\nEXPOSE 80 ⟦90-80⟧ 70000$x 1:2-3/UDP\n",
        'FROM a\nVOLUME ["/b", ⟦""⟧]\n',
        "FROM a\n⟦HEALTHCHECK⟧\n",
        "FROM a\nHEALTHCHECK ⟦NONE b⟧\n",
        "FROM a\nHEALTHCHECK ⟦CDM⟧ b\n",
        "FROM a\n⟦HEALTHCHECK CMD⟧\n",
        "FROM a\nHEALTHCHECK --interval=⟦5⟧ CMD b\n",
        "FROM a\nHEALTHCHECK --retries=⟦x⟧ CMD b\n",
        "FROM a\n⟦SHELL []⟧\n",
        "FROM a\n⟦ONBUILD⟧\n",
        "FROM a\nONBUILD ⟦FROM⟧ b\n",
        "FROM a\nONBUILD ⟦ONBUILD⟧ RUN b\n",
        "FROM a\nONBUILD CMD ⟦[1]⟧\n",
        "FROM a\nONBUILD ENV ⟦b⟧\n",
        "# only a comment\n⟦⟧",
    ],
)
def test_problems_are_marked(marked: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    [problem] = tree(text).problems
    assert problem.span == (marked.index("⟦"), marked.index("⟧") - 1)


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN\nCMD\nENTRYPOINT\nCMD []\nRUN []\n",
        "FROM a\nARG --x b\nSTOPSIGNAL --x 9\nSTOPSIGNAL sigint\nHEALTHCHECK --x NONE\n",
        "ARG A\nFROM $A\nONBUILD NONSENSE b\nONBUILD COPY b\n",
        'FROM "a" AS b.c-d_e\nLABEL ""=x\nCOPY ["<<E", "/x"]\n',
        "FROM a\nRUN --mount=type=$T,target=/x,ro --mount=type=secret,id=x,required b\nADD --keep-git-dir=FALSE b c\n",
        "FROM a\nHEALTHCHECK --interval=1m30s --timeout=.5s --start-period=0 --retries=3 CMD b\n",
    ],
)
def test_odd_but_allowed(text: str) -> None:
    assert tree(text).problems == ()


def test_a_line_longer_than_buildkit_reads_is_a_problem() -> None:
    assert tree("FROM a\nRUN " + "é" * 32766).problems[0].span == (7, 7 + 32770)
    assert tree("FROM a\nRUN " + "é" * 32765).problems == ()


@pytest.mark.parametrize("keyword", ["ENV", "ARG", "LABEL"])
def test_an_empty_value_stands_behind_its_equals_sign(keyword: str) -> None:
    source = Source("Dockerfile", f"FROM a\n{keyword} A=\\\n    B=1\n")
    instruction = parse(source).instructions[1]
    assert isinstance(instruction, (Env, Arg, Label))
    value = instruction.pairs[0].value
    assert value is not None
    assert source.text[: value.span.start].endswith("A=")
