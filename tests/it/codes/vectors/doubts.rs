//! Rows of the seventh step: prints, clocks, the bundle's age, and the order in which doubts are told.

use super::rows::Row;
use crate::codes::made::{BEYOND, DAY, NOW, TODAY, World, item};

/// When the bundle of today was made.
const MADE: i64 = NOW - 600;

/// Step 7.
pub fn rows() -> Vec<Row> {
    let mut rows = ages();
    rows.extend(clocks());
    rows.extend(prints());
    rows.extend(orders());
    rows
}

/// Shown and judged so long after the bundle was made.
fn aged(name: &str, age: i64) -> Row {
    Row::screen(name, MADE + age, |_| {}).now(MADE + age)
}

fn ages() -> Vec<Row> {
    vec![
        aged("the bundle's own second", 0),
        aged("a bundle a day old", DAY),
        aged("a bundle a day and a second old", DAY + 1).is("bundle_stale", &[]),
        aged("a bundle a week old", 7 * DAY).is("bundle_stale", &[]),
        aged("a bundle a week and a second old", 7 * DAY + 1).is("bundle_old", &[]),
        aged("a bundle a year old", 365 * DAY)
            .is("bundle_old", &["expires_soon", "review_soon"])
            .by("long", MADE),
        aged("an old bundle, at the server", 30 * DAY).live("valid"),
        Row::screen("an hour, where an hour is fresh", NOW - 100 + 3600, |_| {})
            .now(NOW - 100 + 3600)
            .by("strict", NOW - 100),
        Row::screen("a second more than the hour", NOW - 100 + 3601, |_| {})
            .now(NOW - 100 + 3601)
            .by("strict", NOW - 100)
            .is("bundle_stale", &[]),
        Row::screen(
            "a second more than two, where two are old",
            NOW - 100 + 7201,
            |_| {},
        )
        .now(NOW - 100 + 7201)
        .by("strict", NOW - 100)
        .is("bundle_old", &[]),
        Row::screen("beyond the list of a fresh bundle", NOW, |c| {
            c.status_index = BEYOND
        })
        .unlisted()
        .is("bundle_stale", &[]),
        Row::screen(
            "beyond the list of a bundle a week old",
            MADE + 7 * DAY,
            |c| c.status_index = BEYOND,
        )
        .now(MADE + 7 * DAY)
        .unlisted()
        .is("bundle_stale", &[]),
        Row::screen("beyond the list of an old bundle", MADE + 8 * DAY, |c| {
            c.status_index = BEYOND
        })
        .now(MADE + 8 * DAY)
        .unlisted()
        .is("bundle_old", &["bundle_stale"]),
        Row::screen("beyond the list, and the server knows", NOW, |c| {
            c.status_index = BEYOND
        })
        .live("valid"),
    ]
}

fn clocks() -> Vec<Row> {
    let slow = |name: &str, by: i64| Row::screen(name, MADE, |_| {}).now(MADE - by);
    let issued = |name: &str, ahead: i64| Row::screen(name, NOW, move |c| c.issued = NOW + ahead);
    vec![
        slow("our clock 45 seconds behind the bundle", 45),
        slow("our clock 46 seconds behind the bundle", 46).is("verifier_clock", &[]),
        slow("our clock a year behind the bundle", 365 * DAY).is("verifier_clock", &[]),
        Row::screen(
            "our clock behind, the phone's right and past the bundle",
            NOW,
            |_| {},
        )
        .now(MADE - DAY)
        .is("proof_old", &[]),
        Row::answered("our clock behind, and answered", NOW, "4071")
            .challenge("4071")
            .now(MADE - DAY)
            .is("verifier_clock", &["clocks_differ"]),
        Row::screen("our clock at 1970", MADE, |_| {})
            .now(0)
            .is("verifier_clock", &[]),
        Row::screen("our clock before 1970", MADE, |_| {})
            .now(-DAY)
            .is("verifier_clock", &[]),
        Row::screen("our clock at its end", NOW, |_| {})
            .now(i64::MAX >> 11)
            .is("proof_old", &[]),
        issued("issued 45 seconds from now", 45),
        issued("issued 46 seconds from now", 46).is("verifier_clock", &[]),
        issued("issued tomorrow", DAY).is("verifier_clock", &[]),
        Row::screen("our clock behind, at the server", MADE, |_| {})
            .now(MADE - 46)
            .live("valid")
            .is("verifier_clock", &[]),
        Row::screen("our clock behind, and expired by the bundle's", MADE, |c| {
            c.items[0].valid_until = Some(TODAY - 1);
            c.items[0].review_due = None;
        })
        .now(MADE - 30 * DAY)
        .is("expired", &[]),
        Row::screen("our clock behind, and ended by the bundle's", MADE, |c| {
            c.expires = Some(MADE)
        })
        .now(MADE - DAY)
        .is("expired", &[]),
    ]
}

