//! The bundles that rows go by, and bundles that are to be refused.

use anpei::codes::bundle::{Key, Policy};
use anpei::codes::cose::IssuerKey;
use anpei::codes::status_list::Status;
use serde_json::{Map, Value, json};

use crate::codes::made::{BEYOND, COUNTY, DAY, Draft, NOW, REVOKED, World};

const COUNTY_NAME: &str = "新昌县（示例）";
const STRICT: Policy = Policy {
    soon_days: 0,
    fresh_seconds: 10,
    bundle_fresh_seconds: 3600,
    bundle_old_seconds: 7200,
    day_offset: 0,
};

type Change = Box<dyn Fn(&mut Draft)>;

fn again(key: &IssuerKey) -> IssuerKey {
    IssuerKey::from_seed(&key.seed().unwrap()).unwrap()
}

/// Good bundles, by their names.
fn good() -> Vec<(&'static str, Change)> {
    vec![
        ("today", Box::new(|_| {})),
        (
            "lifted",
            Box::new(|d| (d.version, d.time, d.statuses) = (8, NOW - 300, Vec::new())),
        ),
        (
            "wider",
            Box::new(|d| {
                (d.version, d.time, d.shards) = (9, NOW - 200, 2);
                d.statuses.push((BEYOND, Status::Suspended));
            }),
        ),
        (
            "strict",
            Box::new(|d| (d.version, d.time, d.policy) = (10, NOW - 100, STRICT)),
        ),
        (
            "early",
            Box::new(|d| (d.version, d.time) = (5, NOW - 10 * 3600 - 60)),
        ),
        ("long", Box::new(|d| d.policy.soon_days = 3650)),
        (
            "rotated",
            Box::new(|d| {
                (d.version, d.time, d.keys.version) = (11, NOW - 60, 4);
                d.keys.keys[1].revoked_from = Some(NOW + 3600);
                d.keys.keys[2].not_before = NOW - DAY;
                d.signer = again(&World::new().next);
            }),
        ),
    ]
}

/// What a good bundle says.
fn told(draft: &Draft, bytes: &[u8]) -> Value {
    let key = |key: &Key| {
        json!({
            "kid": hex::encode(key.public.kid()), "public": hex::encode(key.public.bytes()),
            "not_before": key.not_before, "not_after": key.not_after,
            "cut_off": key.cut_off, "revoked_from": key.revoked_from,
        })
    };
    let policy = draft.policy;
    json!({
        "hex": hex::encode(bytes), "version": draft.version, "time": draft.time, "county": draft.county,
        "county_name": COUNTY_NAME, "keys_version": draft.keys.version,
        "policy": {"soon_days": policy.soon_days, "fresh_seconds": policy.fresh_seconds,
            "bundle_fresh_seconds": policy.bundle_fresh_seconds,
            "bundle_old_seconds": policy.bundle_old_seconds, "day_offset": policy.day_offset},
        "keys": draft.keys.keys.iter().map(key).collect::<Vec<_>>(),
    })
}

pub fn bundles() -> Map<String, Value> {
    let world = World::new();
    let each = good().into_iter().map(|(name, change)| {
        let mut said = None;
        let bytes = world.bundle(|draft| {
            change(draft);
            said = Some(told(draft, &[]));
        });
        let mut said = said.unwrap();
        said["hex"] = hex::encode(bytes).into();
        (name.to_owned(), said)
    });
    each.collect()
}

