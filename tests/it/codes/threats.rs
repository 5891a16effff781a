//! The threats the code is built against: a test each, named after its threat.

use anpei::codes::bundle::{self, Kept, Refused};
use anpei::codes::cbor::Writer;
use anpei::codes::cose::{self, Kind};
use anpei::codes::presentation::{Challenge, text};
use anpei::codes::status_list::Status;
use anpei::codes::tc1::{self, Credential};
use anpei::codes::verdict::{
    Asked, Colour, Live, Reason, Verdict, code_id, judge, judge_record, judge_status,
};

use super::made::{
    DAY, ELECTRIC, HOST, NOW, Phone, REVOKED, SUSPENDED, TODAY, WELDING, World, item,
};

fn asked(text: &str) -> Asked<'_> {
    Asked {
        text,
        now: NOW,
        for_item: None,
        challenge: None,
        seen_before: false,
    }
}

/// Judges a text now, by the first bundle.
fn told(world: &World, text: &str) -> Verdict {
    judge(&asked(text), Some(&world.kept(|_| {})))
}

fn challenged(kept: &Kept, text: &str, challenge: Challenge) -> Reason {
    let asked = Asked {
        challenge: Some(challenge),
        ..asked(text)
    };
    judge(&asked, Some(kept)).reason
}

#[test]
fn nothing_is_wrong() {
    let world = World::new();
    let text = world.phone.screen(&world.credential(|_| {}), NOW, None);
    let verdict = told(&world, &text);
    assert_eq!(
        (verdict.colour, verdict.reason),
        (Colour::Green, Reason::Valid)
    );
    assert_eq!(verdict.credential, Some(world.plain()));
    assert_eq!(verdict.status_as_of, Some(NOW - 600));
    assert_eq!(verdict.computed_at, NOW);
    assert_eq!(verdict.items[0].days_left, Some(1000));
    assert_eq!(code_id(&text), Some(world.plain().id));
}

#[test]
fn a_forged_field() {
    let world = World::new();
    let good = world.credential(|_| {});
    let changes: [fn(&mut Credential); 7] = [
        |c| c.id[0] ^= 1,
        |c| c.name = "王建园".to_owned(),
        |c| c.id_tail = "1234".to_owned(),
        |c| c.items[0] = item(ELECTRIC),
        |c| c.items[0].valid_until = Some(TODAY + 1001),
        |c| c.status_index += 1,
        |c| c.issued += 1,
    ];
    for change in changes {
        // Everything but the signature is written anew, as the right key would; the phone signs what it is given.
        let other = world.credential(change);
        let from = other.len() - 64;
        let forged = [&other[..from], &good[good.len() - 64..]].concat();
        let verdict = told(&world, &world.phone.screen(&forged, NOW, None));
        assert_eq!(verdict.reason, Reason::Forged);
        assert_eq!(verdict.credential, None, "what is forged is not shown");
        assert!(verdict.items.is_empty());
    }
    let by_another = world.credential_by(&world.stranger, |_| {});
    let kid = world.issuer.kid();
    let place = by_another
        .windows(4)
        .position(|w| w == world.stranger.kid())
        .unwrap();
    let named_anew = [&by_another[..place], &kid, &by_another[place + 4..]].concat();
    assert_eq!(
        told(&world, &text(HOST, &named_anew)).reason,
        Reason::Forged
    );
}

#[test]
fn bit_flips_truncation_and_trailing_bytes() {
    let world = World::new();
    let kept = world.kept(|_| {});
    let credential = world.credential(|_| {});
    let shown = world.phone.show(&credential, NOW, None).encode();
    let refused = |bytes: &[u8], what: &str| {
        let verdict = judge(&asked(&text(HOST, bytes)), Some(&kept));
        assert_eq!(verdict.colour, Colour::Red, "{what}");
    };
    for whole in [&credential, &shown] {
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(&changed, &format!("bit {bit}"));
        }
        for length in 0..whole.len() {
            refused(&whole[..length], &format!("{length} bytes"));
        }
        for byte in 0..=u8::MAX {
            refused(&[whole.as_slice(), &[byte]].concat(), "a byte more");
        }
    }
}

