"""ShellCheck's remarks: which say nothing of a RUN, and which weigh less there than in a script for everybody."""

from __future__ import annotations

SILENT = frozenset(
    {
        1090, 1091,  # a sourced file lies in the image, where ShellCheck cannot follow it
        1128, 2148, 2187,  # shebangs: the image says which shell it is
        2016,  # text in single quotes is written into a file, with its variables
        2102,  # `package[extra]` is no range of characters
        2174,  # `mkdir -m -p /etc/apt/keyrings`: the folders above are there
        2226,  # `ln -s /opt/x/bin/x` without a destination means the working directory
    }
)  # fmt: skip
"""Codes that are not reported. Source: https://www.shellcheck.net/wiki/."""

MINOR = frozenset(
    {
        2046,  # `$(go env GOPATH)/bin`: what comes out is known where the image is
        2010, 2012, 2035, 2038, 2231,  # strange file names: in an image the files are known
    }
)  # fmt: skip
"""Codes that are only worth knowing in a RUN, whatever ShellCheck thinks of them in a script."""

UNCHECKED_CD = 2164
"""A `cd` that may fail unseen; not so at the end of a RUN, whose status it is."""

WORD_SPLITTING = frozenset({2046, 2086})
"""A word that is split where it is not quoted: meant, where the expansion stands alone as in `apk add $PACKAGES`."""

DIALECTS = {"dash": "dash", "ash": "busybox", "bash": "bash"}
"""ShellCheck's names of the shells in images."""

LENIENT = "bash"
"""The dialect for a `/bin/sh` that nobody knows: bash takes what the others take."""
