"""A vault in a bucket, locked by S3 Object Lock where the bucket has it.

A locked version of an object can be neither deleted nor changed before its time, but a newer
version may be put over it and a delete marker before it. So what counts here is the first version
of each object, whatever came later.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    IncompleteReadError,
)

from holdfast.errors import NotFoundError, SettingsError, StorageError, UsageError

INDEX = "index.json"
"""A bundle is there when this is."""
UNVERSIONED = "null"
"""The version of what lies in a bucket that keeps no versions."""
CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard"})


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long what is sealed can be neither changed nor removed. 0 days: as the bucket says.

    In ``compliance`` nobody can shorten it; in ``governance`` who has a special right can.
    """

    days: int = 0
    mode: str = "compliance"


class S3Vault:
    """Bundles below ``s3://BUCKET/PREFIX``.

    Credentials, region and endpoint come from where ``boto3`` looks for them: ``AWS_PROFILE``,
    ``AWS_ENDPOINT_URL`` and the like.
    """

    def __init__(self, url: str, *, retention: Retention | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise SettingsError(f"{url!r} is no bucket; write s3://BUCKET/PREFIX")
        self.where = url.rstrip("/")
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".removeprefix("/")
        self._retention = retention or Retention()
        self._sealed: dict[str, dict[str, str]] = {}
        with self._translated():
            self._s3: Any = boto3.client("s3", config=CONFIG)

    def names(self) -> list[str]:
        ends = f"/{INDEX}"
        inner = (key.removeprefix(self._prefix) for key in self._first(self._prefix))
        found = (key.removesuffix(ends) for key in inner if key.endswith(ends))
        return sorted(name for name in found if "/" not in name)

    @contextmanager
    def draft(self, name: str) -> Iterator[_Draft]:
        folder = self._folder(name)
        if folder + INDEX in self._first(folder):
            raise UsageError(f"'{self.where}/{name}' is sealed already; a bundle is written once")
        draft = _Draft(self, folder)
        try:
            yield draft
        finally:
            if not draft.finished:
                draft.discard()

    def files(self, name: str) -> list[str]:
        folder = self._folder(name)
        return sorted(key.removeprefix(folder) for key in self._of(name))

    def read(self, name: str, path: str) -> bytes:
        key = self._folder(name) + path
        version = self._of(name).get(key)
        if version is None:
            raise NotFoundError(f"no file '{self.where}/{name}/{path}'")
        return self.get(key, version)

    def lock(self, name: str) -> str:
        key = self._folder(name) + INDEX
        version = self._of(name)[key]
        with self._translated():
            found = self._s3.head_object(Bucket=self._bucket, Key=key, **_version(version))
        if "ObjectLockRetainUntilDate" not in found:
            return ""
        until = found["ObjectLockRetainUntilDate"].astimezone(UTC).isoformat()
        return f"{found['ObjectLockMode'].lower()} until {until}"

    def put(self, key: str, data: bytes) -> str:
        """Put an object; its version."""
        with self._translated():
            done = self._s3.put_object(Bucket=self._bucket, Key=key, Body=data)
        return str(done.get("VersionId", UNVERSIONED))

    def get(self, key: str, version: str) -> bytes:
        """A version of an object."""
        with self._translated():
            found = self._s3.get_object(Bucket=self._bucket, Key=key, **_version(version))
            try:
                data: bytes = found["Body"].read()
            except (FlexibleChecksumError, IncompleteReadError) as e:
                raise StorageError(
                    f"'s3://{self._bucket}/{key}' comes back damaged: {e}; nothing was sealed or "
                    "read: see to the bucket"
                ) from e
        return data

    def put_last(self, key: str, data: bytes) -> str:
        """Put an object that is not there, locked from the start; its version."""
        lock = self._lock()
        more = {f"ObjectLock{name}": value for name, value in lock.items()}
        if lock:
            # S3 takes nothing that is locked from the start without a checksum.
            more["ChecksumAlgorithm"] = "SHA256"
        with self._translated():
            done = self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=data, IfNoneMatch="*", **more
            )
        return str(done.get("VersionId", UNVERSIONED))

    def drop(self, key: str, version: str) -> None:
        """Remove a version of what was never sealed, if the bucket lets it go."""
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=key, **_version(version))
        except (BotoCoreError, ClientError):
            # A bucket that locks all that comes keeps it; without an index it is no bundle.
            return

    def keep(self, key: str, version: str) -> None:
        """Lock a version for as long as is asked for."""
        lock = self._lock()
        if not lock:
            return
        with self._translated():
            self._s3.put_object_retention(
                Bucket=self._bucket, Key=key, Retention=lock, **_version(version)
            )

    def _lock(self) -> dict[str, Any]:
        if not self._retention.days:
            return {}
        until = datetime.now(UTC) + timedelta(days=self._retention.days)
        return {"Mode": self._retention.mode.upper(), "RetainUntilDate": until}

    def _folder(self, name: str) -> str:
        return f"{self._prefix}{name}/"

    def _of(self, name: str) -> dict[str, str]:
        """The first version of each object of a bundle, which never changes."""
        if name not in self._sealed:
            folder = self._folder(name)
            found = self._first(folder)
            if folder + INDEX not in found:
                raise NotFoundError(
                    f"no bundle {name!r} in {self.where!r}; 'holdfast vault list' shows all"
                )
            self._sealed[name] = found
        return self._sealed[name]

    def _first(self, prefix: str) -> dict[str, str]:
        """The first version of each object below a prefix; S3 lists the newest first."""
        found = {}
        with self._translated():
            pages = self._s3.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                for one in page.get("Versions", ()):
                    found[one["Key"]] = one["VersionId"]
        return found

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ClientError as e:
            code = e.response["Error"]["Code"]
            if code == "NoSuchBucket":
                raise NotFoundError(f"no bucket {self._bucket!r}; make it, or correct it") from e
            if code == "PreconditionFailed":
                raise UsageError(
                    f"{self.where!r}: sealed by another meanwhile; a bundle is written once"
                ) from e
            raise StorageError(f"{self.where!r} refuses: {e}; nothing was sealed or read") from e
        except BotoCoreError as e:
            raise StorageError(
                f"cannot reach {self.where!r}: {e}; see to the network and AWS's credentials"
            ) from e


class _Draft:
    """Objects that are put one by one, locked together, and count once the index is there."""

    def __init__(self, vault: S3Vault, folder: str) -> None:
        self._vault, self._folder = vault, folder
        self._versions: dict[str, str] = {}
        self.finished = False

    def put(self, path: str, data: bytes) -> None:
        key = self._folder + path
        self._versions[key] = self._vault.put(key, data)

    def read(self, path: str) -> bytes:
        key = self._folder + path
        return self._vault.get(key, self._versions[key])

    def finish(self, path: str, data: bytes) -> None:
        for key, version in self._versions.items():
            self._vault.keep(key, version)
        key = self._folder + path
        self._versions[key] = self._vault.put_last(key, data)
        if self.read(path) != data:
            raise StorageError(
                f"'{self._vault.where}' did not take {key!r} as it was sent; nothing was sealed: "
                "see to the bucket, and seal again under another name if it keeps this one"
            )
        self.finished = True

    def discard(self) -> None:
        """Take away what was put."""
        for key, version in self._versions.items():
            self._vault.drop(key, version)


def _version(version: str) -> dict[str, str]:
    return {} if version == UNVERSIONED else {"VersionId": version}
