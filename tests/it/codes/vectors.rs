//! The vectors in `tests/vectors/tc1.json`: every verifier, in whatever language, comes to the verdicts they tell.
//!
//! The rows are made here, their verdicts written by hand beside them and never computed; `make vectors` writes the file,
//! and a test each keeps it true, whole and as it was made.

mod bundles;
mod dates;
mod doubts;
mod file;
mod order;
mod proof;
mod rows;
mod thing;

use std::collections::{BTreeMap, BTreeSet};

use anpei::codes::bundle::{self, Kept, Policy};
use anpei::codes::presentation::{holder_key, verify_claim};
use anpei::codes::status_list::{self, Status, StatusList};
use anpei::codes::tc1;
use anpei::codes::verdict::{Asked, ItemVerdict, Live, Reason, Verdict, judge, judge_status};
use serde_json::{Value, json};

fn file() -> Value {
    serde_json::from_str(include_str!("../../vectors/tc1.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn fixed<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn roots(value: &Value) -> Vec<[u8; 32]> {
    value.as_array().unwrap().iter().map(fixed).collect()
}

/// The bundles of the file that rows go by, verified.
fn kept(file: &Value) -> BTreeMap<String, Kept> {
    let of = |(name, bundle): (&String, &Value)| {
        let kept = bundle::read(&bytes(&bundle["hex"]), &roots(&file["roots"]), None);
        (
            name.clone(),
            kept.unwrap_or_else(|why| panic!("{name}: {why}")),
        )
    };
    file["bundles"]
        .as_object()
        .unwrap()
        .iter()
        .map(of)
        .collect()
}

fn live(word: &str) -> Live {
    match word {
        "valid" => Live::Listed(Status::Valid),
        "invalid" => Live::Listed(Status::Invalid),
        "suspended" => Live::Listed(Status::Suspended),
        "superseded" => Live::Listed(Status::Superseded),
        "unclaimed" => Live::Unclaimed,
        other => panic!("no status is called {other}"),
    }
}

fn words(reasons: &[Reason]) -> Value {
    reasons.iter().map(|reason| reason.word()).collect()
}

fn told(row: &Value, kept: &BTreeMap<String, Kept>) -> Verdict {
    let challenge = row["challenge"].as_str();
    let asked = Asked {
        text: row["text"].as_str().unwrap(),
        now: row["now"].as_i64().unwrap(),
        for_item: row["for"]
            .as_u64()
            .map(|number| u16::try_from(number).unwrap()),
        challenge: challenge.map(|digits| digits.as_bytes().try_into().unwrap()),
        seen_before: row["seen_before"].as_bool().unwrap(),
    };
    let kept = row["bundle"].as_str().map(|name| &kept[name]);
    match row["live"].as_str() {
        None => judge(&asked, kept),
        Some(status) => judge_status(&asked, kept, live(status)),
    }
}

fn item(verdict: &ItemVerdict) -> Value {
    json!({
        "item": verdict.item.number, "reason": verdict.reason.word(),
        "also": words(&verdict.also), "days_left": verdict.days_left,
    })
}

#[test]
fn the_verdict_passes_every_row() {
    let file = file();
    let kept = kept(&file);
    let rows = file["rows"].as_array().unwrap();
    let mut faults = Vec::new();
    for row in rows {
        let (verdict, wanted) = (told(row, &kept), &row["verdict"]);
        let mut found = json!({
            "colour": verdict.colour.word(), "reason": verdict.reason.word(), "also": words(&verdict.also),
            "told": verdict.credential.is_some(), "status_as_of": verdict.status_as_of,
            "proof_key": verdict.proof_key.map(hex::encode),
        });
        if wanted.get("items").is_some() {
            found["items"] = verdict.items.iter().map(item).collect();
        }
        assert_eq!(verdict.computed_at, row["now"]);
        if found != *wanted {
            faults.push(format!("{}: {found} instead of {wanted}", row["name"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_rows_walk_the_whole_table() {
    let file = file();
    let rows = file["rows"].as_array().unwrap();
    assert!(rows.len() >= 200, "{} rows", rows.len());
    let names: BTreeSet<_> = rows
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), rows.len(), "each row has a name of its own");
    for reason in Reason::ALL {
        let of = |row: &&Value| row["verdict"]["reason"] == reason.word();
        let told = rows.iter().filter(of).count();
        assert!(told >= 2, "{} is told {told} times", reason.word());
    }
    let colours = |name: &str| {
        rows.iter()
            .filter(|row| row["verdict"]["colour"] == name)
            .count()
    };
    assert!(
        ["green", "yellow", "red", "grey"]
            .iter()
            .all(|colour| colours(colour) >= 10)
    );
}

#[test]
fn a_bundle_is_read_or_refused_as_the_file_says() {
    let file = file();
    let kept = kept(&file);
    for row in file["bundle_rows"].as_array().unwrap() {
        let before = row["kept"].as_str().map(|name| &kept[name]);
        let read = bundle::read(&bytes(&row["hex"]), &roots(&row["roots"]), before);
        let refused = read.err().map(|why| why.word());
        assert_eq!(json!(refused), row["refused"], "{}", row["name"]);
    }
    for (name, told) in file["bundles"].as_object().unwrap() {
        let kept = &kept[name];
        let policy: &Policy = &kept.policy;
        let found = json!({
            "hex": hex::encode(kept.bytes()), "version": kept.version, "time": kept.time, "county": kept.county,
            "county_name": kept.county_name, "keys_version": kept.keys.version,
            "policy": {"soon_days": policy.soon_days, "fresh_seconds": policy.fresh_seconds,
                "bundle_fresh_seconds": policy.bundle_fresh_seconds,
                "bundle_old_seconds": policy.bundle_old_seconds, "day_offset": policy.day_offset},
            "keys": kept.keys.keys.iter().map(|key| json!({
                "kid": hex::encode(key.public.kid()), "public": hex::encode(key.public.bytes()),
                "not_before": key.not_before, "not_after": key.not_after,
                "cut_off": key.cut_off, "revoked_from": key.revoked_from,
            })).collect::<Vec<_>>(),
        });
        assert_eq!(found, *told, "{name}");
    }
}

#[test]
fn a_credential_says_what_the_file_says() {
    for (name, told) in file()["credentials"].as_object().unwrap() {
        let parsed = tc1::decode(&bytes(&told["hex"])).unwrap();
        let credential = &parsed.credential;
        let found = json!({
            "hex": told["hex"], "key": told["key"], "kid": hex::encode(parsed.kid),
            "id": hex::encode(credential.id), "issued": credential.issued, "expires": credential.expires,
            "name": credential.name, "id_tail": credential.id_tail, "status_index": credential.status_index,
            "holder": credential.holder.map(hex::encode),
            "items": credential.items.iter().map(|item| json!({
                "item": item.number, "valid_until": item.valid_until, "review_due": item.review_due,
                "checked": item.checked,
            })).collect::<Vec<_>>(),
        });
        assert_eq!(found, *told, "{name}");
    }
}

#[test]
fn keys_claims_and_lists_read_as_the_file_says() {
    let file = file();
    for row in file["holder_keys"].as_array().unwrap() {
        let read = holder_key(&bytes(&row["hex"])).map(hex::encode);
        assert_eq!(json!(read), row["key"], "{}", row["name"]);
    }
    for row in file["claims"].as_array().unwrap() {
        let good = verify_claim(
            &bytes(&row["nonce"]),
            &fixed(&row["key"]),
            &fixed(&row["signature"]),
        );
        assert_eq!(json!(good), row["good"], "{}", row["name"]);
    }
    for row in file["status_lists"].as_array().unwrap() {
        let whole = bytes(&row["hex"]);
        let token = status_list::read(&whole).unwrap();
        assert_eq!(json!(token.bits), row["bits"]);
        assert_eq!(json!(hex::encode(token.lst)), row["lst"]);
        let list = StatusList::inflate(token.bits, token.lst, 1 << 20).unwrap();
        let statuses = row["statuses"].as_array().unwrap();
        assert_eq!(list.entries(), statuses.len());
        for (index, status) in (0..).zip(statuses) {
            assert_eq!(json!(list.get(index)), *status);
        }
    }
}

#[test]
fn the_file_is_as_it_is_made() {
    let made = file::make();
    assert!(
        made == include_str!("../../vectors/tc1.json"),
        "tests/vectors/tc1.json is not what its rows make; remedy: make vectors"
    );
}

/// `make vectors`.
#[test]
#[ignore = "writes tests/vectors/tc1.json"]
fn write_the_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/tc1.json");
    std::fs::write(path, file::make()).unwrap();
}
