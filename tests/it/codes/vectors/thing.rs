//! Rows of the first four steps: the thing itself, the bundle, the key, the status.

use anpei::codes::cose::{self, IssuerKey, Kind};
use anpei::codes::presentation::text;

use super::rows::Row;
use crate::codes::made::{BEYOND, DAY, HOST, NOW, REVOKED, SUPERSEDED, SUSPENDED, World};

/// Step 1.
pub fn rows() -> Vec<Row> {
    let world = World::new();
    let credential = world.credential(|_| {});
    let shown = world.phone.show(&credential, NOW, None).encode();
    let whole = text(HOST, &shown);
    let (_, fragment) = whole.split_once('#').unwrap();
    let not_ours = [
        ("an empty text", String::new()),
        (
            "a wireless network",
            "WIFI:T:WPA;S:shop;P:secret;;".to_owned(),
        ),
        (
            "a health code's page",
            "https://example.org/health?id=12345".to_owned(),
        ),
        (
            "an address of another page",
            format!("https://{HOST}/W#{fragment}"),
        ),
        (
            "an address below ours",
            format!("https://{HOST}/V/X#{fragment}"),
        ),
        ("an address without a fragment", format!("https://{HOST}/V")),
        (
            "an address with a question",
            format!("https://{HOST}/V?x=1#{fragment}"),
        ),
        ("no host", format!("https:///V#{fragment}")),
        (
            "a host with a # inside",
            format!("https://m.ex#mple.cn/V#{fragment}"),
        ),
        (
            "a host with a user before it",
            format!("https://m.example.cn@other.cn/V#{fragment}"),
        ),
        (
            "a host with a question mark",
            format!("https://m.example.cn?/V#{fragment}"),
        ),
        (
            "a host with a space",
            format!("https://m example/V#{fragment}"),
        ),
        ("another scheme", format!("ftp://{HOST}/V#{fragment}")),
        ("a name and a number", "王建国 123X".to_owned()),
        (
            "an EU certificate",
            "HC1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2".to_owned(),
        ),
        ("a short base41 text", "ABC".to_owned()),
        (
            "the fragment alone, a character short",
            fragment[..fragment.len() - 1].to_owned(),
        ),
        (
            "the fragment alone, its first characters lost",
            fragment[3..].to_owned(),
        ),
        (
            "longer than any code",
            format!("{whole}{}", "0".repeat(2048)),
        ),
    ];
    let other = world.credential(|c| c.name = "李四".to_owned());
    let kid_at = credential
        .windows(4)
        .position(|w| w == world.issuer.kid())
        .unwrap();
    let changed = |place: usize, byte: u8| {
        let mut bytes = credential.clone();
        bytes[place] = byte;
        text(HOST, &bytes)
    };
    let malformed = [
        ("an empty fragment", format!("https://{HOST}/V#")),
        ("a fragment in small letters", whole.to_lowercase()),
        (
            "a fragment with a character of base45",
            format!("{}%{}", &whole[..60], &whole[61..]),
        ),
        ("a fragment cut short", whole[..whole.len() - 3].to_owned()),
        ("a fragment a character long", format!("https://{HOST}/V#A")),
        (
            "three characters worth more than two bytes",
            format!("https://{HOST}/V#:::"),
        ),
        (
            "a byte after the end",
            text(HOST, &[shown.as_slice(), &[0]].concat()),
        ),
        (
            "a byte after the end of a printed code",
            text(HOST, &[credential.as_slice(), &[0]].concat()),
        ),
        (
            "a printed code cut short",
            text(HOST, &credential[..credential.len() - 1]),
        ),
        (
            "a challenge of five digits",
            text(HOST, &[&[0x84], &shown[1..], &[0x19, 0x27, 0x10]].concat()),
        ),
        (
            "a challenge in two bytes where one will do",
            text(HOST, &[&[0x84], &shown[1..], &[0x18, 0x07]].concat()),
        ),
        (
            "five parts",
            text(HOST, &[&[0x85], &shown[1..], &[0x00, 0x00]].concat()),
        ),
        (
            "a list of unknown length",
            text(HOST, &[&[0x9f], &shown[1..], &[0xff]].concat()),
        ),
        (
            "a presentation of a presentation",
            text(HOST, &world.phone.show(&shown, NOW, None).encode()),
        ),
        (
            "two credentials",
            text(HOST, &[credential.as_slice(), &other].concat()),
        ),
        ("another algorithm", changed(kid_at - 3, 0x26)),
        ("a map with one key more than it has", changed(3, 0xa3)),
        (
            "another tag",
            text(HOST, &[&[0xd1], &credential[1..]].concat()),
        ),
        (
            "a payload of another version",
            text(HOST, &version_two(&world)),
        ),
        (
            "another signed thing of ours",
            text(
                HOST,
                &cose::sign(Kind::StatusList, b"", &world.issuer).unwrap(),
            ),
        ),
    ];
    let not_ours = not_ours
        .iter()
        .map(|(name, text)| Row::text(name, text).is("not_ours", &[]));
    let malformed = malformed
        .iter()
        .map(|(name, text)| Row::text(name, text).is("malformed", &[]));
    let good = [
        Row::text("the fragment alone", fragment),
        Row::text(
            "an address in small letters",
            &format!("https://{}/v#{fragment}", HOST.to_lowercase()),
        ),
        Row::text(
            "another host with a port",
            &format!("HTTPS://EVIL.EXAMPLE:8443/V#{fragment}"),
        ),
        Row::text("without TLS", &format!("HTTP://{HOST}/V#{fragment}")),
    ];
    let good = good.into_iter().map(|row| {
        let like = Row::screen("", NOW, |_| {});
        row.told_as_by(&like)
    });
    not_ours.chain(malformed).chain(good).collect()
}

