//! One writing for each thing: what the readers refuse, item by item, header by header, bundle by bundle.

use anpei::codes::bundle::{self, KeySet, Refused};
use anpei::codes::cbor::{Reader, Writer};
use anpei::codes::cose::{self, IssuerKey, Kind, PublicKey};
use anpei::codes::status_list::{SHARD, Status, StatusList};
use anpei::codes::tc1;
use ciborium::Value;
use rstest::rstest;

use super::made::{COUNTY, DAY, Draft, GOOD, NOW, REVOKED, World};

fn theirs(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

#[test]
fn numbers_are_written_and_read_as_by_others() {
    let edges = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit]);
    for value in edges.chain([u64::MAX]) {
        let mut writer = Writer::default();
        writer.unsigned(value);
        let bytes = writer.done();
        assert_eq!(bytes, theirs(&Value::from(value)));
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.unsigned(), Ok(value));
        assert_eq!(reader.end(), Ok(()));
        let Ok(signed) = i64::try_from(value) else {
            assert!(Reader::new(&bytes).integer().is_err());
            continue;
        };
        for signed in [signed, -1 - signed] {
            let mut writer = Writer::default();
            writer.integer(signed);
            let bytes = writer.done();
            assert_eq!(bytes, theirs(&Value::from(signed)));
            assert_eq!(Reader::new(&bytes).integer(), Ok(signed));
        }
    }
}

#[test]
fn strings_lists_and_maps_are_written_as_by_others() {
    for length in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
        let (bytes, text) = (vec![7; length], "a".repeat(length));
        let mut writer = Writer::default();
        writer.array(4).bytes(&bytes).text(&text).boolean(true).nullable(None);
        let value = Value::Array(vec![
            Value::Bytes(bytes),
            Value::Text(text),
            Value::Bool(true),
            Value::Null,
        ]);
        assert_eq!(writer.done(), theirs(&value));
    }
    let mut writer = Writer::default();
    writer.tag(18).map(1).integer(-1).boolean(false);
    let map = Value::Map(vec![(Value::from(-1), Value::Bool(false))]);
    assert_eq!(writer.done(), theirs(&Value::Tag(18, Box::new(map))));
}

#[rstest]
#[case::longer_than_needed("1800")]
#[case::longer_than_needed("1817")]
#[case::longer_than_needed("1900ff")]
#[case::longer_than_needed("1a0000ffff")]
#[case::longer_than_needed("1b00000000ffffffff")]
#[case::cut_short("")]
#[case::cut_short("18")]
#[case::cut_short("19ff")]
#[case::cut_short("1bffffffffffffff")]
#[case::reserved("1c")]
#[case::reserved("1d")]
#[case::reserved("1e")]
#[case::indefinite("1f")]
#[case::another_kind("20")]
#[case::another_kind("40")]
#[case::another_kind("f6")]
#[case::a_float("f93c00")]
#[case::a_tag("c101")]
fn what_is_no_plain_number_is_refused(#[case] bytes: &str) {
    let bytes = hex::decode(bytes).unwrap();
    assert!(Reader::new(&bytes).unsigned().is_err());
}

#[rstest]
#[case::too_short("43aabb")]
#[case::a_length_beyond_memory("5bffffffffffffffff")]
#[case::longer_than_needed("5801aa")]
#[case::in_pieces("5f41aaff")]
#[case::a_text("61aa")]
fn what_is_no_plain_string_is_refused(#[case] bytes: &str) {
    let bytes = hex::decode(bytes).unwrap();
    assert!(Reader::new(&bytes).bytes().is_err());
}

#[rstest]
#[case::not_utf8("62c328")]
#[case::a_surrogate("63eda080")]
#[case::overlong("62c080")]
#[case::bytes("4161")]
fn what_is_no_plain_text_is_refused(#[case] bytes: &str) {
    let bytes = hex::decode(bytes).unwrap();
    assert!(Reader::new(&bytes).text().is_err());
}