/// What becomes of a bundle where another is kept, by these roots.
pub fn rows() -> Vec<Value> {
    let world = World::new();
    let both: Vec<String> = world.roots().iter().map(hex::encode).collect();
    let row = |name: &str,
               bytes: &[u8],
               kept: Option<&str>,
               roots: &[String],
               refused: Option<&str>| {
        json!({"name": name, "hex": hex::encode(bytes), "kept": kept, "roots": roots, "refused": refused})
    };
    let made = |change: Change| world.bundle(|draft| change(draft));
    let of = |name: &str, change: Change, kept: Option<&str>, refused: Option<&str>| {
        row(name, &made(change), kept, &both, refused)
    };
    let today = made(Box::new(|_| {}));
    let flip = |what: &[u8]| {
        let mut flipped = today.clone();
        let place = flipped.windows(what.len()).position(|w| w == what);
        flipped[place.unwrap() + what.len() - 1] ^= 1;
        flipped
    };
    let mut resigned = today.clone();
    *resigned.last_mut().unwrap() ^= 1;
    let kept = Some("today");
    let w = World::new;
    vec![
        row("the first bundle", &today, None, &both, None),
        row("the same again", &today, kept, &both, None),
        row("with the first root alone", &today, None, &both[..1], None),
        row(
            "with the second root alone",
            &today,
            None,
            &both[1..],
            Some("unknown_root"),
        ),
        row("with no root", &today, None, &[], Some("unknown_root")),
        row(
            "a bit of the county flipped",
            &flip(COUNTY.as_bytes()),
            None,
            &both,
            Some("forged"),
        ),
        row(
            "a bit of a key flipped",
            &flip(&world.issuer.public()),
            None,
            &both,
            Some("forged_keys"),
        ),
        row(
            "the signature changed",
            &resigned,
            None,
            &both,
            Some("forged"),
        ),
        row(
            "cut short",
            &today[..today.len() - 1],
            None,
            &both,
            Some("malformed"),
        ),
        row(
            "a byte after the end",
            &[today.as_slice(), &[0]].concat(),
            None,
            &both,
            Some("malformed"),
        ),
        row("nothing", &[], None, &both, Some("malformed")),
        row(
            "a credential",
            &world.credential(|_| {}),
            None,
            &both,
            Some("malformed"),
        ),
        row(
            "a key set",
            &world.key_set().sign(&world.root).unwrap(),
            None,
            &both,
            Some("malformed"),
        ),
        of(
            "by the second root",
            Box::new(move |d| d.root = again(&w().spare)),
            kept,
            None,
        ),
        of(
            "by a root nobody pinned",
            Box::new(move |d| d.root = again(&w().stranger)),
            None,
            Some("unknown_root"),
        ),
        of(
            "by a key of no set",
            Box::new(move |d| d.signer = again(&w().stranger)),
            None,
            Some("unknown_key"),
        ),
        of(
            "by a retired key",
            Box::new(move |d| d.signer = again(&w().old)),
            None,
            Some("key_not_in_force"),
        ),
        of(
            "by a key to come",
            Box::new(move |d| d.signer = again(&w().next)),
            None,
            Some("key_not_in_force"),
        ),
        of(
            "by a lost key, after its cut-off",
            Box::new(move |d| d.signer = again(&w().lost)),
            None,
            Some("key_not_in_force"),
        ),
        of(
            "by a revoked key",
            Box::new(move |d| d.signer = again(&w().revoked)),
            None,
            Some("key_not_in_force"),
        ),
        of(
            "a list by a stranger",
            Box::new(move |d| d.shard_signer = again(&w().stranger)),
            None,
            Some("unknown_key"),
        ),
        of(
            "a version back",
            Box::new(|d| d.version -= 1),
            kept,
            Some("rolled_back"),
        ),
        of("a version on", Box::new(|d| d.version += 1), kept, None),
        of(
            "the same version, a second earlier",
            Box::new(|d| d.time -= 1),
            kept,
            Some("rolled_back"),
        ),
        of(
            "the same version, a second later",
            Box::new(|d| d.time += 1),
            kept,
            None,
        ),
        of(
            "a version on, by a clock set back",
            Box::new(|d| (d.version, d.time) = (8, d.time - 3600)),
            kept,
            None,
        ),
        of(
            "older keys",
            Box::new(|d| (d.version, d.keys.version) = (8, 2)),
            kept,
            Some("keys_rolled_back"),
        ),
        of(
            "other keys of the same version",
            Box::new(|d| {
                d.version = 8;
                d.keys.keys.pop();
            }),
            kept,
            Some("keys_rolled_back"),
        ),
        of(
            "newer keys",
            Box::new(|d| (d.version, d.keys.version) = (8, 4)),
            kept,
            None,
        ),
        of(
            "another county",
            Box::new(|d| d.county = "330625".to_owned()),
            kept,
            Some("other_county"),
        ),
        of(
            "another county, where none is kept",
            Box::new(|d| d.county = "330625".to_owned()),
            None,
            None,
        ),
        of(
            "a list of more than a shard",
            Box::new(|d| {
                d.list = anpei::codes::status_list::StatusList::new(2, 8 << 20);
            }),
            None,
            Some("malformed"),
        ),
        of(
            "a list of one bit",
            Box::new(|d| {
                d.list = anpei::codes::status_list::StatusList::new(1, 1 << 20);
            }),
            None,
            Some("malformed"),
        ),
        of(
            "a list of a few",
            Box::new(|d| {
                d.list = anpei::codes::status_list::StatusList::new(2, 4400);
            }),
            None,
            None,
        ),
        of("no list", Box::new(|d| d.shards = 0), None, None),
        of(
            "un-revoked by a later one",
            Box::new(|d| {
                d.version = 8;
                d.statuses.retain(|(place, _)| *place != REVOKED);
            }),
            kept,
            None,
        ),
        of(
            "its county by name",
            Box::new(|d| d.county = COUNTY.to_owned()),
            kept,
            None,
        ),
    ]
}
