//! Rows of the fifth step: the holder's signature, the challenge, the replay, the instant.

use anpei::codes::presentation::text;

use super::rows::{Row, digits};
use crate::codes::made::{DAY, HOST, NOW, Phone, World};

/// Step 5.
pub fn rows() -> Vec<Row> {
    let mut rows = instants();
    rows.extend(challenges());
    rows.extend(signatures());
    rows.extend(replays());
    rows
}

fn instants() -> Vec<Row> {
    let ages = [
        ("at the same second", 0, true),
        ("a redraw old", 15, true),
        ("44 seconds old", 44, true),
        ("45 seconds old", 45, true),
        ("46 seconds old", 46, false),
        ("two minutes old", 120, false),
        ("a picture of yesterday", DAY, false),
        ("of the year 1970", NOW, false),
        ("a second ahead", -1, true),
        ("45 seconds ahead", -45, true),
        ("46 seconds ahead", -46, false),
        ("made for tomorrow", -DAY, false),
    ];
    let rows = ages.into_iter().map(|(name, age, fresh)| {
        let reason = if fresh { "valid" } else { "proof_old" };
        Row::screen(name, NOW - age, |_| {}).is(reason, &[])
    });
    // The county of "strict" allows ten seconds.
    let strict = [
        ("ten seconds, where ten are allowed", 10, true),
        ("eleven, where ten are allowed", 11, false),
    ];
    let strict = strict.into_iter().map(|(name, age, fresh)| {
        let reason = if fresh { "valid" } else { "proof_old" };
        Row::screen(name, NOW - age, |_| {})
            .by("strict", NOW - 100)
            .is(reason, &[])
    });
    let answered = [
        ("answered, and at the same second", 0, "valid"),
        ("answered, 45 seconds old", 45, "valid"),
        ("answered, 46 seconds old", 46, "clocks_differ"),
        ("answered, an hour old", 3600, "clocks_differ"),
        ("answered, 46 seconds ahead", -46, "clocks_differ"),
        ("answered, by a phone of 1970", NOW, "clocks_differ"),
    ];
    let answered = answered.into_iter().map(|(name, age, reason)| {
        Row::answered(name, NOW - age, "4071")
            .challenge("4071")
            .is(reason, &[])
    });
    rows.chain(strict).chain(answered).collect()
}

fn challenges() -> Vec<Row> {
    vec![
        Row::answered("the digits that were asked", NOW, "4071").challenge("4071"),
        Row::answered("digits with leading noughts", NOW, "0007").challenge("0007"),
        Row::answered("four noughts", NOW, "0000").challenge("0000"),
        Row::answered("four nines", NOW, "9999").challenge("9999"),
        Row::answered("digits nobody asked, fresh", NOW, "4071"),
        Row::answered("digits nobody asked, old", NOW - 46, "4071").is("proof_old", &[]),
        Row::screen("asked, not answered", NOW, |_| {})
            .challenge("4071")
            .is("challenge_missing", &[]),
        Row::screen("asked, not answered, and old", NOW - DAY, |_| {})
            .challenge("4071")
            .is("challenge_missing", &[]),
        Row::screen("asked, not answered, and made ahead", NOW + DAY, |_| {})
            .challenge("4071")
            .is("challenge_missing", &[]),
        Row::answered("the digits of another verifier", NOW, "4072")
            .challenge("4071")
            .is("challenge_wrong", &[]),
        Row::answered("the digits the other way round", NOW, "1704")
            .challenge("4071")
            .is("challenge_wrong", &[]),
        Row::answered("noughts guessed", NOW, "0000")
            .challenge("0001")
            .is("challenge_wrong", &[]),
        Row::answered("wrong digits, and old", NOW - DAY, "4072")
            .challenge("4071")
            .is("challenge_wrong", &[]),
    ]
}

fn signatures() -> Vec<Row> {
    let world = World::new();
    let credential = world.credential(|_| {});
    let forged = |name: &str, bytes: &[u8]| Row::paper(name, bytes).is("forged", &[]);
    let good = world.phone.show(&credential, NOW, None);
    let answered = world.phone.show(&credential, NOW, Some(digits("4071")));
    let mut later = good.clone();
    later.t += 1;
    let mut renumbered = answered.clone();
    renumbered.challenge = Some(digits("4072"));
    let mut stripped = answered.clone();
    stripped.challenge = None;
    let mut added = good.clone();
    added.challenge = Some(digits("4071"));
    let mut nought = good.clone();
    nought.proof = [0; 64];
    let mut swapped = good.clone();
    let (r, s) = good.proof.split_at(32);
    swapped.proof = [s, r].concat().try_into().unwrap();
    let mut claimed = good.clone();
    claimed.proof = world.phone.claim(b"a nonce");
    let others = world.other_phone.show(&credential, NOW, None);
    let unbound = world.credential(|c| c.holder = None);
    let other_code = world.credential(|c| c.id[0] ^= 1);
    let mut moved = world.phone.show(&other_code, NOW, None);
    moved.credential.clone_from(&credential);
    let no_point = world.credential(|c| {
        c.holder = Some([0; 33]);
        c.holder.as_mut().unwrap()[0] = 2;
        c.holder.as_mut().unwrap()[32] = 1;
    });
    vec![
        forged("another phone's signature", &others.encode()),
        forged("the instant set forward", &later.encode()),
        forged("the digits changed", &renumbered.encode()),
        forged("the digits taken out", &stripped.encode()),
        forged("digits put in", &added.encode()),
        forged("a signature of noughts", &nought.encode()),
        forged("the signature's halves swapped", &swapped.encode()),
        forged("the signature of a claim", &claimed.encode()),
        forged(
            "the signature of the same phone for another code",
            &moved.encode(),
        ),
        forged(
            "a proof for a code that no phone is bound to",
            &Phone::new(23).show(&unbound, NOW, None).encode(),
        ),
        forged(
            "bound to what is no point of the curve",
            &world.phone.show(&no_point, NOW, None).encode(),
        ),
        forged(
            "digits changed to those that are asked",
            &renumbered.encode(),
        )
        .challenge("4072"),
    ]
}

fn replays() -> Vec<Row> {
    let world = World::new();
    let print = world.credential(|_| {});
    let forged = world.other_phone.show(&print, NOW, None).encode();
    vec![
        Row::screen("seen a moment ago", NOW - 10, |_| {})
            .seen()
            .is("replayed", &[]),
        Row::answered("seen a moment ago with its digits", NOW, "4071")
            .challenge("4071")
            .seen()
            .is("replayed", &[]),
        Row::screen("seen, and old by now", NOW - 100, |_| {})
            .seen()
            .is("replayed", &[]),
        Row::screen("seen, and not answered", NOW, |_| {})
            .challenge("4071")
            .seen()
            .is("challenge_missing", &[]),
        Row::answered("seen, and answered wrongly", NOW, "4072")
            .challenge("4071")
            .seen()
            .is("challenge_wrong", &[]),
        Row::paper("seen, and forged", &forged)
            .seen()
            .is("forged", &[]),
        Row::paper("a print seen before is no replay", &print)
            .seen()
            .is("paper", &[]),
        Row::text("no code, seen before", "hello")
            .seen()
            .is("not_ours", &[]),
        Row::text("a print by its text", &text(HOST, &print))
            .told_as_by(&Row::paper("", &print))
            .is("paper", &[]),
    ]
}
