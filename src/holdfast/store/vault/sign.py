"""Statements signed with Ed25519 in DSSE envelopes.

Dead Simple Signing Envelope 1.0: what is signed is the payload with its type and lengths, so that
nothing signed for one purpose can stand for another.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from holdfast.domain.digest import JsonObject, canonical
from holdfast.errors import CorruptionError, HoldfastError, SettingsError, UsageError

PAYLOAD = "application/vnd.in-toto+json"
PREFIX = "ed25519:"
SECRET = 0o600


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair; ``public`` is what others trust, ``ed25519:…``."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PREFIX + base64.b64encode(raw).decode("ascii")


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement, and the public key that signed it."""

    statement: JsonObject
    key: str


def load(path: Path) -> Key | None:
    """The key in a PEM file; ``None`` when there is no file. Raises ``SettingsError``."""
    try:
        found = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as e:
        raise SettingsError(f"vault.key: {str(path)!r} holds no Ed25519 key: {e}") from e
    if not isinstance(found, Ed25519PrivateKey):
        raise SettingsError(f"vault.key: {str(path)!r} holds a key of another kind than Ed25519")
    return Key(found)


def make(path: Path) -> Key:
    """A new key, kept in a file that only its owner may read."""
    key = Key(Ed25519PrivateKey.generate())
    data = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        raise SettingsError(f"vault.key: cannot write {str(path)!r}: {e.strerror}") from e
    return key


def sign(statement: JsonObject, *, key: Key) -> JsonObject:
    """The envelope of a statement."""
    payload = canonical(statement)
    signature = key.private.sign(authenticated(payload))
    return {
        "payloadType": PAYLOAD,
        "payload": base64.b64encode(payload).decode("ascii"),
        "signatures": [{"keyid": key.public, "sig": base64.b64encode(signature).decode("ascii")}],
    }


def check(envelope: Any, *, trusted: frozenset[str], where: str) -> Signed:
    """The statement in an envelope that a trusted key has signed.

    Raises ``UsageError`` for a key that is not trusted, ``CorruptionError`` when the signature is
    not one of the payload.
    """
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        (signature,) = envelope["signatures"]
        name, raw = signature["keyid"], base64.b64decode(signature["sig"], validate=True)
        if envelope["payloadType"] != PAYLOAD:
            raise CorruptionError(f"{where!r}: the envelope holds no statement")
        if name not in trusted:
            raise UsageError(
                f"{where!r} is signed by {name}, whom you do not trust; if you know that key to "
                "be right, name it with --trust or in vault.trusted"
            )
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(name.removeprefix(PREFIX)))
        public.verify(raw, authenticated(payload))
        statement = json.loads(payload)
    except HoldfastError:
        raise
    except InvalidSignature as e:
        raise CorruptionError(f"{where!r}: the signature is not one of its statement") from e
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as e:
        raise CorruptionError(f"{where!r}: the envelope is damaged: {e!r}") from e
    return Signed(statement, name)


def authenticated(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding.

    >>> authenticated(b"{}")
    b'DSSEv1 28 application/vnd.in-toto+json 2 {}'
    """
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)
