"""Reads tests/vectors/tc1.json with two COSE libraries that are not ours, cwt and pycose, and agrees on every claim.

Signatures, headers and claims of credentials, and every COSE layer of the bundles: bundle, key set, status lists.
The bits of the status lists are read by check.mjs.
"""

import hashlib
import json
import sys
import zlib

import cbor2
import cwt
from cwt import COSE, COSEKey, CWT
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message

TYP = 16
STATUS_LIST = "application/statuslist+cwt"
KEYS = "application/vnd.anpei.tc1-keys+cbor"
BUNDLE = "application/vnd.anpei.tc1-bundle+cbor"
# No private claim is registered; this is the one of the format.
OURS = -65537
# The vectors have a clock of their own: no instant of theirs is past or to come.
ANY_TIME = 10**11


def cwt_key(public: str) -> COSEKey:
    return COSEKey.new({1: 1, 2: cwt_kid(public), 3: -8, -1: 6, -2: bytes.fromhex(public)})


def cwt_kid(public: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(public)).digest()[:4]


def both(raw: bytes, public: str, typ: str | None) -> bytes:
    """The payload, after both libraries verified it under this key and its header is the one it should be."""
    with_cwt = COSE.new().decode(raw, [cwt_key(public)])
    message = CoseMessage.decode(raw)
    assert isinstance(message, Sign1Message), "a COSE_Sign1"
    message.key = OKPKey(crv=Ed25519, x=bytes.fromhex(public))
    assert message.verify_signature(), "pycose refuses the signature"
    header = dict(message.phdr)
    assert header.pop(Algorithm) is EdDSA and header.pop(KID) == cwt_kid(public)
    assert header == ({} if typ is None else {TYP: typ}), header
    assert message.uhdr == {}
    payload = message.payload
    assert payload == (with_cwt if isinstance(with_cwt, bytes) else cbor2.dumps(with_cwt, canonical=True))
    return payload


def refused(raw: bytes, public: str) -> None:
    """Both refuse the thing once a byte of its payload is another."""
    changed = bytearray(raw)
    changed[60] ^= 1
    message = CoseMessage.decode(bytes(changed))
    message.key = OKPKey(crv=Ed25519, x=bytes.fromhex(public))
    assert not message.verify_signature(), "pycose takes a changed byte"
    try:
        COSE.new().decode(bytes(changed), [cwt_key(public)])
    except cwt.VerifyError:
        return
    raise AssertionError("cwt takes a changed byte")


def credential(name: str, told: dict) -> None:
    raw = bytes.fromhex(told["hex"])
    claims = cbor2.loads(both(raw, told["key"], None))
    assert claims == CWT.new(leeway=ANY_TIME).decode(raw, cwt_key(told["key"])), "cwt reads other claims"
    ours = claims.pop(OURS)
    assert claims.pop(7).hex() == told["id"] and claims.pop(6) == told["issued"]
    assert claims.pop(4, None) == told["expires"] and claims == {}, name
    version, person, tail, items, index, *holder = ours
    assert (version, person, tail, index) == (1, told["name"], told["id_tail"], told["status_index"])
    assert [key.hex() for key in holder] == [key for key in [told["holder"]] if key]
    read = [
        {"item": number, "valid_until": until, "review_due": due, "checked": rest == []}
        for number, until, due, *rest in items
    ]
    assert read == told["items"], name
    refused(raw, told["key"])


def bundle(told: dict, by_kid: dict, roots: list) -> int:
    raw = bytes.fromhex(told["hex"])
    kid = CoseMessage.decode(raw).phdr[KID].hex()
    said = cbor2.loads(both(raw, by_kid[kid], BUNDLE))
    form, version, time, county, name, policy, key_set, lists = said
    assert form == 1
    assert (version, time, county, name) == tuple(told[k] for k in ("version", "time", "county", "county_name"))
    named = ("soon_days", "fresh_seconds", "bundle_fresh_seconds", "bundle_old_seconds", "day_offset")
    assert policy == [told["policy"][k] for k in named]
    root = next(r for r in roots if cwt_kid(r) == CoseMessage.decode(key_set).phdr[KID])
    form, keys_version, _, keys = cbor2.loads(both(key_set, root, KEYS))
    assert form == 1 and keys_version == told["keys_version"]
    members = ("kid", "public", "not_before", "not_after", "cut_off", "revoked_from")
    assert [[v.hex() if isinstance(v, bytes) else v for v in key] for key in keys] == [
        [key[m] for m in members] for key in told["keys"]
    ]
    in_set = {key[0].hex(): key[1].hex() for key in keys}
    assert kid in in_set, "the bundle is signed by a key of its own set"
    for number, token in enumerate(lists):
        signer = in_set[CoseMessage.decode(token).phdr[KID].hex()]
        claims = cbor2.loads(both(token, signer, STATUS_LIST))
        assert claims.pop(65533).keys() == {"bits", "lst"}
        assert claims == {2: f"urn:anpei:status:{county}:{number}", 6: time}, claims
    refused(raw, by_kid[kid])
    return len(lists)


def status_list(told: dict) -> None:
    payload = both(bytes.fromhex(told["hex"]), told["key"], STATUS_LIST)
    claims = cbor2.loads(payload)
    assert claims == {
        2: told["subject"],
        6: told["issued"],
        65533: {"bits": told["bits"], "lst": bytes.fromhex(told["lst"])},
    }
    bits, packed = told["bits"], zlib.decompress(bytes.fromhex(told["lst"]))
    read = [packed[i * bits // 8] >> (i * bits % 8) & ((1 << bits) - 1) for i in range(len(packed) * 8 // bits)]
    assert read == told["statuses"]


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    by_kid = {key["kid"]: key["public"] for key in told["keys"].values()}
    for name, of in told["credentials"].items():
        credential(name, of)
    lists = sum(bundle(of, by_kid, told["roots"]) for of in told["bundles"].values())
    for of in told["status_lists"]:
        status_list(of)
    print(
        f"cwt {cwt.__version__} and pycose agree: {len(told['credentials'])} credentials, {len(told['bundles'])} bundles "
        f"with their key sets and {lists} status lists, {len(told['status_lists'])} lists of other widths"
    )


main(sys.argv[1])
