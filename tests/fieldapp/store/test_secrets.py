import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.store import secrets

KEY = bytes(range(32))


def test_ed25519_is_that_of_rfc_8032() -> None:
    # RFC 8032, 7.1, test 2
    private = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert secrets.public_key(private) == public
    assert secrets.sign(private, b"\x72") == signature
    assert secrets.is_signed_by(public, signature, b"\x72")


@given(st.binary(max_size=80), st.binary(max_size=80))
@settings(max_examples=50)
def test_only_the_keys_own_signature_holds(signature: bytes, data: bytes) -> None:
    public = secrets.public_key(KEY)
    assert secrets.is_signed_by(public, secrets.sign(KEY, data), data)
    assert not secrets.is_signed_by(public, signature, data)
    assert not secrets.is_signed_by(b"no key", secrets.sign(KEY, data), data)


def test_derived_keys_differ_by_purpose_and_salt() -> None:
    made = {
        secrets.derive(KEY, "a"),
        secrets.derive(KEY, "b"),
        secrets.derive(KEY, "a", b"salt"),
        secrets.derive(bytes(32), "a"),
        KEY,
    }
    assert len(made) == 5
    assert {len(key) for key in made} == {32}


@pytest.mark.parametrize("changed", ["key", "nonce", "sealed", "context"])
def test_what_was_sealed_opens_only_as_it_was(changed: str) -> None:
    whole = {
        "key": KEY,
        "nonce": bytes(12),
        "sealed": secrets.seal(KEY, bytes(12), b"plain", b"context"),
        "context": b"context",
    }
    assert secrets.unseal(**whole) == b"plain"
    broken = bytes([whole[changed][0] ^ 1]) + whole[changed][1:]
    with pytest.raises(secrets.Tampered):
        secrets.unseal(**{**whole, changed: broken})


def test_chance_does_not_repeat_itself() -> None:
    assert len({secrets.new_key() for _ in range(50)}) == 50
    assert len({secrets.random_name() for _ in range(50)}) == 50
