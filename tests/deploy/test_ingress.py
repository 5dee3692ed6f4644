"""The gate's ingress on Kubernetes, read as a file; tests/edge/test_mtls.py runs what it says, by HAProxy itself."""

import re
from inspect import getsource

from deploy.ingress import CLIENT_CERT, HOST, OPEN
from deploy.render import BASE, DEPLOY
from shared.edge.einvoice.routes import ubl_routes
from shared.edge.kit import ROUTES
from tests.deploy import manifests

RUNBOOK = (DEPLOY / "README.md").read_text(encoding="utf-8")
(INGRESS,) = manifests.of("Ingress", manifests.resources(BASE)).values()


def test_it_leads_to_the_gate_on_the_paths_that_sources_ask_for_and_no_other() -> None:
    (rule,) = INGRESS["spec"]["rules"]
    paths = rule["http"]["paths"]
    assert [each["path"] for each in paths] == list(OPEN)
    service = manifests.of("Service", manifests.resources(BASE))["gate"]
    for each in paths:
        backend = each["backend"]["service"]
        assert (each["pathType"], backend["name"]) == ("Prefix", service["metadata"]["name"])
        assert backend["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
    asked = (
        [route.path for route in ROUTES] + re.findall(r'Route\("(/[^"]+)"', getsource(ubl_routes)) + ["/openapi.json"]
    )
    assert {f"/{path.split('/')[1]}" for path in asked} == set(OPEN)


def test_it_asks_for_client_certificates_of_the_gates_own_authority_and_hands_them_on_by_rfc_9440() -> None:
    said = {name.partition("/")[2]: value for name, value in INGRESS["metadata"]["annotations"].items()}
    gate = manifests.of("Deployment", manifests.resources(BASE))["gate"]["spec"]["template"]["spec"]
    (clients,) = [volume for volume in gate["volumes"] if volume["name"] == "clients"]
    (source,) = clients["projected"]["sources"]
    assert said["auth-tls-secret"] == source["secret"]["name"]
    assert (said["auth-tls-verify-client"], said["auth-tls-strict"], said["ssl-redirect"]) == (
        "optional",
        "true",
        "true",
    )
    assert tuple(said["config-backend"].splitlines()) == CLIENT_CERT
    assert all(f"\n{line}\n" in RUNBOOK for line in CLIENT_CERT)


def test_each_overlay_has_it_and_production_says_its_host_where_a_fund_writes_its_own() -> None:
    for overlay in ("small", "production"):
        (found,) = manifests.of("Ingress", manifests.built(manifests.OVERLAYS / overlay)).values()
        assert found["spec"]["rules"][0]["host"] == found["spec"]["tls"][0]["hosts"][0] == HOST
        assert f"names={HOST} " in RUNBOOK, "what stands for it in the runbook is the same"
    assert f"secret tls {INGRESS['spec']['tls'][0]['secretName']} " in RUNBOOK
    policy = manifests.of("NetworkPolicy", manifests.resources(BASE))["ingress-to-gate"]
    (peer,) = policy["spec"]["ingress"][0]["from"]
    assert f"in the namespace `{peer['namespaceSelector']['matchLabels']['kubernetes.io/metadata.name']}`" in RUNBOOK