#[test]
fn a_screenshot_older_than_45_s() {
    let world = World::new();
    let credential = world.credential(|_| {});
    for (age, reason) in [
        (0, Reason::Valid),
        (45, Reason::Valid),
        (46, Reason::ProofOld),
        (DAY, Reason::ProofOld),
        (-45, Reason::Valid),
        (-46, Reason::ProofOld),
    ] {
        let text = world.phone.screen(&credential, NOW - age, None);
        assert_eq!(told(&world, &text).reason, reason, "{age} s old");
    }
}

#[test]
fn pre_signed_future_codes_under_a_challenge() {
    let world = World::new();
    let kept = world.kept(|_| {});
    let credential = world.credential(|_| {});
    // Made yesterday on a phone whose clock was set forward: good to look at, but nobody knew the digits.
    let made_ahead = world.phone.screen(&credential, NOW, None);
    assert_eq!(
        challenged(&kept, &made_ahead, *b"4071"),
        Reason::ChallengeMissing
    );
    let guessed = world.phone.screen(&credential, NOW, Some(*b"0000"));
    assert_eq!(
        challenged(&kept, &guessed, *b"4071"),
        Reason::ChallengeWrong
    );
    let answered = world.phone.screen(&credential, NOW, Some(*b"4071"));
    assert_eq!(challenged(&kept, &answered, *b"4071"), Reason::Valid);
    // All ten thousand answers could be signed for one instant: without the right clock never green.
    let other_time = world.phone.screen(&credential, NOW + 46, Some(*b"4071"));
    assert_eq!(
        challenged(&kept, &other_time, *b"4071"),
        Reason::ClocksDiffer
    );
}

#[test]
fn a_replay() {
    let world = World::new();
    let kept = world.kept(|_| {});
    let credential = world.credential(|_| {});
    let text = world.phone.screen(&credential, NOW, None);
    let first = judge(&asked(&text), Some(&kept));
    let key = first.proof_key.unwrap();
    let again = Asked {
        now: NOW + 10,
        seen_before: true,
        ..asked(&text)
    };
    let again = judge(&again, Some(&kept));
    assert_eq!(
        (again.reason, again.proof_key),
        (Reason::Replayed, Some(key))
    );
    let redrawn = world.phone.screen(&credential, NOW + 15, None);
    assert_ne!(told(&world, &redrawn).proof_key, Some(key));
    let answered = world.phone.screen(&credential, NOW, Some(*b"4071"));
    assert_ne!(told(&world, &answered).proof_key, Some(key));
}

#[test]
fn revoked_and_un_revoked() {
    let world = World::new();
    let credential = world.credential(|c| c.status_index = REVOKED);
    let text = world.phone.screen(&credential, NOW, None);
    let revoked = world.kept(|_| {});
    assert_eq!(judge(&asked(&text), Some(&revoked)).reason, Reason::Revoked);
    let later = world.bundle(|draft| {
        draft.version += 1;
        draft.statuses.clear();
    });
    let lifted = bundle::read(&later, &world.roots(), Some(&revoked)).unwrap();
    assert_eq!(judge(&asked(&text), Some(&lifted)).reason, Reason::Valid);
    // Online it is told at once, whatever the bundle says.
    let live = |status| judge_status(&asked(&text), Some(&lifted), Live::Listed(status)).reason;
    assert_eq!(live(Status::Invalid), Reason::Revoked);
    assert_eq!(live(Status::Valid), Reason::Valid);
}

#[test]
fn bundle_rollback() {
    let world = World::new();
    let text = world.phone.screen(&world.credential(|_| {}), NOW, None);
    let before = world.bundle(|draft| draft.version = 6);
    let kept = world.kept(|draft| draft.statuses.push((super::made::GOOD, Status::Invalid)));
    let refused = bundle::read(&before, &world.roots(), Some(&kept)).unwrap_err();
    assert_eq!(refused, Refused::RolledBack);
    assert_eq!(judge(&asked(&text), Some(&kept)).reason, Reason::Revoked);
    // An old key set in a new bundle would bring a lost key back.
    let mut keys = world.key_set();
    keys.version -= 1;
    keys.keys[3].cut_off = None;
    let old_keys = world.bundle(|draft| {
        draft.version = 8;
        draft.keys = keys;
    });
    let refused = bundle::read(&old_keys, &world.roots(), Some(&kept)).unwrap_err();
    assert_eq!(refused, Refused::KeysRolledBack);
}