#[rstest]
#[case::twice("a201000100")]
#[case::out_of_order("a202000100")]
#[case::longer_before_shorter("a2200001 00")]
#[case::a_pair_short("a20100")]
#[case::more_than_there_are_bytes("b90100")]
#[case::indefinite("bf0100ff")]
fn a_map_with_keys_twice_or_out_of_order_is_refused(#[case] bytes: &str) {
    let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
    let read = || {
        let mut reader = Reader::new(&bytes);
        let mut keys = reader.map()?;
        while keys.next(&mut reader, Reader::integer)?.is_some() {
            reader.unsigned()?;
        }
        reader.end()
    };
    assert!(read().is_err());
}

#[test]
fn a_list_cannot_be_longer_than_the_bytes_that_are_left() {
    for bytes in ["9bffffffffffffffff", "9a7fffffff00", "8300"] {
        assert!(Reader::new(&hex::decode(bytes).unwrap()).array().is_err());
    }
    assert_eq!(Reader::new(&[0x80]).array(), Ok(0));
    assert!(Reader::new(&[0xf4, 0]).end().is_err());
    assert!(Reader::new(&[0xf7]).boolean().is_err(), "undefined is neither");
}

/// Signs any header and any payload, as an issuer gone astray would.
fn astray(protected: &[u8], unprotected: &[u8], payload: &[u8], key: &IssuerKey) -> Vec<u8> {
    let mut message = Writer::default();
    message.array(4).text("Signature1").bytes(protected);
    message.bytes(&[]).bytes(payload);
    let mut bytes = vec![0xd2, 0x84];
    let mut part = Writer::default();
    part.bytes(protected);
    bytes.extend(part.done());
    bytes.extend_from_slice(unprotected);
    let mut part = Writer::default();
    part.bytes(payload).bytes(&key.sign(&message.done()).unwrap());
    bytes.extend(part.done());
    bytes
}

#[test]
fn only_the_one_header_of_its_kind_is_taken() {
    let world = World::new();
    let key = &world.issuer;
    let good = world.credential(|_| {});
    let payload = cose::read(Kind::Credential, &good).unwrap().payload.to_vec();
    let kid = hex::encode(key.kid());
    let header = |hex: &str| hex::decode(hex.replace("KID", &kid)).unwrap();
    let again = astray(&header("a201270444KID"), &[0xa0], &payload, key);
    assert_eq!(again, good, "the right header makes the same bytes");
    for (case, protected, unprotected) in [
        ("ES256", "a201260444KID", "a0"),
        ("HMAC", "a201050444KID", "a0"),
        ("no algorithm", "a10444KID", "a0"),
        ("no key id", "a10127", "a0"),
        ("an algorithm by name", "a2016545644453410444KID", "a0"),
        ("headers out of order", "a20444KID0127", "a0"),
        ("a header twice", "a3012701270444KID", "a0"),
        ("a critical header nobody knows", "a4012702811903e70444KID1903e700", "a0"),
        ("a header nobody knows", "a301270444KID1903e700", "a0"),
        ("a kind of thing", "a301270444KID106161", "a0"),
        ("a key id of five bytes", "a201270545KID00", "a0"),
        ("an algorithm outside the signature", "a201270444KID", "a10126"),
        ("a key id outside the signature", "a10127", "a10444KID"),
        ("an empty header", "", "a0"),
    ] {
        let bytes = astray(&header(protected), &header(unprotected), &payload, key);
        assert!(tc1::decode(&bytes).is_err(), "{case}");
    }
    for (case, bytes) in [
        ("no tag", good[1..].to_vec()),
        ("tagged twice", [&[0xd2], good.as_slice()].concat()),
        ("the tag of a COSE_Mac0", [&[0xd1], &good[1..]].concat()),
        ("a CWT tag around it", [&[0xd8, 61], good.as_slice()].concat()),
        ("a byte after the end", [good.as_slice(), &[0]].concat()),
        ("three parts", [&[0xd2, 0x83], &good[2..]].concat()),
        ("too long", vec![0xd2; 1025]),
    ] {
        assert!(tc1::decode(&bytes).is_err(), "{case}");
    }
}

