//! Rows of the sixth step: the code's own end, each certificate's days, the item asked about.

use anpei::codes::tc1::{Credential, Item};

use super::rows::Row;
use crate::codes::made::{DAY, ELECTRIC, NOW, TODAY, WELDING, World, item};

/// Seconds from [`NOW`], 10:00 in the county, to the end of its day.
const TO_MIDNIGHT: i64 = 14 * 3600;

/// Step 6.
pub fn rows() -> Vec<Row> {
    let mut rows = days();
    rows.extend(midnights());
    rows.extend(ends());
    rows.extend(unknown());
    rows.extend(asked());
    rows
}

/// One certificate with these days left, and these for its training.
fn with(name: &str, days: Option<i32>, review: Option<i32>) -> Row {
    Row::screen(name, NOW, |c| {
        c.items[0].valid_until = days.map(|days| TODAY + days);
        c.items[0].review_due = review.map(|days| TODAY + days);
    })
}

fn days() -> Vec<Row> {
    let mut rows = Vec::new();
    for (days, reason) in [
        (61, "valid"),
        (60, "expires_soon"),
        (59, "expires_soon"),
        (1, "expires_soon"),
        (0, "expires_soon"),
        (-1, "expired"),
        (-1000, "expired"),
    ] {
        let name = format!("good for {days} days more");
        let one = [(WELDING, reason, [].as_slice(), Some(i64::from(days)))];
        rows.push(with(&name, Some(days), None).is(reason, &[]).items(&one));
    }
    for (days, reason) in [
        (61, "valid"),
        (60, "review_soon"),
        (0, "review_soon"),
        (-1, "review_overdue"),
        (-400, "review_overdue"),
    ] {
        let name = format!("training due in {days} days");
        let one = [(WELDING, reason, [].as_slice(), Some(1000))];
        rows.push(
            with(&name, Some(1000), Some(days))
                .is(reason, &[])
                .items(&one),
        );
    }
    let both = |name: &str, days, review, reason, also: &[&'static str]| {
        let one = [(WELDING, reason, also, Some(i64::from(days)))];
        with(name, Some(days), Some(review))
            .is(reason, also)
            .items(&one)
    };
    rows.extend([
        both("both soon", 30, 20, "expires_soon", &["review_soon"]),
        both("expired, and its training overdue", -1, -2, "expired", &[]),
        both(
            "expires soon, and its training overdue",
            30,
            -1,
            "review_overdue",
            &[],
        ),
        both("expired, and its training due soon", -1, 30, "expired", &[]),
        both(
            "expires today, training due today",
            0,
            0,
            "expires_soon",
            &["review_soon"],
        ),
    ]);
    // In the county of "strict" nothing is soon but the last day itself, and days are those of UTC.
    for (days, reason) in [(1, "valid"), (0, "expires_soon"), (-1, "expired")] {
        let name = format!("{days} days, where soon is no day");
        rows.push(
            with(&name, Some(days), None)
                .by("strict", NOW - 100)
                .is(reason, &[]),
        );
    }
    rows
}

/// The last second of the county's day and the first of the next, by each county's own clock.
fn midnights() -> Vec<Row> {
    let midnight = NOW + TO_MIDNIGHT;
    let utc_midnight = NOW + 22 * 3600;
    let at = |name: &str, now: i64, review: bool| {
        Row::screen(name, now, |c| {
            c.items[0].valid_until = Some(if review { TODAY + 1000 } else { TODAY });
            c.items[0].review_due = review.then_some(TODAY);
        })
        .now(now)
    };
    let strict = |name: &str, now| at(name, now, false).by("strict", NOW - 100);
    vec![
        at("the last second of the last day", midnight - 1, false).is("expires_soon", &[]),
        at("the first second after the last day", midnight, false).is("expired", &[]),
        at(
            "the last second of the training's last day",
            midnight - 1,
            true,
        )
        .is("review_soon", &[]),
        at(
            "the first second after the training's last day",
            midnight,
            true,
        )
        .is("review_overdue", &[]),
        at("the first second of the last day", midnight - DAY, false)
            .by("early", midnight - DAY - 60)
            .is("expires_soon", &[]),
        at(
            "the last second before it, a day left",
            midnight - DAY - 1,
            false,
        )
        .by("early", midnight - DAY - 60)
        .is("expires_soon", &[])
        .items(&[(WELDING, "expires_soon", &[], Some(1))]),
        strict(
            "the county's midnight, where days are those of UTC",
            midnight,
        )
        .is("bundle_old", &["expires_soon"]),
        strict("the last second of the day in UTC", utc_midnight - 1)
            .is("bundle_old", &["expires_soon"]),
        strict("the first second of the next day in UTC", utc_midnight).is("expired", &[]),
    ]
}

