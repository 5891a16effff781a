//! The file of vectors, made of its rows: an item a line, so that a change shows as the rows it changes.

use anpei::codes::cose::IssuerKey;
use anpei::codes::status_list::{self, StatusList};
use anpei::codes::tc1::{self, Credential};
use serde_json::{Map, Value, json};

use super::{bundles, dates, doubts, order, proof, thing};
use crate::codes::made::{DAY, NOW, World, five};

pub fn make() -> String {
    let world = World::new();
    let rows: Vec<Value> = [
        ("1 the thing", thing::rows()),
        ("2 the bundle", thing::bundles()),
        ("3 the key", thing::keys()),
        ("4 the status", thing::statuses()),
        ("5 the proof", proof::rows()),
        ("6 the dates", dates::rows()),
        ("7 the doubts", doubts::rows()),
        ("the order", order::rows()),
        ("the threats", order::threats()),
    ]
    .iter()
    .flat_map(|(group, rows)| rows.iter().map(|row| row.json(group)))
    .collect();
    let roots: Vec<String> = world.roots().iter().map(hex::encode).collect();
    let mut out = String::from("{\n");
    let mut part = |name: &str, text: String, last: bool| {
        out.push_str(&format!(
            "\"{name}\": {text}{}\n",
            if last { "" } else { "," }
        ));
    };
    part("form", json!("anpei tc1 vectors 1").to_string(), false);
    part("roots", json!(roots).to_string(), false);
    part("keys", map(&keys(&world)), false);
    part("bundles", map(&bundles::bundles()), false);
    part("credentials", map(&credentials(&world)), false);
    part("rows", list(&rows), false);
    part("bundle_rows", list(&bundles::rows()), false);
    part("holder_keys", list(&holder_keys(&world)), false);
    part("claims", list(&claims(&world)), false);
    part("status_lists", list(&status_lists(&world)), true);
    out.push_str("}\n");
    out
}

fn list(values: &[Value]) -> String {
    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
    format!("[\n{}\n]", lines.join(",\n"))
}