#[test]
fn the_verifiers_clock_is_wrong() {
    let world = World::new();
    let kept = world.kept(|_| {});
    let credential = world.credential(|_| {});
    let at = |now: i64, t: i64, challenge: Option<Challenge>| {
        let text = world.phone.screen(&credential, t, challenge);
        let asked = Asked {
            now,
            challenge,
            ..asked(&text)
        };
        let verdict = judge(&asked, Some(&kept));
        (verdict.reason, verdict.also)
    };
    let digits = Some(*b"4071");
    // A day slow: known, since the bundle is of later.
    assert_eq!(
        at(NOW - DAY, NOW - 600, None),
        (Reason::VerifierClock, vec![])
    );
    assert_eq!(at(NOW - DAY, NOW, None), (Reason::ProofOld, vec![]));
    assert_eq!(
        at(NOW - DAY, NOW, digits),
        (Reason::VerifierClock, vec![Reason::ClocksDiffer])
    );
    // A day fast: the phone seems a day late, and the bundle old.
    assert_eq!(at(NOW + DAY, NOW, None), (Reason::ProofOld, vec![]));
    assert_eq!(
        at(NOW + DAY, NOW, digits),
        (Reason::ClocksDiffer, vec![Reason::BundleStale])
    );
    // A clock set back brings no dead certificate to life: time cannot be before the bundle's.
    let dead = world.credential(|c| c.items[0].valid_until = Some(TODAY - 1));
    let text = world.phone.screen(&dead, NOW - 600, None);
    let asked = Asked {
        now: NOW - 30 * DAY,
        ..asked(&text)
    };
    assert_eq!(judge(&asked, Some(&kept)).reason, Reason::Expired);
}

#[test]
fn an_unknown_or_retired_kid() {
    let world = World::new();
    let by = |key, issued: i64| {
        let credential = world.credential_by(key, |c| c.issued = issued);
        told(&world, &world.phone.screen(&credential, NOW, None)).reason
    };
    assert_eq!(by(&world.stranger, NOW - DAY), Reason::UnknownKey);
    assert_eq!(by(&world.old, NOW - 250 * DAY), Reason::Valid);
    assert_eq!(by(&world.old, NOW - 150 * DAY), Reason::KeyOutOfTime);
    assert_eq!(by(&world.next, NOW - DAY), Reason::KeyOutOfTime);
    assert_eq!(by(&world.lost, NOW - 61 * DAY), Reason::Valid);
    assert_eq!(by(&world.lost, NOW - 59 * DAY), Reason::KeyRevoked);
    assert_eq!(by(&world.revoked, NOW - 100 * DAY), Reason::KeyRevoked);
}

#[test]
fn alg_confusion() {
    let world = World::new();
    let good = world.credential(|_| {});
    let payload = cose::read(Kind::Credential, &good).unwrap().payload;
    // −7 ES256 signed by a phone, 5 HMAC keyed with the public key, −19 Ed25519 by its own name, none at all.
    for alg in [Some(-7), Some(5), Some(-19), Some(-37), Some(0), None] {
        let mut header = Writer::default();
        header.map(1 + usize::from(alg.is_some()));
        if let Some(alg) = alg {
            header.integer(1).integer(alg);
        }
        header.integer(4).bytes(&world.issuer.kid());
        let header = header.done();
        let mut message = Writer::default();
        message
            .array(4)
            .text("Signature1")
            .bytes(&header)
            .bytes(&[])
            .bytes(payload);
        let message = message.done();
        let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &world.issuer.public());
        let tag = aws_lc_rs::hmac::sign(&hmac, &message);
        let by_issuer = world.issuer.sign(&message).unwrap();
        let by_phone = world.phone.sign(&message);
        for signature in [by_issuer.as_slice(), &by_phone, tag.as_ref(), &[]] {
            let mut writer = Writer::default();
            writer
                .tag(18)
                .array(4)
                .bytes(&header)
                .map(0)
                .bytes(payload)
                .bytes(signature);
            let verdict = told(&world, &world.phone.screen(&writer.done(), NOW, None));
            assert_eq!(verdict.reason, Reason::Malformed, "{alg:?}");
        }
    }
}