/// A rightly signed credential of a version to come.
fn version_two(world: &World) -> Vec<u8> {
    let good = world.credential(|_| {});
    let mut payload = cose::read(Kind::Credential, &good)
        .unwrap()
        .payload
        .to_vec();
    let version = payload
        .windows(3)
        .position(|w| w == [0x86, 1, 0x69])
        .unwrap()
        + 1;
    payload[version] = 2;
    cose::sign(Kind::Credential, &payload, &world.issuer).unwrap()
}

/// Step 2.
pub fn bundles() -> Vec<Row> {
    let forged = World::new().credential_by(&World::new().stranger, |_| {});
    vec![
        Row::screen("a good code and no bundle", NOW, |_| {})
            .without_bundle()
            .untold()
            .is("no_bundle", &[]),
        Row::paper("a forged print and no bundle", &forged)
            .without_bundle()
            .untold()
            .is("no_bundle", &[]),
        Row::screen("an old picture and no bundle", NOW - DAY, |_| {})
            .without_bundle()
            .untold()
            .is("no_bundle", &[]),
        Row::screen("a revoked code and no bundle", NOW, |c| {
            c.status_index = REVOKED
        })
        .without_bundle()
        .untold()
        .is("no_bundle", &[]),
        Row::text("no code and no bundle", "hello")
            .without_bundle()
            .is("not_ours", &[]),
        Row::text("a damaged code and no bundle", "https://x/V#AAA")
            .without_bundle()
            .is("malformed", &[]),
        Row::screen("no bundle, whatever the server says", NOW, |_| {})
            .without_bundle()
            .live("valid")
            .untold()
            .is("no_bundle", &[]),
    ]
}

