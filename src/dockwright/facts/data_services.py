"""Data services: databases, queues and caches by their images, with the facts that compose files need to agree with.

Sources: the images' own Dockerfiles, entry points and documentation on Docker Hub.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from dockwright.facts.base_images import repository, tag


class DataService(Struct, frozen=True):
    """One data service.

    `ports` are what clients and administrators connect to, `data` is the folder that its volume has to be mounted at,
    None where it keeps nothing; `probe` is the words of a health check that its image can run, and `slow` whether it
    takes more than a few seconds to start, `quick` whether it takes connections at once. A `$` in `probe` is the
    container's own. `since` is the first version whose image has the probe's tool. `relational` is whether migrations
    are made in it. `files` are the variables of its entry point that name a file with a secret, by the variable
    that would hold the secret itself. `stop` is how long it may take to write everything down, `shared` what it needs
    of shared memory.
    """

    title: str
    ports: frozenset[str]
    data: str | None
    probe: tuple[str, ...] = ()
    slow: bool = False
    relational: bool = False
    files: Mapping[str, str] = {}
    stop: str | None = None
    shared: str | None = None
    quick: bool = False
    since: tuple[int, ...] = ()


_POSTGRES = DataService(
    "PostgreSQL",
    frozenset({"5432"}),
    "/var/lib/postgresql/data",
    # By TCP: while the image initialises the database, its server listens on the socket alone.
    ("CMD-SHELL", 'pg_isready -h 127.0.0.1 -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-postgres}"'),
    relational=True,
    files={"POSTGRES_PASSWORD": "POSTGRES_PASSWORD_FILE"},
    # A fast shutdown ends with a checkpoint; parallel queries share memory through /dev/shm, 64 MB by default.
    stop="60s",
    shared="256m",
)
_MYSQL = DataService(
    "MySQL",
    frozenset({"3306", "33060"}),
    "/var/lib/mysql",
    ("CMD", "mysqladmin", "ping", "-h", "127.0.0.1", "--silent"),
    slow=True,
    relational=True,
    files={"MYSQL_PASSWORD": "MYSQL_PASSWORD_FILE", "MYSQL_ROOT_PASSWORD": "MYSQL_ROOT_PASSWORD_FILE"},
    stop="60s",
)
_MARIADB = DataService(
    "MariaDB",
    frozenset({"3306"}),
    "/var/lib/mysql",
    # More than `--connect` asks for the user `healthcheck`, which data from before June 2023 do not have.
    ("CMD", "healthcheck.sh", "--connect"),
    slow=True,
    relational=True,
    files={
        "MARIADB_PASSWORD": "MARIADB_PASSWORD_FILE",
        "MARIADB_ROOT_PASSWORD": "MARIADB_ROOT_PASSWORD_FILE",
        "MYSQL_PASSWORD": "MYSQL_PASSWORD_FILE",
        "MYSQL_ROOT_PASSWORD": "MYSQL_ROOT_PASSWORD_FILE",
    },
    stop="60s",
    since=(10, 6, 6),
)
_REDIS = DataService("Redis", frozenset({"6379"}), "/data", ("CMD", "redis-cli", "ping"), quick=True)
_VALKEY = DataService("Valkey", frozenset({"6379"}), "/data", ("CMD", "valkey-cli", "ping"), quick=True)
_MONGO = DataService(
    "MongoDB",
    frozenset({"27017"}),
    "/data/db",
    ("CMD", "mongosh", "--quiet", "--eval", "db.adminCommand('ping').ok"),
    files={"MONGO_INITDB_ROOT_PASSWORD": "MONGO_INITDB_ROOT_PASSWORD_FILE"},
    stop="60s",
    since=(5,),
)
_RABBITMQ = DataService(
    "RabbitMQ",
    frozenset({"5672", "5671", "15672", "25672", "4369"}),
    "/var/lib/rabbitmq",
    ("CMD", "rabbitmq-diagnostics", "-q", "ping"),
    slow=True,
    stop="60s",
)
_ELASTICSEARCH = DataService("Elasticsearch", frozenset({"9200", "9300"}), "/usr/share/elasticsearch/data")
_OPENSEARCH = DataService("OpenSearch", frozenset({"9200", "9300", "9600"}), "/usr/share/opensearch/data")
_MEMCACHED = DataService("Memcached", frozenset({"11211"}), None, quick=True)
_CLICKHOUSE = DataService("ClickHouse", frozenset({"8123", "9000", "9009"}), "/var/lib/clickhouse")

SERVICES: Mapping[str, DataService] = {
    "postgres": _POSTGRES,
    "postgis/postgis": _POSTGRES,
    "pgvector/pgvector": _POSTGRES,
    "ankane/pgvector": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MARIADB,
    "redis": _REDIS,
    "redis/redis-stack-server": _REDIS,
    "valkey/valkey": _VALKEY,
    "mongo": _MONGO,
    "rabbitmq": _RABBITMQ,
    "elasticsearch": _ELASTICSEARCH,
    "docker.elastic.co/elasticsearch/elasticsearch": _ELASTICSEARCH,
    "opensearchproject/opensearch": _OPENSEARCH,
    "memcached": _MEMCACHED,
    "clickhouse/clickhouse-server": _CLICKHOUSE,
    "yandex/clickhouse-server": _CLICKHOUSE,
    "cassandra": DataService("Cassandra", frozenset({"9042", "7000", "7199"}), "/var/lib/cassandra"),
    "couchdb": DataService("CouchDB", frozenset({"5984"}), "/opt/couchdb/data"),
    "influxdb": DataService("InfluxDB", frozenset({"8086"}), None),
    "neo4j": DataService("Neo4j", frozenset({"7474", "7687"}), "/data"),
    "qdrant/qdrant": DataService("Qdrant", frozenset({"6333", "6334"}), "/qdrant/storage"),
    "getmeili/meilisearch": DataService("Meilisearch", frozenset({"7700"}), "/meili_data"),
    "quay.io/coreos/etcd": DataService("etcd", frozenset({"2379", "2380"}), None),
}

_VERSION = re.compile(r"\d+(?:\.\d+)*")
_POSTGRES_MAJOR = re.compile(r"(?:.*\bpg)?(\d+)")

_HUB = ("docker.io/library/", "library/", "docker.io/", "index.docker.io/library/", "public.ecr.aws/docker/library/")

CONSOLES = frozenset(
    {"adminer", "dpage/pgadmin4", "phpmyadmin", "phpmyadmin/phpmyadmin", "mongo-express", "redis/redisinsight"}
)
"""Tools for looking into databases: they connect when somebody asks them to."""

DEVELOPER_TOOLS = frozenset(
    {"axllent/mailpit", "mailhog/mailhog", "maildev/maildev", "schickling/mailcatcher", "sj26/mailcatcher",
     "rnwood/smtp4dev", "mher/flower", "rediscommander/redis-commander", "jaegertracing/jaeger",
     "jaegertracing/all-in-one", "squidfunk/mkdocs-material"}
)  # fmt: skip
"""What only developers look into: nothing is lost with it."""

POSTGRES_VOLUME_SINCE_18 = "/var/lib/postgresql"
"""Where the volume of PostgreSQL 18 and later is mounted; the data lie in a folder of the major version below."""


def data_service(image: str | None) -> DataService | None:
    """What a data service's image is; None for any other image."""
    if image is None:
        return None
    name = repository(image)
    for registry in _HUB:
        name = name.removeprefix(registry)
    return SERVICES.get(name)


