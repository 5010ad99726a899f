"""Keys: private files, made once however many ask at the same time; rotated without losing trust in the older ones."""

import base64
import hashlib
import threading
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal import clock
from portal.services.sync import keys


def verify(folder: Path, id: str, body: bytes, signature: str) -> None:
    [key] = [each for each in keys.public(folder) if each["id"] == id]
    raw = base64.b64decode(key["key"])
    assert (key["algorithm"], hashlib.sha256(raw).hexdigest()[:16]) == ("Ed25519", id)
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), body)


def test_the_first_use_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "keys"
    key = keys.active(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    verify(folder, key.id, b"manifest", key.sign(b"manifest"))
    assert len(base64.b64decode(key.sign(b"manifest"))) == 64
    assert "private" not in repr(key)


def test_the_key_is_the_same_for_every_process(tmp_path: Path) -> None:
    first = keys.active(tmp_path).id
    keys._kept.clear()
    assert keys.active(tmp_path).id == first


def test_many_first_uses_at_once_make_one_key(tmp_path: Path) -> None:
    folder, found = tmp_path / "keys", []
    start = threading.Barrier(8)

    def use() -> None:
        start.wait()
        found.append(keys.active(folder).id)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found)), len(list(folder.glob("*.json")))) == (8, 1, 1)


def test_a_rotation_makes_a_new_key_active_and_keeps_the_older_ones_trusted(tmp_path: Path) -> None:
    old = keys.active(tmp_path)
    signature = old.sign(b"before")
    new = keys.rotate(tmp_path)
    assert keys.active(tmp_path).id == new.id != old.id
    assert [each["id"] for each in keys.public(tmp_path)] == [old.id, new.id]
    verify(tmp_path, old.id, b"before", signature)
    (tmp_path / f"{old.id}.json").unlink()
    assert [each["id"] for each in keys.public(tmp_path)] == [new.id]


def test_an_announced_key_is_known_before_it_signs(tmp_path: Path) -> None:
    old = keys.active(tmp_path)
    new = keys.rotate(tmp_path, signs_from=clock.now() + timedelta(hours=72))
    assert keys.active(tmp_path).id == old.id
    assert [each["id"] for each in keys.public(tmp_path)] == [old.id, new.id]