#[test]
fn only_the_claims_of_the_format_are_taken() {
    let world = World::new();
    let good = world.credential(|_| {});
    let payload = hex::encode(cose::read(Kind::Credential, &good).unwrap().payload);
    let at = |from: &str, to: &str| {
        assert!(payload.contains(from), "{from}");
        payload.replacen(from, to, 1)
    };
    let id = hex::encode(world.plain().id);
    let name = format!("69{}", hex::encode("王建国"));
    for (case, changed) in [
        ("as it is", payload.clone()),
        ("an unknown claim", format!("a4{}3a0001000100", &payload[2..])),
        ("a claim twice", format!("a406{}{}", &payload[4..14], &payload[2..])),
        ("another version", at("3a0001000086 01".replace(' ', "").as_str(), "3a000100008602")),
        ("a shorter id", at(&format!("0750{id}"), &format!("074f{}", &id[2..]))),
        ("a time with a fraction", at("061a", "06fb0000000000")),
        ("a name of bytes", at(&name, &name.replacen('6', "4", 1))),
        ("true said aloud", at("8183", "8184").replacen("1a000111eb", "f51a000111eb", 1)),
        ("an index beyond 32 bits", at("1a000111eb", "1b00000001000111eb")),
        ("a longer claim of ours", at("3a0001000086", "3a0001000087") + "00"),
        ("a holder key of 32 bytes", at("5821", "5820")),
        ("an item that is null", at("831820", "83f6")),
    ] {
        let changed = hex::decode(changed).unwrap();
        let bytes = cose::sign(Kind::Credential, &changed, &world.issuer).unwrap();
        assert_eq!(tc1::decode(&bytes).is_ok(), case == "as it is", "{case}");
    }
}

#[test]
fn a_signature_for_one_kind_of_thing_is_none_for_another() {
    let world = World::new();
    let kinds = [Kind::Credential, Kind::StatusList, Kind::Keys, Kind::Bundle];
    for signed_as in kinds {
        let bytes = cose::sign(signed_as, b"payload", &world.issuer).unwrap();
        for read_as in kinds {
            assert_eq!(cose::read(read_as, &bytes).is_ok(), signed_as == read_as);
        }
    }
}

#[test]
fn a_bundle_reads_back_and_is_kept_as_it_came() {
    let world = World::new();
    let bytes = world.bundle(|_| {});
    let kept = bundle::read(&bytes, &world.roots(), None).unwrap();
    assert_eq!(kept.bytes(), bytes);
    assert_eq!((kept.version, kept.time, kept.county.as_str()), (7, NOW - 600, COUNTY));
    assert_eq!(kept.keys, world.key_set());
    assert_eq!(kept.status(GOOD), Some(Status::Valid));
    assert_eq!(kept.status(REVOKED), Some(Status::Invalid));
    assert_eq!(kept.status(SHARD), None);
    let again = bundle::read(kept.bytes(), &world.roots(), Some(&kept)).unwrap();
    assert_eq!(again.version, kept.version);
    assert!(bytes.len() <= 2048, "{} bytes", bytes.len());
}

#[test]
fn a_bundle_is_believed_only_by_way_of_a_pinned_root() {
    let world = World::new();
    type Change = fn(&World, &mut Draft);
    let cases: [(Change, Refused); 8] = [
        (|w, d| d.root = again(&w.stranger), Refused::UnknownRoot),
        (|w, d| d.signer = again(&w.stranger), Refused::UnknownKey),
        (|w, d| d.signer = again(&w.old), Refused::KeyNotInForce),
        (|w, d| d.signer = again(&w.next), Refused::KeyNotInForce),
        (|w, d| d.signer = again(&w.lost), Refused::KeyNotInForce),
        (|w, d| d.signer = again(&w.revoked), Refused::KeyNotInForce),
        (|w, d| d.shard_signer = again(&w.stranger), Refused::UnknownKey),
        (|w, d| d.shard_signer = again(&w.old), Refused::KeyNotInForce),
    ];
    for (case, (change, why)) in cases.into_iter().enumerate() {
        let bytes = world.bundle(|draft| change(&world, draft));
        let refused = bundle::read(&bytes, &world.roots(), None).unwrap_err();
        assert_eq!(refused, why, "case {case}: {}", refused.word());
    }
}

fn again(key: &IssuerKey) -> IssuerKey {
    IssuerKey::from_seed(&key.seed().unwrap()).unwrap()
}