fn map(values: &Map<String, Value>) -> String {
    let line = |(name, value): (&String, &Value)| format!("{}: {value}", json!(name));
    let lines: Vec<String> = values.iter().map(line).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// The keys of this file, which sign nothing else anywhere.
fn keys(world: &World) -> Map<String, Value> {
    let key = |key: &IssuerKey| {
        json!({"kid": hex::encode(key.kid()), "public": hex::encode(key.public()),
            "seed": hex::encode(key.seed().unwrap())})
    };
    [
        ("root", &world.root),
        ("spare", &world.spare),
        ("old", &world.old),
        ("issuer", &world.issuer),
        ("next", &world.next),
        ("lost", &world.lost),
        ("revoked", &world.revoked),
        ("stranger", &world.stranger),
    ]
    .into_iter()
    .map(|(name, of)| (name.to_owned(), key(of)))
    .collect()
}

fn credentials(world: &World) -> Map<String, Value> {
    type Change = fn(&mut Credential);
    let cases: [(&str, &IssuerKey, Change); 9] = [
        ("one certificate", &world.issuer, |_| {}),
        ("five certificates", &world.issuer, |c| c.items = five()),
        ("with an end", &world.issuer, |c| {
            c.expires = Some(NOW + 100 * DAY)
        }),
        ("without a phone", &world.issuer, |c| c.holder = None),
        ("no dates", &world.issuer, |c| {
            (c.items[0].valid_until, c.items[0].review_due) = (None, None)
        }),
        ("not checked", &world.issuer, |c| c.items[0].checked = false),
        ("a long name", &world.issuer, |c| {
            c.name = "买买提·阿不都热合曼".to_owned()
        }),
        ("by a retired key", &world.old, |c| {
            c.issued = NOW - 300 * DAY
        }),
        ("the largest numbers", &world.issuer, |c| {
            (c.status_index, c.items[0].number) = (u32::MAX, u16::MAX);
            c.items[0].valid_until = Some(tc1::LAST_DAY);
        }),
    ];
    let each = cases.into_iter().map(|(name, key, change)| {
        let mut credential = world.plain();
        change(&mut credential);
        let bytes = tc1::sign(&credential, key).unwrap();
        (name.to_owned(), told(&credential, key, &bytes))
    });
    each.collect()
}

fn told(credential: &Credential, key: &IssuerKey, bytes: &[u8]) -> Value {
    let items = credential.items.iter().map(|item| {
        json!({"item": item.number, "valid_until": item.valid_until,
            "review_due": item.review_due, "checked": item.checked})
    });
    json!({
        "hex": hex::encode(bytes), "key": hex::encode(key.public()), "kid": hex::encode(key.kid()),
        "id": hex::encode(credential.id), "issued": credential.issued, "expires": credential.expires,
        "name": credential.name, "id_tail": credential.id_tail, "status_index": credential.status_index,
        "holder": credential.holder.map(hex::encode), "items": items.collect::<Vec<_>>(),
    })
}

fn holder_keys(world: &World) -> Vec<Value> {
    let (key, point) = (world.phone.key(), world.phone.point());
    let start = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    let spki = [start, point.clone()].concat();
    let mut hybrid = point.clone();
    hybrid[0] = 6 + (point[64] & 1);
    let mut off = point.clone();
    off[64] ^= 1;
    let mut no_point = [0; 33];
    (no_point[0], no_point[32]) = (2, 1);
    let row = |name: &str, bytes: &[u8], good: bool| json!({"name": name, "hex": hex::encode(bytes), "key": good.then(|| hex::encode(key))});
    vec![
        row("compressed", &key, true),
        row("uncompressed", &point, true),
        row("SubjectPublicKeyInfo", &spki, true),
        row("hybrid", &hybrid, false),
        row("off the curve", &off, false),
        row("an x without a y", &no_point, false),
        row("the point at infinity", &[0], false),
        row("a byte short", &key[..32], false),
        row("a byte long", &[spki.as_slice(), &[0]].concat(), false),
        row("nothing", &[], false),
    ]
}

fn claims(world: &World) -> Vec<Value> {
    let (nonce, key) = (b"a nonce of sixteen and more bytes", world.phone.key());
    let good = world.phone.claim(nonce);
    let mut changed = good;
    changed[63] ^= 1;
    let row = |name: &str, nonce: &[u8], key: &[u8], signature: &[u8], good: bool| {
        json!({"name": name, "nonce": hex::encode(nonce), "key": hex::encode(key),
            "signature": hex::encode(signature), "good": good})
    };
    let shown = world.phone.show(b"credential", NOW, None);
    let others = world.other_phone.key();
    vec![
        row("good", nonce, &key, &good, true),
        row("an empty nonce", b"", &key, &world.phone.claim(b""), true),
        row("another nonce", b"another", &key, &good, false),
        row("another key", nonce, &others, &good, false),
        row(
            "another phone",
            nonce,
            &key,
            &world.other_phone.claim(nonce),
            false,
        ),
        row("a changed bit", nonce, &key, &changed, false),
        row("noughts", nonce, &key, &[0; 64], false),
        row("a proof of presence", nonce, &key, &shown.proof, false),
    ]
}

/// A list at each width: values that fill it, in an order that no packing from the wrong end gives.
fn status_lists(world: &World) -> Vec<Value> {
    let row = |bits: u8| {
        let values: Vec<u8> = (0..96_u32)
            .map(|index| u8::try_from((index * 37 + index / 5) % (1 << bits)).unwrap())
            .collect();
        let mut list = StatusList::new(bits, 96).unwrap();
        for (index, value) in (0..).zip(&values) {
            assert!(list.set(index, *value));
        }
        let subject = format!("urn:anpei:status:330624:{bits}");
        let token = status_list::sign(&subject, NOW, &list, &world.issuer).unwrap();
        let lst = status_list::read(&token).unwrap().lst.to_vec();
        json!({"bits": bits, "lst": hex::encode(lst), "hex": hex::encode(token), "subject": subject,
            "issued": NOW, "key": hex::encode(world.issuer.public()), "statuses": values})
    };
    [1, 2, 4, 8].map(row).to_vec()
}
