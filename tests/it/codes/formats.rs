//! What the codes write: sizes, one writing for each thing, and what other libraries read in it.

use anpei::codes::cose::{IssuerKey, PublicKey};
use anpei::codes::presentation::{self, Presentation, Read, holder_key, read_text, verify_claim};
use anpei::codes::render;
use anpei::codes::tc1::{self, item_code, item_number};
use ciborium::Value;
use coset::{CborSerializable, TaggedCborSerializable};
use rstest::rstest;

use super::made::{HOST, NOW, World, five};

#[test]
fn a_credential_and_its_presentations_have_the_sizes_they_should() {
    let world = World::new();
    let one = world.credential(|_| {});
    let many = world.credential(|c| c.items = five());
    let shown = |credential: &[u8], challenge| {
        let shown = world.phone.show(credential, NOW, challenge);
        shown.encode().len()
    };
    let sizes = [
        one.len(),
        shown(&one, None),
        shown(&one, Some(*b"9999")),
        many.len(),
        shown(&many, Some(*b"9999")),
    ];
    assert_eq!(sizes, [178, 252, 255, 214, 291]);
    let unchecked = world.credential(|c| c.items[0].checked = false);
    assert_eq!(unchecked.len(), 179, "saying no costs a byte");
}

#[test]
fn a_code_fits_the_versions_it_should_with_a_host_of_sixteen_characters() {
    let world = World::new();
    let host = "SAFE.EXAMPLE.ORG";
    assert_eq!(host.len(), 16);
    let one = world.credential(|_| {});
    let many = world.credential(|c| c.items = five());
    let show = |credential: &[u8]| world.phone.show(credential, NOW, Some(*b"9999")).encode();
    let cases = [
        (one.clone(), 10),
        (many.clone(), 11),
        (show(&one), 12),
        (show(&many), 13),
    ];
    for (bytes, version) in cases {
        let matrix = render::matrix(host, &bytes).unwrap();
        assert_eq!(matrix.version(), version);
        assert_eq!(matrix.width(), 17 + 4 * version);
        assert_eq!(read_png(&matrix.png(4)), presentation::text(host, &bytes));
        assert_eq!(read_svg(&matrix), matrix_squares(&matrix));
    }
}

#[test]
fn a_host_that_alphanumeric_mode_cannot_hold_reads_back_too() {
    let bytes = World::new().credential(|_| {});
    let matrix = render::matrix("my_host.example", &bytes).unwrap();
    let text = read_png(&matrix.png(3));
    assert_eq!(text, presentation::text("my_host.example", &bytes));
    let longest = "A".repeat(5000);
    assert!(render::matrix(&longest, &bytes).is_err());
}

/// Reads a picture back with rqrr.
fn read_png(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.bit_depth, png::BitDepth::One);
    let (side, line) = (info.width as usize, info.line_size);
    let white = |x: usize, y: usize| pixels[y * line + x / 8] >> (7 - x % 8) & 1;
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| white(x, y) * 255);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

/// The dark squares of the drawing, from its path.
fn read_svg(matrix: &render::Matrix) -> Vec<(usize, usize)> {
    let svg = matrix.svg();
    let path = svg.rsplit("d=\"").next().unwrap();
    let path = path.split('"').next().unwrap();
    let runs = path.split('M').skip(1).map(|run| {
        let (place, rest) = run.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        (x..x + length).map(move |x| (x - render::QUIET, y - render::QUIET))
    });
    runs.flatten().collect()
}

fn matrix_squares(matrix: &render::Matrix) -> Vec<(usize, usize)> {
    let side = 0..matrix.width();
    let all = side.flat_map(|y| (0..matrix.width()).map(move |x| (x, y)));
    all.filter(|(x, y)| matrix.is_dark(*x, *y)).collect()
}

#[rstest]
#[case("1.1", 16)]
#[case("1.2", 17)]
#[case("2.1", 32)]
#[case("5.10", 89)]
#[case("9.16", 159)]
#[case("15.16", 255)]
fn an_item_has_a_number_and_a_number_its_item(#[case] code: &str, #[case] number: u16) {
    for catalogue in [0, 1, 255] {
        let whole = u16::from(catalogue) * 256 + number;
        assert_eq!(item_number(catalogue, code), Some(whole));
        assert_eq!(item_code(whole), (catalogue, code.to_owned()));
    }
}

#[test]
fn what_is_no_item_has_no_number() {
    for code in [
        "", "1", "1.", ".1", "0.1", "1.0", "16.1", "1.17", "01.1", "1.01", "+1.1", "1.1.1", "１.1",
        "65537.1",
    ] {
        assert_eq!(item_number(0, code), None, "{code}");
    }
}

