"""What other tools find and dockwright does not, on purpose: their rules' ids, as `tool:id`, and the reason."""

from __future__ import annotations

from collections.abc import Mapping

_BY_REASON: tuple[tuple[str, str], ...] = (
    (
        "the order of keys says nothing about a service, and a diff that only reorders them hides the one that matters",
        "dclint:service-dependencies-alphabetical-order dclint:service-keys-order "
        "dclint:service-ports-alphabetical-order dclint:services-alphabetical-order dclint:top-level-properties-order",
    ),
    (
        "quotes around a volume change nothing: YAML reads the same text",
        "dclint:no-quotes-in-volumes",
    ),
    (
        "`image` beside `build` names what is built; without it two services that share an image build it twice",
        "dclint:no-build-and-image",
    ),
    (
        "it asks that comments above stages and arguments begin with their names, which only `docker build "
        "--call=outline` shows",
        "buildkit:InvalidDefinitionDescription",
    ),
    (
        "which registries are allowed is for an organisation to say, and for its own registry to enforce",
        "hadolint:DL3026",
    ),
    (
        "it checks labels against a schema that has to be configured first; without one it finds nothing",
        "hadolint:DL3048 hadolint:DL3049 hadolint:DL3050 hadolint:DL3051 hadolint:DL3052 hadolint:DL3053 "
        "hadolint:DL3054 hadolint:DL3055 hadolint:DL3056 hadolint:DL3058",
    ),
    (
        "it forbids hadolint's own comments; dockwright's are looked after by DW002",
        "hadolint:DL1001",
    ),
    (
        "it is about installing Go programs, which an image of a Python service copies from a stage or an image",
        "hadolint:DL3062",
    ),
    (
        "it is about Ruby's gems, which no image of a Python service installs",
        "docker-parfum:gemUpdateSystemRmRootGem docker-parfum:gemUpdateNoDocument",
    ),
    (
        "it is about compiling an interpreter from source as official images do; a Python service takes the official "
        "image",
        "docker-parfum:configureShouldUseBuildFlag",
    ),
    (
        "the key servers that it recommends were switched off in 2021",
        "docker-parfum:gpgUseHaPools",
    ),
    (
        "a signature file that is left behind is a few hundred bytes that tell what the image was made of",
        "docker-parfum:gpgVerifyAscRmAsc",
    ),
    (
        "a virtual package serves to take compilers out of the stage again; a builder stage never lets them in, and "
        "compilers in the final image are a finding already",
        "dockerfilelint:apkadd-missing-virtual",
    ),
)

DECLINED: Mapping[str, str] = {identifier: reason for reason, ids in _BY_REASON for identifier in ids.split()}
"""The reason for each id, those of one reason together."""
