"""The keys that Compose takes at the top level, in a service and in the sections of one.

Source: compose-spec's JSON schema, of which Compose refuses everything else.
"""

from __future__ import annotations

TOP_LEVEL = frozenset("version name include services models networks volumes secrets configs".split())
SERVICE = frozenset(
    """
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs
    container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus
    cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search
    domainname entrypoint env_file environment expose extends external_links extra_hosts gpus group_add
    healthcheck hostname image init ipc isolation label_file labels links logging mac_address mem_limit
    mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj
    pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy
    pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open
    stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts
    volumes volumes_from working_dir
    """.split()
)
SECTIONS = {
    "healthcheck": frozenset("disable interval retries start_interval start_period test timeout".split()),
    "build": frozenset(
        """
        additional_contexts args cache_from cache_to context dockerfile dockerfile_inline entitlements
        extra_hosts isolation labels network no_cache platforms privileged provenance pull sbom secrets
        shm_size ssh tags target ulimits
        """.split()
    ),
}