#[test]
fn every_item_of_the_catalogue_has_a_number_of_its_own() {
    let text = include_str!("../../../src/certificates/catalogue.csv");
    let codes: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    let numbers: std::collections::BTreeSet<_> = codes
        .iter()
        .map(|code| item_number(0, code).unwrap())
        .collect();
    assert_eq!(numbers.len(), 54);
    assert_eq!(codes.len(), 54);
}

#[test]
fn coset_reads_our_credential_and_we_read_what_coset_writes() {
    let world = World::new();
    let bytes = world.credential(|c| c.expires = Some(NOW + 1));
    let theirs = coset::CoseSign1::from_tagged_slice(&bytes).unwrap();
    let public = PublicKey::new(&world.issuer.public()).unwrap();
    let verified = theirs.verify_signature(b"", |signature, message| {
        public.verifies(message, signature).then_some(()).ok_or(())
    });
    assert_eq!(verified, Ok(()));
    assert_eq!(theirs.protected.header.key_id, world.issuer.kid());
    let claims: Value = ciborium::from_reader(theirs.payload.as_deref().unwrap()).unwrap();
    let labels = claims
        .as_map()
        .unwrap()
        .iter()
        .map(|(label, _)| label.clone());
    let wanted = [4, 6, 7, -65_537].map(Value::from);
    assert_eq!(labels.collect::<Vec<_>>(), wanted);
    assert_eq!(
        theirs.clone().to_tagged_vec().unwrap(),
        bytes,
        "byte for byte"
    );
    assert!(tc1::decode(&theirs.to_tagged_vec().unwrap()).is_ok());
    coset::cwt::ClaimsSet::from_slice(
        &coset::CoseSign1::from_tagged_slice(&world.credential(|_| {}))
            .unwrap()
            .payload
            .unwrap(),
    )
    .expect("a strict decoder of claims takes it");
}

#[test]
fn a_credential_says_what_was_signed_whatever_is_in_it() {
    let world = World::new();
    let changes: [fn(&mut tc1::Credential); 8] = [
        |_| {},
        |c| c.holder = None,
        |c| c.expires = Some(c.issued + 1),
        |c| c.items = five(),
        |c| c.items[0].valid_until = None,
        |c| c.items[0].review_due = None,
        |c| c.items[0].checked = false,
        |c| {
            c.status_index = u32::MAX;
            c.name = "买买提·阿不都热合曼".to_owned();
            c.items[0].number = u16::MAX;
            (c.issued, c.items[0].valid_until) = (0, Some(tc1::LAST_DAY));
        },
    ];
    for change in changes {
        let mut plain = world.plain();
        change(&mut plain);
        let parsed = tc1::decode(&tc1::sign(&plain, &world.issuer).unwrap()).unwrap();
        assert_eq!(parsed.credential, plain);
        assert_eq!(parsed.kid, world.issuer.kid());
        assert!(parsed.verify(&PublicKey::new(&world.issuer.public()).unwrap()));
        assert!(!parsed.verify(&PublicKey::new(&world.stranger.public()).unwrap()));
    }
}

#[test]
fn what_the_format_cannot_hold_is_not_signed() {
    let world = World::new();
    let changes: [fn(&mut tc1::Credential); 16] = [
        |c| c.name = String::new(),
        |c| c.name = "王".repeat(41),
        |c| c.name = "王\u{7}".to_owned(),
        |c| c.id_tail = "123".to_owned(),
        |c| c.id_tail = "123x".to_owned(),
        |c| c.id_tail = "一".to_owned(),
        |c| c.items.clear(),
        |c| c.items = vec![c.items[0]; 2],
        |c| c.items = five().into_iter().rev().collect(),
        |c| c.items[0].number = 15,
        |c| c.items[0].valid_until = Some(-1),
        |c| c.items[0].review_due = Some(tc1::LAST_DAY + 1),
        |c| c.issued = -1,
        |c| c.issued = tc1::LAST_SECOND + 1,
        |c| c.expires = Some(c.issued),
        |c| c.holder = Some([4; 33]),
    ];
    for (case, change) in changes.iter().enumerate() {
        let mut plain = world.plain();
        change(&mut plain);
        assert!(tc1::sign(&plain, &world.issuer).is_err(), "case {case}");
    }
}