/// Step 3.
pub fn keys() -> Vec<Row> {
    let world = World::new();
    let by = |name: &str, key: &IssuerKey, issued: i64, at: i64| {
        let credential = world.credential_by(key, |c| c.issued = issued);
        Row::shown(name, &world.phone, &credential, at, None).now(at)
    };
    let (old, issuer, lost) = (&world.old, &world.issuer, &world.lost);
    let mut rows = vec![
        by("a key of no bundle", &world.stranger, NOW - DAY, NOW)
            .untold()
            .is("unknown_key", &[]),
        by(
            "issued at the key's first second",
            issuer,
            NOW - 200 * DAY,
            NOW,
        ),
        by(
            "issued a second before the key",
            issuer,
            NOW - 200 * DAY - 1,
            NOW,
        )
        .untold()
        .is("key_out_of_time", &[]),
        by(
            "issued at a retired key's first second",
            old,
            NOW - 400 * DAY,
            NOW,
        ),
        by(
            "issued a second before a retired key",
            old,
            NOW - 400 * DAY - 1,
            NOW,
        )
        .untold()
        .is("key_out_of_time", &[]),
        by(
            "issued at a retired key's last second",
            old,
            NOW - 200 * DAY,
            NOW,
        ),
        by(
            "issued a second after a key was retired",
            old,
            NOW - 200 * DAY + 1,
            NOW,
        )
        .untold()
        .is("key_out_of_time", &[]),
        by(
            "a key that is not in force yet",
            &world.next,
            NOW - DAY,
            NOW,
        )
        .untold()
        .is("key_out_of_time", &[]),
        by(
            "issued at the cut-off of a lost key",
            lost,
            NOW - 60 * DAY,
            NOW,
        ),
        by(
            "issued a second after the cut-off",
            lost,
            NOW - 60 * DAY + 1,
            NOW,
        )
        .untold()
        .is("key_revoked", &[]),
        by(
            "a revoked key, however early it was issued",
            &world.revoked,
            NOW - 170 * DAY,
            NOW,
        )
        .untold()
        .is("key_revoked", &[]),
        by("revoked goes before out of time", lost, NOW + 21 * DAY, NOW)
            .untold()
            .is("key_revoked", &[]),
    ];
    // The bundle "rotated" revokes the issuer's key an hour after now.
    for (name, at, good) in [
        ("a second before the key is revoked", NOW + 3599, true),
        ("at the second the key is revoked", NOW + 3600, false),
    ] {
        let row = by(name, issuer, NOW - DAY, at).by("rotated", NOW - 60);
        rows.push(if good {
            row
        } else {
            row.untold().is("key_revoked", &[])
        });
    }
    let credential = world.credential(|_| {});
    let kid_at = credential
        .windows(4)
        .position(|w| w == world.issuer.kid())
        .unwrap();
    let mut misnamed = credential.clone();
    misnamed[kid_at..kid_at + 4].copy_from_slice(&world.old.kid());
    let forged = |name: &str, bytes: &[u8]| {
        Row::shown(name, &world.phone, bytes, NOW, None)
            .untold()
            .is("forged", &[])
    };
    rows.push(forged("signed by one key, named after another", &misnamed));
    for (name, from_end) in [
        ("the first byte of the signature", 64),
        ("the last byte of the signature", 1),
    ] {
        let mut changed = credential.clone();
        let place = changed.len() - from_end;
        changed[place] ^= 1;
        rows.push(forged(&format!("a bit of {name}"), &changed));
    }
    let field = |name: &str, change: fn(&mut anpei::codes::tc1::Credential)| {
        let other = world.credential(change);
        let signature = &credential[credential.len() - 64..];
        forged(name, &[&other[..other.len() - 64], signature].concat())
    };
    rows.push(field("another name", |c| c.name = "王建园".to_owned()));
    rows.push(field("another ID number", |c| {
        c.id_tail = "1234".to_owned()
    }));
    rows.push(field("another item", |c| c.items[0].number = 33));
    rows.push(field("another last day", |c| {
        c.items[0].valid_until = Some(21_700)
    }));
    rows.push(field("another place in the list", |c| c.status_index += 1));
    rows.push(field("checked where it was not", |c| {
        c.items[0].checked = false
    }));
    rows.push(field("another phone's key", |c| {
        c.holder = Some(World::new().other_phone.key())
    }));
    rows
}

/// Step 4.
pub fn statuses() -> Vec<Row> {
    let at = |name: &str, place: u32| Row::screen(name, NOW, |c| c.status_index = place);
    let mut rows = vec![
        at("revoked", REVOKED).unproved().is("revoked", &[]),
        at("suspended", SUSPENDED).unproved().is("suspended", &[]),
        at("replaced", SUPERSEDED).unproved().is("superseded", &[]),
        at("the place before a revoked one", REVOKED - 1),
        at("the place after a replaced one", SUPERSEDED + 1),
        at("the first place", 0),
        at("the last place of the list", (1 << 20) - 1),
        at("the first place beyond the list", 1 << 20)
            .unlisted()
            .is("bundle_stale", &[]),
        at("far beyond the list", u32::MAX)
            .unlisted()
            .is("bundle_stale", &[]),
        at("revoked, and lifted in a later bundle", REVOKED).by("lifted", NOW - 300),
        at("in a second list, suspended there", BEYOND)
            .by("wider", NOW - 200)
            .unproved()
            .is("suspended", &[]),
        at("in a second list, good there", BEYOND + 1).by("wider", NOW - 200),
        at("revoked long ago, by a bundle long kept", REVOKED)
            .now(NOW + 30 * DAY)
            .unproved()
            .is("revoked", &[]),
    ];
    for (status, reason) in [
        ("valid", "valid"),
        ("invalid", "revoked"),
        ("suspended", "suspended"),
        ("superseded", "superseded"),
        ("unclaimed", "unclaimed"),
    ] {
        let row = at(&format!("the server says {status}"), REVOKED)
            .live(status)
            .is(reason, &[]);
        rows.push(if status == "valid" {
            row
        } else {
            row.unproved()
        });
    }
    let unclaimed = World::new().credential(|c| c.holder = None);
    rows.push(
        Row::paper("a print nobody claimed yet, at the server", &unclaimed)
            .live("unclaimed")
            .is("unclaimed", &[]),
    );
    rows.push(
        Row::paper("a print, at the server", &unclaimed)
            .live("valid")
            .is("paper", &[]),
    );
    rows
}
