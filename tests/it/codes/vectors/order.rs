//! Rows in which two things are wrong: the earlier step decides. And the threats, by their names in the design.

use super::rows::Row;
use crate::codes::made::{
    BEYOND, DAY, ELECTRIC, NOW, REVOKED, SUPERSEDED, SUSPENDED, TODAY, World, item,
};

/// Of two faults the first is told.
pub fn rows() -> Vec<Row> {
    let world = World::new();
    let by = |name: &str, key, issued: i64, change: fn(&mut anpei::codes::tc1::Credential)| {
        let credential = world.credential_by(key, |c| {
            c.issued = issued;
            change(c);
        });
        Row::shown(name, &world.phone, &credential, NOW, None)
    };
    let revoked = |c: &mut anpei::codes::tc1::Credential| c.status_index = REVOKED;
    let expired = |c: &mut anpei::codes::tc1::Credential| c.items[0].valid_until = Some(TODAY - 1);
    let mut forged = world.credential(revoked);
    *forged.last_mut().unwrap() ^= 1;
    let copied = world.credential(expired);
    let copied = world.other_phone.show(&copied, NOW - DAY, None).encode();
    let stolen = world.credential(|c| c.status_index = SUSPENDED);
    let stolen = world.other_phone.show(&stolen, NOW, None).encode();
    vec![
        by(
            "an unknown key before a revoked code",
            &world.stranger,
            NOW - DAY,
            revoked,
        )
        .untold()
        .is("unknown_key", &[]),
        by(
            "a revoked key before a revoked code",
            &world.revoked,
            NOW - 100 * DAY,
            revoked,
        )
        .untold()
        .is("key_revoked", &[]),
        by(
            "a key out of time before an expired certificate",
            &world.old,
            NOW - DAY,
            expired,
        )
        .untold()
        .is("key_out_of_time", &[]),
        Row::paper("forged before revoked", &forged)
            .untold()
            .is("forged", &[]),
        Row::paper("suspended before another phone's signature", &stolen).is("suspended", &[]),
        Row::paper(
            "another phone's signature before its age and the dates",
            &copied,
        )
        .is("forged", &[]),
        Row::screen("revoked before an old picture", NOW - DAY, revoked)
            .unproved()
            .is("revoked", &[]),
        Row::screen("revoked before expired", NOW, |c| {
            revoked(c);
            expired(c);
        })
        .unproved()
        .is("revoked", &[]),
        Row::screen("revoked before the challenge", NOW, revoked)
            .challenge("4071")
            .unproved()
            .is("revoked", &[]),
        Row::screen("an old picture before expired", NOW - DAY, expired).is("proof_old", &[]),
        Row::screen("a challenge before expired", NOW, expired)
            .challenge("4071")
            .is("challenge_missing", &[]),
        Row::screen("an old picture before the item", NOW - DAY, |_| {})
            .for_item(ELECTRIC)
            .is("proof_old", &[]),
        Row::screen("a replay before the item", NOW, |_| {})
            .seen()
            .for_item(ELECTRIC)
            .is("replayed", &[]),
        Row::screen("the item before its dates", NOW, expired)
            .for_item(ELECTRIC)
            .is("not_for_this_item", &[]),
        Row::screen("expired before the bundle's age", NOW + 8 * DAY, expired)
            .now(NOW + 8 * DAY)
            .is("expired", &[]),
        Row::screen("expired before doubts of the clock", NOW - 600, expired)
            .now(NOW - DAY)
            .is("expired", &[]),
        Row::screen("replaced, and expired, and old", NOW - DAY, |c| {
            c.status_index = SUPERSEDED;
            expired(c);
        })
        .unproved()
        .is("superseded", &[]),
    ]
}

/// The threats of the design.
pub fn threats() -> Vec<Row> {
    let world = World::new();
    let good = world.credential(|_| {});
    let by_stranger = world.credential_by(&world.stranger, |_| {});
    let by_old = world.credential_by(&world.old, |_| {});
    let copied = world.other_phone.show(&good, NOW, None).encode();
    let whole = world.phone.show(&good, NOW, None).encode();
    let mut flipped = whole.clone();
    flipped[100] ^= 4;
    let address = |bytes: &[u8], host: &str| anpei::codes::presentation::text(host, bytes);
    let threat = |name: &str| format!("threat: {name}");
    vec![
        Row::paper(&threat("forged field"), &{
            let other = world.credential(|c| c.items[0] = item(ELECTRIC));
            [&other[..other.len() - 64], &good[good.len() - 64..]].concat()
        })
        .untold()
        .is("forged", &[]),
        Row::paper(&threat("bit flip"), &flipped)
            .untold()
            .is("forged", &[]),
        Row::paper(&threat("truncation"), &whole[..200])
            .untold()
            .is("malformed", &[]),
        Row::paper(
            &threat("trailing bytes"),
            &[whole.as_slice(), b"\0"].concat(),
        )
        .untold()
        .is("malformed", &[]),
        Row::screen(&threat("screenshot older than 45 s"), NOW - 46, |_| {}).is("proof_old", &[]),
        Row::screen(&threat("pre-signed future code, now due"), NOW, |_| {})
            .challenge("8305")
            .is("challenge_missing", &[]),
        Row::answered(
            &threat("pre-signed future code, digits guessed"),
            NOW,
            "1234",
        )
        .challenge("8305")
        .is("challenge_wrong", &[]),
        Row::screen(&threat("replay"), NOW, |_| {})
            .seen()
            .is("replayed", &[]),
        Row::screen(&threat("revoked"), NOW, |c| c.status_index = REVOKED)
            .unproved()
            .is("revoked", &[]),
        Row::screen(&threat("un-revoked"), NOW, |c| c.status_index = REVOKED)
            .by("lifted", NOW - 300),
        Row::screen(&threat("verifier clock wrong"), NOW - 600, |_| {})
            .now(NOW - DAY)
            .is("verifier_clock", &[]),
        Row::paper(&threat("unknown kid"), &by_stranger)
            .untold()
            .is("unknown_key", &[]),
        Row::paper(&threat("retired kid"), &by_old)
            .untold()
            .is("key_out_of_time", &[]),
        Row::screen(&threat("stolen phone"), NOW, |c| c.status_index = SUSPENDED)
            .unproved()
            .is("suspended", &[]),
        Row::paper(&threat("two phones with one code"), &copied).is("forged", &[]),
        Row::screen(&threat("old phone after a new claim"), NOW, |c| {
            c.status_index = SUPERSEDED
        })
        .unproved()
        .is("superseded", &[]),
        Row::text(
            &threat("fake host, good code"),
            &address(&whole, "GOV.EVIL.EXAMPLE"),
        )
        .told_as_by(&Row::screen("", NOW, |_| {})),
        Row::text(
            &threat("fake host, forged code"),
            &address(&by_stranger, "GOV.EVIL.EXAMPLE"),
        )
        .is("unknown_key", &[]),
        Row::screen(&threat("a list that does not reach the code"), NOW, |c| {
            c.status_index = BEYOND
        })
        .unlisted()
        .is("bundle_stale", &[]),
    ]
}
