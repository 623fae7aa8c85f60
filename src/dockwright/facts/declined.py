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
        "a tag that names the version is settled enough: what moves behind it are that version's fixes, and a digest "
        "that no bot moves keeps the holes which they close",
        "compose-lint:CL-0019",
    ),
    (
        "who writes `exec`, `suid` or `dev` behind a `tmpfs` needs it: a service without one runs programs from its "
        "own root folder all the same, and `no-new-privileges`, which DW322 asks for, takes setuid away",
        "compose-lint:CL-0022",
    ),
    (
        "a blank belongs to the folder's or the user's name, which goes to the end of the line; a user of that name is "
        "missing in the first RUN or at the start, which says so, and MAINTAINER is a finding with any words",
        "dockerfilelint:invalid_workdir dockerfilelint:extra_args",
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
        "which platform a base image has is known once it is pulled; a FROM that fixes one is DW138's",
        "buildkit:InvalidBaseImagePlatform",
    ),
    (
        "a server that says where a file has gone is noticed that way; `--location` goes wherever it is sent, to plain "
        "http as well",
        "docker-parfum:curlUseFlagL",
    ),
    (
        "`/usr/src/app` is where many applications live, and the rule would have it removed; what was downloaded there "
        "and unpacked is DW185's",
        "docker-parfum:mkdirUsrSrcThenRemove",
    ),
    (
        "npm has refused to clean its cache without `--force` since version 5: the build fails and says so",
        "docker-parfum:npmCacheCleanUseForce",
    ),
    (
        "two installations in two layers are right where one of them seldom changes; RUNs in a row are DW179's",
        "docker-parfum:ruleMoreThanOneInstall",
    ),
    (
        "GNU's sha256sum takes one blank like two and compares all the same, and busybox's fails the build",
        "docker-parfum:sha256sumEchoOneSpaces",
    ),
    (
        "a file that a script in a RUN reads lies in the image, where ShellCheck cannot follow it",
        "hadolint:SC1091",
    ),
    (
        "`cat file |` starts one process too many, and does what it says",
        "hadolint:SC2002",
    ),
    (
        "dockle names this advice of the CIS benchmark and has no check for it; what of it can be seen in files is "
        "DW126's, DW161's and DW168's",
        "dockle:CIS-DI-0003 dockle:CIS-DI-0011",
    ),
    (
        "known holes in packages are for a scanner with a database of them; base images that get no more repairs are "
        "DW124's",
        "dockle:CIS-DI-0004",
    ),
    (
        "content trust is a variable on the machine that pulls, of which no file of a project knows",
        "dockle:CIS-DI-0002 dockle:CIS-DI-0005",
    ),
    (
        "it is seen in the built image alone: files with setuid, the accounts in `/etc/passwd` and `/etc/shadow`",
        "dockle:CIS-DI-0008 dockle:DKL-LI-0001 dockle:DKL-LI-0002",
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