#[test]
fn the_second_root_signs_as_well_as_the_first() {
    let world = World::new();
    let kept = world.kept(|_| {});
    let other = world.bundle(|draft| draft.root = again(&world.spare));
    assert!(bundle::read(&other, &world.roots(), Some(&kept)).is_ok());
    assert!(bundle::read(&other, &world.roots()[..1], None).is_err());
}

#[test]
fn a_kept_bundle_is_followed_only_by_a_later_one() {
    let world = World::new();
    let kept = world.kept(|_| {});
    type Change = fn(&mut Draft);
    let cases: [(&str, Change, Option<Refused>); 10] = [
        ("the same", |_| {}, None),
        ("the next", |d| d.version += 1, None),
        ("the same, told later", |d| d.time += 60, None),
        ("the next, by a clock set right", |d| (d.version, d.time) = (8, d.time - 60), None),
        ("new keys", |d| d.keys.version += 1, None),
        ("an older one", |d| d.version -= 1, Some(Refused::RolledBack)),
        ("the same, told earlier", |d| d.time -= 1, Some(Refused::RolledBack)),
        ("older keys", |d| (d.version, d.keys.version) = (8, 2), Some(Refused::KeysRolledBack)),
        ("other keys, same version", |d| d.keys.keys.truncate(2), Some(Refused::KeysRolledBack)),
        ("another county", |d| d.county = "330625".to_owned(), Some(Refused::OtherCounty)),
    ];
    for (case, change, why) in cases {
        let read = bundle::read(&world.bundle(change), &world.roots(), Some(&kept));
        assert_eq!(read.err(), why, "{case}");
    }
}

#[test]
fn any_changed_byte_of_a_bundle_is_noticed() {
    let world = World::new();
    let bytes = world.bundle(|_| {});
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(bundle::read(&changed, &world.roots(), None).is_err(), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert!(bundle::read(&bytes[..length], &world.roots(), None).is_err());
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let world = World::new();
    let huge = vec![0xd2; bundle::MOST_BYTES + 1];
    let refused = bundle::read(&huge, &world.roots(), None).unwrap_err();
    assert_eq!(refused, Refused::TooLarge);
    // A list that would unpack to far more than a shard, and is signed as it should be.
    let bomb = StatusList::new(2, 32 * SHARD).unwrap();
    let bytes = world.bundle(|draft| draft.list = Some(bomb));
    assert!(matches!(
        bundle::read(&bytes, &world.roots(), None),
        Err(Refused::Malformed(_))
    ));
}

#[test]
fn a_key_set_that_contradicts_itself_is_not_signed() {
    let world = World::new();
    let changes: [fn(&mut KeySet); 4] = [
        |set| set.keys.clear(),
        |set| set.keys.push(set.keys[0].clone()),
        |set| set.keys[0].not_after = set.keys[0].not_before - 1,
        |set| set.keys[0].cut_off = Some(-1),
    ];
    for change in changes {
        let mut set = world.key_set();
        change(&mut set);
        assert!(set.sign(&world.root).is_err());
    }
}

#[test]
fn a_key_vouches_for_its_time_and_until_it_is_lost() {
    let world = World::new();
    let set = world.key_set();
    let key = |key: &IssuerKey| set.get(key.kid()).unwrap();
    let (issuer, lost, revoked) = (key(&world.issuer), key(&world.lost), key(&world.revoked));
    for (of, issued, at, good) in [
        (issuer, issuer.not_before, NOW, true),
        (issuer, issuer.not_before - 1, NOW, false),
        (issuer, issuer.not_after, NOW + 2000 * DAY, true),
        (issuer, issuer.not_after + 1, NOW + 2000 * DAY, false),
        (lost, NOW - 60 * DAY, NOW, true),
        (lost, NOW - 60 * DAY + 1, NOW, false),
        (revoked, NOW - 100 * DAY, NOW - 10 * DAY - 1, true),
        (revoked, NOW - 100 * DAY, NOW - 10 * DAY, false),
    ] {
        assert_eq!(of.vouches(issued, at).is_ok(), good, "{issued} at {at}");
    }
    assert!(PublicKey::new(&world.issuer.public()).is_ok());
}
