"""Writes what the judges sign in with: a tenant file with a client that has a secret, a certificate and a
federated credential, the private keys, and a token of the other issuer."""

import datetime
import json
import pathlib
import sys
import uuid

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER, SUBJECT = "https://issuer.example/cluster", "system:serviceaccount:trueconfig:daemon"
ROLES = [
    "Application.ReadWrite.All", "AuditLog.Read.All", "Directory.Read.All", "Group.ReadWrite.All",
    "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "User.ReadWrite.All",
]


def certified() -> tuple[str, str]:
    """A private key and its certificate, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "foreign judge")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private = key.private_bytes(*form).decode()
    return private, certificate.public_bytes(serialization.Encoding.PEM).decode()


def federated_token(private: str) -> str:
    now = int(datetime.datetime.now().timestamp())
    claims = {
        "iss": ISSUER, "sub": SUBJECT, "aud": ["api://AzureADTokenExchange"],
        "iat": now, "nbf": now, "exp": now + 3600,
    }
    return jwt.encode(claims, private, algorithm="RS256")


def main(contoso: pathlib.Path, work: pathlib.Path) -> None:
    tenant = json.loads(contoso.read_text())
    (key, certificate), (issuer_key, issuer_certificate) = certified(), certified()
    client = {
        "client_id": str(uuid.uuid4()), "client_secret": "a foreign judge", "certificate_pem": certificate,
        "federated": {"issuer": ISSUER, "subject": SUBJECT, "certificate_pem": issuer_certificate},
        "roles": ROLES,
    }
    tenant["twin"]["clients"].append(client)
    tenant["twin"]["switches"] = {"limits": True}
    (work / "strict.json").write_text(json.dumps(tenant))
    (work / "certificate.pem").write_text(key + certificate)
    (work / "federated.jwt").write_text(federated_token(issuer_key))
    known = {
        "tenant": tenant["twin"]["tenant_id"], "client": client["client_id"],
        "secret": client["client_secret"], "users": len(tenant["graph"]["/v1.0/users"]["value"]),
    }
    (work / "judge.json").write_text(json.dumps(known))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
