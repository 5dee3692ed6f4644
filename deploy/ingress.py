"""The gate's ingress (Kubernetes): which paths come in from outside, and how a client's certificate is handed on.

It is written for HAProxy's ingress (``haproxy-ingress.github.io``), which lets an Ingress say the header of RFC 9440
itself. The same lines stand in the runbook for a HAProxy of one's own.
"""

OPEN = ("/events", "/ubl", "/invoices", "/answers", "/receipts", "/contracts", "/openapi.json", "/.well-known")
"""What others ask the gate for: neither its probes nor its metrics."""
CLIENT_CERT = (
    "http-request del-header Client-Cert",
    "http-request set-header Client-Cert :%[ssl_c_der,base64]: if { ssl_c_used 1 } { ssl_c_verify 0 }",
)
"""What the client sends under that name is dropped; what it has shown in TLS, and was found good, is said."""
HOST = "gate.example.lt"
"""Stands for the name by which others call the gate: an overlay says the fund's own."""
_ABOUT = "haproxy-ingress.github.io"


def ingress() -> str:
    """The Ingress, as YAML."""
    backend = "backend: {service: {name: gate, port: {name: http}}}"
    return "\n".join(
        [
            "apiVersion: networking.k8s.io/v1",
            "kind: Ingress",
            "metadata:",
            "  name: gate",
            "  annotations:",
            f"    {_ABOUT}/auth-tls-secret: clients",
            f'    {_ABOUT}/auth-tls-verify-client: "optional"',
            f'    {_ABOUT}/auth-tls-strict: "true"',
            f'    {_ABOUT}/ssl-redirect: "true"',
            f"    {_ABOUT}/config-backend: |",
            *(f"      {line}" for line in CLIENT_CERT),
            "spec:",
            "  ingressClassName: haproxy",
            f"  tls: [{{hosts: [{HOST}], secretName: gate-tls}}]",
            "  rules:",
            f"    - host: {HOST}",
            "      http:",
            "        paths:",
            *(f"          - {{path: {path}, pathType: Prefix, {backend}}}" for path in OPEN),
            "",
        ]
    )
