//! Which bundles are believed, and which are refused.

use anpei::codes::bundle::{self, KeySet, Refused};
use anpei::codes::cose::IssuerKey;
use anpei::codes::status_list::{SHARD, Status, StatusList};

use super::made::{COUNTY, DAY, Draft, GOOD, NOW, REVOKED, World};

#[test]
fn a_bundle_reads_back_and_is_kept_as_it_came() {
    let world = World::new();
    let bytes = world.bundle(|_| {});
    let kept = bundle::read(&bytes, &world.roots(), None).unwrap();
    assert_eq!(kept.bytes(), bytes);
    assert_eq!(
        (kept.version, kept.time, kept.county.as_str()),
        (7, NOW - 600, COUNTY)
    );
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
        (
            |w, d| d.shard_signer = again(&w.stranger),
            Refused::UnknownKey,
        ),
        (
            |w, d| d.shard_signer = again(&w.old),
            Refused::KeyNotInForce,
        ),
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
        (
            "the next, by a clock set right",
            |d| (d.version, d.time) = (8, d.time - 60),
            None,
        ),
        ("new keys", |d| d.keys.version += 1, None),
        (
            "an older one",
            |d| d.version -= 1,
            Some(Refused::RolledBack),
        ),
        (
            "the same, told earlier",
            |d| d.time -= 1,
            Some(Refused::RolledBack),
        ),
        (
            "older keys",
            |d| (d.version, d.keys.version) = (8, 2),
            Some(Refused::KeysRolledBack),
        ),
        (
            "other keys, same version",
            |d| d.keys.keys.truncate(2),
            Some(Refused::KeysRolledBack),
        ),
        (
            "another county",
            |d| d.county = "330625".to_owned(),
            Some(Refused::OtherCounty),
        ),
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
        assert!(
            bundle::read(&changed, &world.roots(), None).is_err(),
            "byte {place}"
        );
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
}