/// The code's own end, in seconds.
fn ends() -> Vec<Row> {
    let at = |name: &str, expires: i64| Row::screen(name, NOW, |c| c.expires = Some(expires));
    vec![
        at("ends in a second", NOW + 1),
        at("ends now", NOW).is("expired", &[]),
        at("ended a second ago", NOW - 1).is("expired", &[]),
        at("ends in a year", NOW + 365 * DAY),
        at("ended, and asked for what it has not", NOW - 1)
            .for_item(ELECTRIC)
            .is("expired", &[]),
        at("ended, though its certificate is good", NOW - DAY)
            .is("expired", &[])
            .items(&[(WELDING, "valid", &[], Some(1000))]),
    ]
}

fn unknown() -> Vec<Row> {
    let unchecked = |name: &str, days: Option<i32>, review: Option<i32>| {
        Row::screen(name, NOW, |c| {
            c.items[0] = Item {
                number: WELDING,
                valid_until: days.map(|days| TODAY + days),
                review_due: review.map(|days| TODAY + days),
                checked: false,
            };
        })
    };
    vec![
        with("no last day", None, None)
            .is("dates_unknown", &[])
            .items(&[(WELDING, "dates_unknown", &[], None)]),
        with("no last day, training due", None, Some(61)).is("dates_unknown", &[]),
        with("no last day, training soon", None, Some(60)).is("dates_unknown", &["review_soon"]),
        with("no last day, training overdue", None, Some(-1)).is("review_overdue", &[]),
        with("a last day and no training", Some(1000), None),
        unchecked("not checked with its issuer", Some(1000), Some(500)).is("unverified", &[]),
        unchecked("not checked, and no last day", None, None).is("dates_unknown", &["unverified"]),
        unchecked("not checked, and expires soon", Some(60), None)
            .is("unverified", &["expires_soon"]),
        unchecked("not checked, and expired", Some(-1), None).is("expired", &[]),
        unchecked("not checked, all soon", Some(3), Some(2))
            .is("unverified", &["expires_soon", "review_soon"]),
    ]
}

/// Four certificates: good, soon, expired, overdue.
fn four(c: &mut Credential) {
    c.items = [16, 32, 48, 64].map(item).to_vec();
    c.items[1].valid_until = Some(TODAY + 10);
    c.items[2].valid_until = Some(TODAY - 1);
    c.items[3].review_due = Some(TODAY - 1);
}

fn asked() -> Vec<Row> {
    let of_four = |name: &str| {
        Row::screen(name, NOW, four).items(&[
            (16, "valid", &[], Some(1000)),
            (32, "expires_soon", &[], Some(10)),
            (48, "expired", &[], Some(-1)),
            (64, "review_overdue", &[], Some(1000)),
        ])
    };
    let only = |name: &str, keep: &[usize]| {
        let keep = keep.to_vec();
        Row::screen(name, NOW, move |c| {
            four(c);
            c.items = keep.iter().map(|place| c.items[*place]).collect();
        })
    };
    let world = World::new();
    let old_catalogue = world.credential(|c| c.items = vec![item(WELDING), item(256 + WELDING)]);
    let of_old = |name: &str| Row::shown(name, &world.phone, &old_catalogue, NOW, None);
    vec![
        Row::screen("asked for what he has", NOW, |_| {}).for_item(WELDING),
        Row::screen("asked for what he has not", NOW, |_| {})
            .for_item(ELECTRIC)
            .is("not_for_this_item", &[]),
        Row::screen("asked for an item that is none", NOW, |_| {})
            .for_item(0)
            .is("not_for_this_item", &[]),
        of_four("four, nothing asked").is("choose_item", &["expires_soon"]),
        of_four("four, asked for the good one").for_item(16),
        of_four("four, asked for the one that ends soon")
            .for_item(32)
            .is("expires_soon", &[]),
        of_four("four, asked for the expired one")
            .for_item(48)
            .is("expired", &[]),
        of_four("four, asked for the overdue one")
            .for_item(64)
            .is("review_overdue", &[]),
        of_four("four, asked for a fifth")
            .for_item(80)
            .is("not_for_this_item", &[]),
        only("a good and a soon one, nothing asked", &[0, 1]).is("expires_soon", &[]),
        only("a good and an expired one, nothing asked", &[0, 2]).is("choose_item", &[]),
        only("an expired and an overdue one, nothing asked", &[2, 3]).is("expired", &[]),
        only("an overdue one alone", &[3]).is("review_overdue", &[]),
        only("a good and an expired one, asked for a third", &[0, 2])
            .for_item(80)
            .is("not_for_this_item", &[]),
        of_old("the same item of two catalogues"),
        of_old("asked for the item of the first catalogue").for_item(WELDING),
        of_old("asked for the item of the second catalogue").for_item(256 + WELDING),
        of_old("asked for the item of a third catalogue")
            .for_item(512 + WELDING)
            .is("not_for_this_item", &[]),
        Row::paper("a print, asked for what he has", &world.credential(|_| {}))
            .for_item(WELDING)
            .is("paper", &[]),
        Row::paper(
            "a print, asked for what he has not",
            &world.credential(|_| {}),
        )
        .for_item(ELECTRIC)
        .is("not_for_this_item", &[]),
    ]
}