fn prints() -> Vec<Row> {
    let world = World::new();
    let of = |name: &str, change: fn(&mut anpei::codes::tc1::Credential)| {
        Row::paper(name, &world.credential(change))
    };
    vec![
        of("a print", |_| {}).is("paper", &[]),
        of("a print for somebody without a phone", |c| c.holder = None).is("paper", &[]),
        of("a print while digits are asked", |_| {})
            .challenge("4071")
            .is("paper", &[]),
        of("a print, expired", |c| {
            c.items[0].valid_until = Some(TODAY - 1)
        })
        .is("expired", &[]),
        of("a print, revoked", |c| c.status_index = 70_001).is("revoked", &[]),
        of("a print, expires soon", |c| {
            c.items[0].valid_until = Some(TODAY + 60)
        })
        .is("paper", &["expires_soon"]),
        of("a print, not checked", |c| c.items[0].checked = false).is("paper", &["unverified"]),
        of("a print by an old bundle", |_| {})
            .now(MADE + 8 * DAY)
            .is("paper", &["bundle_old"]),
        of("a print by a clock that is behind", |_| {})
            .now(MADE - 46)
            .is("paper", &["verifier_clock"]),
    ]
}

/// Several doubts at once: the first is the reason, the others follow in their order.
fn orders() -> Vec<Row> {
    let world = World::new();
    let doubtful = world.credential(|c| {
        c.items = vec![item(16), item(32), item(48)];
        c.items[0].valid_until = None;
        c.items[0].checked = false;
        c.items[0].review_due = Some(TODAY + 59);
        c.items[1].valid_until = Some(TODAY + 60);
        c.items[2].valid_until = Some(TODAY - 1);
        c.status_index = BEYOND;
    });
    let late = MADE + 7 * DAY;
    let shown = |name: &str, t: i64| Row::shown(name, &world.phone, &doubtful, t, None);
    vec![
        shown("every doubt of the dates", NOW)
            .by("wider", NOW - 200)
            .unproved()
            .is("suspended", &[]),
        Row::paper("every doubt that goes together", &doubtful)
            .now(MADE - 46)
            .unlisted()
            .is(
                "paper",
                &[
                    "verifier_clock",
                    "bundle_stale",
                    "choose_item",
                    "dates_unknown",
                    "unverified",
                    "expires_soon",
                    "review_soon",
                ],
            ),
        Row::shown(
            "answered by a clock that differs, a week late",
            &world.phone,
            &doubtful,
            late - 100,
            Some("4071"),
        )
        .challenge("4071")
        .now(late)
        .unlisted()
        .is(
            "clocks_differ",
            &[
                "bundle_stale",
                "choose_item",
                "dates_unknown",
                "unverified",
                "expires_soon",
                "review_soon",
            ],
        ),
        Row::shown(
            "the same, an item asked about",
            &world.phone,
            &doubtful,
            late - 100,
            Some("4071"),
        )
        .challenge("4071")
        .now(late)
        .for_item(32)
        .unlisted()
        .is("clocks_differ", &["bundle_stale", "expires_soon"]),
        shown("an old bundle before all of the dates", late + 2)
            .now(late + 2)
            .for_item(16)
            .unlisted()
            .is(
                "bundle_old",
                &["bundle_stale", "dates_unknown", "unverified", "review_soon"],
            ),
        shown("the dates alone, at the server", NOW)
            .live("valid")
            .is(
                "choose_item",
                &["dates_unknown", "unverified", "expires_soon", "review_soon"],
            )
            .items(&[
                (16, "dates_unknown", &["unverified", "review_soon"], None),
                (32, "expires_soon", &[], Some(60)),
                (48, "expired", &[], Some(-1)),
            ]),
    ]
}
