"""Compose files: what they let in, and what they let a container do."""

from pytest_readiness import P0, P1, Domain, Phase, check, fail, not_applicable, suite, unverified


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)

DATASTORES = {
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "redis": 6379,
    "valkey": 6379,
    "mongo": 27017,
    "memcached": 11211,
    "elasticsearch": 9200,
    "rabbitmq": 5672,
    "postgis": 5432,
    "pgvector": 5432,
    "timescaledb": 5432,
    "keydb": 6379,
    "dragonfly": 6379,
    "opensearch": 9200,
    "cassandra": 9042,
    "clickhouse": 8123,
    "neo4j": 7687,
    "qdrant": 6333,
}
LOOPBACK = ("127.", "::1", "localhost")
NEARLY_PRIVILEGED = {"ALL", "SYS_ADMIN"}


@check("privileged-service", P0, change="config", refs=("CMP-04", "CMP-05", "CIS Docker 5.4"))
def test_services_are_confined(compose_file):
    """No service is privileged, shares a namespace of the host or holds the Docker socket.

    Why: each of them makes a break-in to the container one to the host.
    Fix: remove `privileged`, `network_mode: host`, `pid: host`, `ipc: host` and the mounts of
        docker.sock and of `/`; add the single capability that is needed with `cap_add`.
    """
    for service in compose_file.services:
        if service.privileged and service.privileged.value:
            fail(f"service {service.name} is privileged", service.privileged)
        for setting in (service.network_mode, service.pid, service.ipc):
            if setting and setting.value == "host":
                fail(f"service {service.name} shares a namespace of the host", setting)
        for mount in service.mounts:
            if mount.source.endswith("docker.sock"):
                fail(f"service {service.name} holds the Docker socket", mount)
            if mount.source == "/":
                fail(f"service {service.name} holds the whole disk of the host", mount)
        for capability in service.cap_add:
            if capability.value.upper().removeprefix("CAP_") in NEARLY_PRIVILEGED:
                fail(f"service {service.name} has the capability {capability.value}", capability)


@check("published-datastore", P1, change="config", refs=("CMP-06", "CIS Docker 5.14", "CWE-668"))
def test_datastores_are_not_published(compose_file):
    """No datastore is published on all interfaces.

    Why: Docker opens a published port past the host's firewall; a database that the API alone
        should reach answers to everybody who finds the host.
    Fix: remove `ports:` (services of one network reach each other without), or bind it to
        loopback, `127.0.0.1:5432:5432`.
    """
    stores = [one for one in compose_file.services if datastore_port(one)]
    if not stores:
        not_applicable("the file has no datastore")
    for service in stores:
        for port in service.ports:
            if not port.host.startswith(LOOPBACK) and port.target == str(datastore_port(service)):
                fail(f"service {service.name} publishes {port.target} on all interfaces", port)


@check("mortal-service", P1, change="config", refs=("CMP-02", "CIS Docker 5.15"))
def test_services_are_restarted(compose_file):
    """Every service that should stay up is restarted when it dies.

    Why: without a restart policy one crash, or a reboot of the host, ends the service until
        somebody notices.
    Fix: add `restart: unless-stopped`, or `deploy.restart_policy` under Swarm.
    """
    ending = {
        needed.service
        for service in compose_file.services
        for needed in service.depends_on
        if needed.condition == "service_completed_successfully"
    }
    lasting = [
        service
        for service in compose_file.services
        if (service.image or service.build)  # else it only adds to a service of another file
        and service.name not in ending
        and "profiles" not in service.node  # started by hand for one purpose
    ]
    if not lasting:
        not_applicable("the file defines no service that should stay up")
    for service in lasting:
        policy = service.restart.value if service.restart else ""
        swarm = service.node.get("deploy.restart_policy") is not None
        if policy in {"no", "none"} or (not policy and not swarm):
            if service.extends:
                unverified(f"service {service.name} extends another, which was not read")
            fail(f"service {service.name} stays down when it dies", service)


def datastore_port(service):
    """Port of the datastore that this service is, None when it is none."""
    name = service.image.value.name.rsplit("/", 1)[-1] if service.image else ""
    return next((port for word, port in DATASTORES.items() if name.startswith(word)), None)