#[test]
fn a_seed_gives_its_key_again() {
    let fresh = IssuerKey::generate().unwrap();
    let again = IssuerKey::from_seed(&fresh.seed().unwrap()).unwrap();
    assert_eq!((fresh.kid(), fresh.public()), (again.kid(), again.public()));
    assert_ne!(fresh.public(), IssuerKey::generate().unwrap().public());
}

#[test]
fn a_text_is_read_whatever_its_host_and_nothing_else_is() {
    let world = World::new();
    let credential = world.credential(|_| {});
    let shown = world.phone.show(&credential, NOW, Some(*b"0042"));
    let text = presentation::text(HOST, &shown.encode());
    assert_eq!(read_text(&text), Read::Presentation(shown.clone()));
    let (_, fragment) = text.split_once('#').unwrap();
    let bare = read_text(fragment);
    assert_eq!(bare, Read::Presentation(shown));
    assert_eq!(
        read_text(&format!("http://evil.example:8443/v#{fragment}")),
        bare
    );
    assert_eq!(
        read_text(&presentation::text(HOST, &credential)),
        Read::Paper(credential.clone())
    );
    for not_ours in [
        "",
        "#",
        "https://",
        "HTTPS:///V#AAA",
        "https://example.cn/",
        "https://example.cn/v",
        "https://example.cn/w#AAA",
        "https://example.cn/v/x#AAA",
        "ftp://example.cn/v#AAA",
        "AAA",
        "https://ex ample/v#AAA",
        "你好",
        "WIFI:S:x;;",
    ] {
        assert_eq!(read_text(not_ours), Read::NotOurs, "{not_ours}");
    }
    assert_eq!(read_text(&fragment[1..]), Read::NotOurs);
    for damaged in [
        "",
        "A",
        "AAA",
        "aaa",
        &fragment[1..],
        &fragment[..fragment.len() - 2],
    ] {
        let text = format!("HTTPS://{HOST}/V#{damaged}");
        assert_eq!(read_text(&text), Read::Damaged, "{damaged}");
    }
    assert_eq!(
        read_text(&format!("{text}{}", "0".repeat(2048))),
        Read::NotOurs
    );
}

#[test]
fn a_challenge_keeps_its_leading_noughts() {
    for (value, digits) in [(0, *b"0000"), (42, *b"0042"), (9999, *b"9999")] {
        assert_eq!(presentation::digits(value), Some(digits));
        let shown = World::new().phone.show(b"x", NOW, Some(digits));
        assert_eq!(Presentation::decode(&shown.encode()).unwrap(), shown);
    }
    assert_eq!(presentation::digits(10_000), None);
}

#[test]
fn a_holder_key_is_taken_in_three_forms_and_only_on_the_curve() {
    let world = World::new();
    let (compressed, point) = (world.phone.key(), world.phone.point());
    let start = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    let spki = [start, point.clone()].concat();
    assert_eq!(spki.len(), 91);
    for form in [compressed.as_slice(), &point, &spki] {
        assert_eq!(holder_key(form), Some(compressed));
    }
    let mut hybrid = point.clone();
    hybrid[0] = 6 + (point[64] & 1);
    let mut off = point.clone();
    off[64] ^= 1;
    let mut no_root = compressed;
    // x = 1 has no y on P-256.
    no_root[1..].copy_from_slice(&[&[0; 31], [1].as_slice()].concat());
    let mut other_curve = spki.clone();
    other_curve[22] ^= 1;
    let mut beyond = [0xff; 33];
    beyond[0] = 2;
    let bad: [&[u8]; 9] = [
        &[],
        &[0],
        &hybrid,
        &off,
        &no_root,
        &other_curve,
        &beyond,
        &point[..64],
        &[&spki[..], &[0]].concat(),
    ];
    for (case, bytes) in bad.iter().enumerate() {
        assert_eq!(holder_key(bytes), None, "case {case}");
    }
}

#[test]
fn a_claim_is_good_for_its_nonce_and_its_key_only() {
    let world = World::new();
    let (nonce, key) = (b"a nonce of the server", world.phone.key());
    let signature = world.phone.claim(nonce);
    assert!(verify_claim(nonce, &key, &signature));
    assert!(!verify_claim(b"another nonce", &key, &signature));
    assert!(!verify_claim(nonce, &world.other_phone.key(), &signature));
    assert!(!verify_claim(nonce, &key, &world.other_phone.claim(nonce)));
    assert!(!verify_claim(nonce, &key, &[0; 64]));
    let shown = world.phone.show(b"x", NOW, None);
    assert!(
        !verify_claim(nonce, &key, &shown.proof),
        "a proof is no claim"
    );
}