# What a command says where the probe would have to know of it.
_MOVED = ("-p", "--port", "port", "requirepass", "--requirepass", "--tls-port", "--bind_ip", "unix_socket_directories")


def probe_fits(known: DataService, words: Sequence[str]) -> bool:
    """Whether a data service's probe works when it is started with a command of these words, or with none."""
    said = " ".join(words).replace("=", " ").split()
    return bool(known.probe) and not any(word in _MOVED or word.startswith("/") for word in said)


def probe(image: str) -> tuple[str, ...]:
    """The words of a health check that a data service's image can run; none where it has no tool for one.

    A tag without the last numbers, `10.6`, is the newest of them.
    """
    known = data_service(image)
    match = _VERSION.match(tag(image) or "")
    version = tuple(map(int, match[0].split("."))) if match else ()
    return known.probe if known is not None and (not version or version >= known.since[: len(version)]) else ()


def postgres_major(image: str) -> int | None:
    """The major version that the tag of a PostgreSQL image says; None for none.

    It is 17 in `postgres:17.6-alpine` and in `pgvector/pgvector:0.8.0-pg17`.
    """
    if data_service(image) is not _POSTGRES:
        return None
    match = _POSTGRES_MAJOR.match(tag(image) or "")
    return int(match[1]) if match else None
