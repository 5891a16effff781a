//! One writing for each thing: what the readers refuse, item by item, header by header.

use anpei::codes::cbor::{Reader, Writer};
use anpei::codes::cose::{self, IssuerKey, Kind};
use anpei::codes::tc1;
use ciborium::Value;
use rstest::rstest;

use super::made::World;

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
        writer
            .array(4)
            .bytes(&bytes)
            .text(&text)
            .boolean(true)
            .nullable(None);
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
    assert!(
        Reader::new(&[0xf7]).boolean().is_err(),
        "undefined is neither"
    );
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
    part.bytes(payload)
        .bytes(&key.sign(&message.done()).unwrap());
    bytes.extend(part.done());
    bytes
}

#[test]
fn only_the_one_header_of_its_kind_is_taken() {
    let world = World::new();
    let key = &world.issuer;
    let good = world.credential(|_| {});
    let payload = cose::read(Kind::Credential, &good)
        .unwrap()
        .payload
        .to_vec();
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
        (
            "a critical header nobody knows",
            "a4012702811903e70444KID1903e700",
            "a0",
        ),
        ("a header nobody knows", "a301270444KID1903e700", "a0"),
        ("a kind of thing", "a301270444KID106161", "a0"),
        ("a key id of five bytes", "a201270545KID00", "a0"),
        (
            "an algorithm outside the signature",
            "a201270444KID",
            "a10126",
        ),
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
        (
            "a CWT tag around it",
            [&[0xd8, 61], good.as_slice()].concat(),
        ),
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
        (
            "an unknown claim",
            format!("a4{}3a0001000100", &payload[2..]),
        ),
        (
            "a claim twice",
            format!("a406{}{}", &payload[4..14], &payload[2..]),
        ),
        (
            "another version",
            at(
                "3a0001000086 01".replace(' ', "").as_str(),
                "3a000100008602",
            ),
        ),
        (
            "a shorter id",
            at(&format!("0750{id}"), &format!("074f{}", &id[2..])),
        ),
        ("a time with a fraction", at("061a", "06fb0000000000")),
        ("a name of bytes", at(&name, &name.replacen('6', "4", 1))),
        (
            "true said aloud",
            at("8183", "8184").replacen("1a000111eb", "f51a000111eb", 1),
        ),
        (
            "an index beyond 32 bits",
            at("1a000111eb", "1b00000001000111eb"),
        ),
        (
            "a longer claim of ours",
            at("3a0001000086", "3a0001000087") + "00",
        ),
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
