"""JSON for machines: one object a report, stable from `schema_version` 1 on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.json import encode, format

from dockwright import __version__
from dockwright.change.diff import stat
from dockwright.facts.declined import DECLINED
from dockwright.facts.secret_names import masked
from dockwright.finding import Finding
from dockwright.plan import Patch, Plan
from dockwright.project.compose import last_text
from dockwright.project.images import Image, ignore_file_read, images
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.python_side import applications, packagings
from dockwright.project.stacks import Stack, services, stacks
from dockwright.project.variables import variables
from dockwright.proof.static import Difference, Proof
from dockwright.refactor.step import Deferred
from dockwright.report.audited import Audited
from dockwright.rule import Rule
from dockwright.syntax.dockerfile import Stage, User
from dockwright.text import Site, printable

if TYPE_CHECKING:
    from dockwright.proof.contract import ImageContract
    from dockwright.proof.images import ImageProof

SCHEMA_VERSION = 1


def audit(found: Audited) -> str:
    """The findings with their places; lines and columns count from 1, ends are exclusive."""
    project, findings = found.project, found.findings
    return _document(
        project,
        findings=[
            {**_finding(project, finding), "fingerprint": fingerprint}
            for finding, fingerprint in zip(findings, found.fingerprints, strict=True)
        ],
        summary={
            "findings": len(findings),
            **dict(found.counts),
            "fixable": sum(bool(finding.fixes) for finding in findings),
            "files": len({finding.at.path for finding in findings}),
        },
        suppressed=found.suppressed,
        baseline=None
        if found.known is None
        else {
            "known": found.known.number,
            "fixed": [
                {"path": entry.path, "rule": entry.rule, "fingerprint": entry.fingerprint}
                for entry in found.known.fixed
            ],
        },
        fixed=None
        if found.repaired is None
        else {"journal": found.repaired.journal, "patches": [_patch(patch) for patch in found.repaired.patches]},
        notices=_notices(project),
    )


def plan(made: Plan, proof: Proof, *, applied: bool, images: Sequence[ImageProof] | None = None) -> str:
    """A plan: what changes, by whom, what was left out and why, and the proof; null for images nobody asked about."""
    return _document(
        made.before,
        changes=[
            {"path": printable(line.path), "kind": line.kind, "old_path": _text(line.old_path)}
            for line in stat(made.changes)
        ],
        patches=[_patch(patch) for patch in made.patches],
        applied=applied,
        deferred=[_deferred(made, left) for left in made.deferred],
        proof={
            "kept": proof.kept,
            "intended": [_difference(difference) for difference in proof.intended],
            "broken": [_difference(difference) for difference in proof.broken],
            "unproved": [printable(text) for text in proof.unproved],
            "images": None if images is None else [_image_proof(image) for image in images],
        },
        notices=_notices(made.before),
    )


def rules(known: Iterable[Rule]) -> str:
    """Every rule, and what other tools find and dockwright does not."""
    return _encoded(
        {
            **_head(),
            "rules": [
                {
                    "code": rule.code,
                    "name": rule.name,
                    "severity": rule.severity,
                    "fix": _fix(rule.consent),
                    "equivalents": list(rule.equivalents),
                    "traps": list(rule.traps),
                }
                for rule in known
            ],
            "declined": [{"id": identifier, "reason": reason} for identifier, reason in DECLINED.items()],
        }
    )


def show(project: Project) -> str:
    """The model: images, stacks, variables by name, the Python side, and every reference."""
    return _document(
        project,
        images=[_image(project, image) for image in images(project)],
        stacks=[_stack(project, stack) for stack in stacks(project)],
        variables=[
            {
                "name": variable.name,
                "required": variable.required,
                "defined": [_place(project, at) for at in variable.defined],
                "read": [_place(project, at) for at in variable.read],
            }
            for variable in variables(project).values()
        ],
        packaging=[
            {
                "folder": packaging.folder or ".",
                "manager": packaging.primary,
                "requires_python": packaging.requires_python.text if packaging.requires_python else None,
                "dependencies": len(packaging.dependencies),
                "locked": packaging.locked,
            }
            for packaging in packagings(project)
        ],
        applications=[
            {"framework": app.framework, "app": app.app, **_place(project, Site(app.path, app.span))}
            for app in applications(project)
        ],
        references=[
            {
                **_place(project, ref.at),
                "kind": ref.kind,
                "written": printable(ref.written),
                "target": printable(ref.target) or ".",
                "exists": project.exists(ref.target),
                "certain": ref.certain,
            }
            for ref in references(project)
        ],
        notices=_notices(project),
    )


def certs(project: Project, body: Mapping[str, Any]) -> str:
    """What became of the certificates, as `report.certificates` has it."""
    return _document(project, **body, notices=_notices(project))


def env(project: Project, body: Mapping[str, Any]) -> str:
    """What a subcommand of `env` found or did; it says its own keys."""
    return _document(project, **body, notices=_notices(project))


def place(project: Project, at: Site) -> dict[str, Any]:
    """The five keys of a place."""
    return _place(project, at)


def _image(project: Project, image: Image) -> dict[str, Any]:
    return {
        "path": printable(image.path),
        "context": image.context or ".",
        "ignore_file": _text(ignore_file_read(project, image)),
        "stages": [
            {
                "name": stage.name,
                "from": printable(stage.from_.image.value),
                "base": printable(image.base(stage)),
                "shipped": stage in image.shipped,
                "user": _user(image, stage),
                **_place(project, Site(image.path, stage.from_.span)),
            }
            for stage in image.tree.stages
        ],
        "built_by": [_place(project, call.at) for call in image.builds],
    }


def _user(image: Image, stage: Stage) -> str | None:
    found = image.last(stage, User)
    return None if found is None else printable(found.value.value)


def _stack(project: Project, stack: Stack) -> dict[str, Any]:
    return {
        "name": stack.name,
        "project_name": stack.project_name,
        "named_by": stack.named_by,
        "files": list(stack.files),
        "env_files": list(stack.env_files),
        "project_directory": stack.project_directory or ".",
        "invoked_from": [_place(project, at) for at in stack.invoked_from],
        "implicit": stack.implicit,
        "services": [
            {"name": name, "image": last_text(written, "image"), "built": any(one.build for one in written)}
            for name, written in services(project, stack).items()
        ],
    }


def _fix(consent: str | None) -> str | None:
    """Whether a fix is made without being asked for: a refit is not, whoever asks for `--fix` gets safe ones alone."""
    return None if consent is None else "safe" if consent == "safe" else "unsafe"


def _finding(project: Project, finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        **_place(project, finding.at),
        "message": printable(finding.message),
        "advice": _text(finding.advice),
        "fix": _fix(finding.fixes[0].consent if finding.fixes else None),
        "consent": finding.fixes[0].consent if finding.fixes else None,
        "related": [{**_place(project, other.at), "message": printable(other.message)} for other in finding.related],
    }


def _patch(patch: Patch) -> dict[str, Any]:
    return {
        "owner": patch.owner,
        "title": printable(patch.title),
        "consent": patch.consent,
        "paths": [printable(path) for path in patch.changes.files],
    }


def _place(project: Project, at: Site) -> dict[str, Any]:
    source = project.sources[at.path]
    start, end = source.position(at.span.start), source.position(at.span.end)
    return {
        "path": printable(at.path),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _deferred(made: Plan, left: Deferred) -> dict[str, Any]:
    place = (
        {} if left.at is None else _place(made.before if left.at.path in made.before.sources else made.after, left.at)
    )
    return {"owner": left.owner, "what": printable(left.what), "reason": printable(left.reason), **place}


def _difference(difference: Difference) -> dict[str, Any]:
    before, after = difference.values
    return {
        "place": printable(difference.place),
        "before": _text(before),
        "after": _text(after),
        "rule": difference.owner,
    }


def _image_proof(image: ImageProof) -> dict[str, Any]:
    return {
        "image": printable(image.image),
        "services": [printable(service) for service in image.services],
        "built": image.built,
        "before": None if image.before is None else _contract(image.before),
        "after": None if image.after is None else _contract(image.after),
        "kept": image.kept,
        "intended": [{**_difference(each), "reason": each.reason} for each in image.intended],
        "broken": [_difference(each) for each in image.broken],
        "unproved": [printable(text) for text in image.unproved],
    }


def _contract(image: ImageContract) -> dict[str, Any]:
    content = image.content
    return {
        "bytes": image.size,
        "layers": image.layers,
        "user": printable(image.user),
        "entrypoint": [printable(masked(word)) for word in image.entrypoint],
        "command": [printable(masked(word)) for word in image.command],
        "environment": [printable(name) for name in sorted(image.environment)],
        "ports": sorted(image.ports),
        "workdir": printable(image.workdir),
        "distributions": None if content is None else len(content.distributions),
        "packages": None if content is None else len(content.packages),
        "files": None if content is None else len(content.files),
    }


def _notices(project: Project) -> list[dict[str, Any]]:
    return [
        {"path": printable(note.path), "line": note.line, "message": note.message, "hint": note.hint}
        for note in project.notices
    ]


def _head() -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "tool": {"name": "dockwright", "version": __version__}}


def _document(project: Project, **body: Any) -> str:
    return _encoded({**_head(), "root": printable(project.root), **body})


def _encoded(value: Any) -> str:
    return format(encode(value), indent=2).decode() + "\n"


def _text(text: str | None) -> str | None:
    return None if text is None else printable(text)