#[test]
fn a_stolen_phone() {
    let world = World::new();
    let credential = world.credential(|c| c.status_index = SUSPENDED);
    let text = world.phone.screen(&credential, NOW, Some(*b"4071"));
    let kept = world.kept(|_| {});
    assert_eq!(challenged(&kept, &text, *b"4071"), Reason::Suspended);
    let live = Live::Listed(Status::Suspended);
    let record = judge_record(&world.plain(), live, &kept.policy, NOW, None);
    assert_eq!(record.reason, Reason::Suspended);
}

#[test]
fn two_phones_with_one_code() {
    let world = World::new();
    let credential = world.credential(|_| {});
    // The code's bytes copied to another phone: its key is not the one that was bound.
    let copied = world.other_phone.screen(&credential, NOW, None);
    assert_eq!(told(&world, &copied).reason, Reason::Forged);
    // The other phone's proof for its own code under this one.
    let own = world.credential(|c| c.holder = Some(world.other_phone.key()));
    let mut mixed = world.other_phone.show(&own, NOW, None);
    mixed.credential.clone_from(&credential);
    assert_eq!(
        told(&world, &text(HOST, &mixed.encode())).reason,
        Reason::Forged
    );
    // A code that no phone is bound to cannot be shown by one.
    let unbound = world.credential(|c| c.holder = None);
    let shown = Phone::new(23).screen(&unbound, NOW, None);
    assert_eq!(told(&world, &shown).reason, Reason::Forged);
    assert_eq!(told(&world, &text(HOST, &unbound)).reason, Reason::Paper);
    // Claimed anew on another phone: the old code is replaced.
    let old = world.credential(|c| c.status_index = super::made::SUPERSEDED);
    let shown = world.phone.screen(&old, NOW, None);
    assert_eq!(told(&world, &shown).reason, Reason::Superseded);
}

#[test]
fn a_fake_host_in_the_url() {
    let world = World::new();
    let good = world.credential(|_| {});
    let forged = world.credential_by(&world.stranger, |_| {});
    for host in [
        "m.example.cn",
        "GOV-CN.EVIL.EXAMPLE",
        "127.0.0.1:8080",
        "xn--fiq228c",
    ] {
        let of = |credential: &[u8]| {
            let shown = world.phone.show(credential, NOW, None);
            told(&world, &text(host, &shown.encode())).reason
        };
        assert_eq!(of(&good), Reason::Valid, "{host}");
        assert_eq!(of(&forged), Reason::UnknownKey, "{host}");
    }
}

#[test]
fn welding_is_not_electrical_work() {
    let world = World::new();
    let credential = world.credential(|c| c.items = vec![item(ELECTRIC - 1), item(WELDING)]);
    let kept = world.kept(|_| {});
    let text = world.phone.screen(&credential, NOW, None);
    let for_item = |number| {
        let asked = Asked {
            for_item: Some(number),
            ..asked(&text)
        };
        judge(&asked, Some(&kept)).reason
    };
    assert_eq!(for_item(WELDING), Reason::Valid);
    assert_eq!(for_item(ELECTRIC), Reason::NotForThisItem);
}

#[test]
fn a_record_is_judged_as_paper_by_the_same_rules() {
    let world = World::new();
    let policy = world.kept(|_| {}).policy;
    let mut credential = world.plain();
    let told = |credential: &Credential, live, for_item| {
        judge_record(credential, live, &policy, NOW, for_item).reason
    };
    let valid = Live::Listed(Status::Valid);
    assert_eq!(told(&credential, valid, None), Reason::Paper);
    assert_eq!(told(&credential, valid, Some(WELDING)), Reason::Paper);
    assert_eq!(
        told(&credential, valid, Some(ELECTRIC)),
        Reason::NotForThisItem
    );
    assert_eq!(told(&credential, Live::Unclaimed, None), Reason::Unclaimed);
    credential.items[0].valid_until = Some(TODAY - 1);
    assert_eq!(told(&credential, valid, None), Reason::Expired);
    assert!(tc1::sign(&credential, &world.issuer).is_ok());
}
