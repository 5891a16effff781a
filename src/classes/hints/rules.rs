//! What looks odd in a class's check-in. A hint is for somebody to look at; it never blocks anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// People on one phone from which on it is told.
pub const PEOPLE_ON_A_PHONE: usize = 3;
/// People with one code, all of them late to arrive, from which on it is told.
pub const PEOPLE_WITH_A_CODE: usize = 3;
/// Minutes after which a scan was sent late.
pub const LATE_MINUTES: i64 = 10;
/// Most people shown with a hint; its count tells how many there are.
pub const MOST_SHOWN: usize = 50;

/// A kind of oddity.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum HintKind {
    /// 一机多人：同一手机为多人签到
    SharedDevice,
    /// 同码迟到：多人扫的是同一时刻的二维码，且都很晚才送达，可能是照片
    SamePicture,
    /// 时间不符：手机所报扫码时间与二维码时间不符
    ClockDisagrees,
    /// 分身：同一人同一时间在两个班
    OverlappingClasses,
    /// 超员：到场人数超过座位数
    OverCapacity,
}

/// A scan, with whose it is.
#[derive(Clone, Debug)]
pub struct Seen {
    pub class_id: Uuid,
    pub person: Person,
    pub device: Vec<u8>,
    pub out: bool,
    pub pending: bool,
    pub shown_at: i64,
    pub arrived_at: i64,
}

/// Somebody, as a hint shows him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub person_id: Uuid,
    pub name: String,
    pub id_masked: String,
}

/// Somebody's presence at two places at once.
#[derive(Clone, Debug)]
pub struct Overlap {
    pub class_id: Uuid,
    pub person: Person,
    pub at: i64,
    pub other: Other,
}

/// The other place: its class only where the caller may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    pub class: Option<(Uuid, String)>,
    pub from: i64,
    pub to: i64,
}

/// What a hint rests on: who, when, and what else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub person: Person,
    pub at: i64,
    pub arrived_at: Option<i64>,
    pub other: Option<Other>,
}

/// Something for somebody to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub class_id: Uuid,
    pub kind: HintKind,
    /// People it concerns.
    pub count: i64,
    pub device: Option<Vec<u8>>,
    pub capacity: Option<i32>,
    pub evidence: Vec<Evidence>,
}

/// Whether a scan was sent late.
#[must_use]
pub const fn is_late(shown_at: i64, arrived_at: i64) -> bool {
    arrived_at.saturating_sub(shown_at) > LATE_MINUTES * 60_000_000
}

/// What the scans of classes hint at.
#[must_use]
pub fn of_scans(scans: &[Seen]) -> Vec<Hint> {
    let mut phones: BTreeMap<_, Vec<&Seen>> = BTreeMap::new();
    let mut codes: BTreeMap<_, Vec<&Seen>> = BTreeMap::new();
    let mut waiting: BTreeMap<_, Vec<&Seen>> = BTreeMap::new();
    for seen in scans {
        let phone = (seen.class_id, seen.device.clone());
        phones.entry(phone).or_default().push(seen);
        if is_late(seen.shown_at, seen.arrived_at) {
            let code = (seen.class_id, seen.out, seen.shown_at);
            codes.entry(code).or_default().push(seen);
        }
        if seen.pending {
            waiting.entry(seen.class_id).or_default().push(seen);
        }
    }
    let phones = phones
        .into_iter()
        .filter(|(_, seen)| people(seen) >= PEOPLE_ON_A_PHONE)
        .map(|((class_id, device), seen)| Hint {
            device: Some(device),
            ..hint(class_id, HintKind::SharedDevice, &seen)
        });
    let codes = codes
        .into_iter()
        .filter(|(_, seen)| people(seen) >= PEOPLE_WITH_A_CODE)
        .map(|((class_id, ..), seen)| hint(class_id, HintKind::SamePicture, &seen));
    let waiting = waiting
        .into_iter()
        .map(|(class_id, seen)| hint(class_id, HintKind::ClockDisagrees, &seen));
    phones.chain(codes).chain(waiting).collect()
}

fn people(seen: &[&Seen]) -> usize {
    let mut ids: Vec<_> = seen.iter().map(|seen| seen.person.person_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len()
}

fn hint(class_id: Uuid, kind: HintKind, seen: &[&Seen]) -> Hint {
    let evidence = seen.iter().take(MOST_SHOWN).map(|seen| Evidence {
        person: seen.person.clone(),
        at: seen.shown_at,
        arrived_at: Some(seen.arrived_at),
        other: None,
    });
    Hint {
        class_id,
        kind,
        count: i64::try_from(people(seen)).unwrap_or(i64::MAX),
        device: None,
        capacity: None,
        evidence: evidence.collect(),
    }
}

/// Who was at two places at once, class by class.
#[must_use]
pub fn of_overlaps(overlaps: Vec<Overlap>) -> Vec<Hint> {
    let mut by_class: BTreeMap<Uuid, Vec<Evidence>> = BTreeMap::new();
    for overlap in overlaps {
        by_class
            .entry(overlap.class_id)
            .or_default()
            .push(Evidence {
                person: overlap.person,
                at: overlap.at,
                arrived_at: None,
                other: Some(overlap.other),
            });
    }
    let hints = by_class.into_iter().map(|(class_id, mut evidence)| {
        let mut ids: Vec<_> = evidence.iter().map(|e| e.person.person_id).collect();
        ids.sort_unstable();
        ids.dedup();
        evidence.truncate(MOST_SHOWN);
        Hint {
            class_id,
            kind: HintKind::OverlappingClasses,
            count: i64::try_from(ids.len()).unwrap_or(i64::MAX),
            device: None,
            capacity: None,
            evidence,
        }
    });
    hints.collect()
}

/// Who was in a class.
#[derive(Clone, Debug, Default)]
pub struct Came {
    pub present: i64,
    /// Who came last, and when, the last one first; at most `MOST_SHOWN`.
    pub last: Vec<(Person, i64)>,
}

/// More people than seats: whoever came when all were taken.
#[must_use]
pub fn of_seats(class_id: Uuid, capacity: Option<i32>, came: Came) -> Option<Hint> {
    let capacity = capacity.filter(|seats| came.present > i64::from(*seats))?;
    let over = usize::try_from(came.present - i64::from(capacity)).unwrap_or(MOST_SHOWN);
    let evidence = came
        .last
        .into_iter()
        .take(over)
        .map(|(person, at)| Evidence {
            person,
            at,
            arrived_at: None,
            other: None,
        });
    Some(Hint {
        class_id,
        kind: HintKind::OverCapacity,
        count: came.present,
        device: None,
        capacity: Some(capacity),
        evidence: evidence.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn seen(person: u128, device: u8, shown_at: i64, lag: i64) -> Seen {
        Seen {
            class_id: Uuid::nil(),
            person: Person {
                person_id: Uuid::from_u128(person),
                name: String::new(),
                id_masked: String::new(),
            },
            device: vec![device],
            out: false,
            pending: false,
            shown_at,
            arrived_at: shown_at + lag,
        }
    }

    fn told(scans: &[Seen]) -> Vec<(HintKind, i64)> {
        let hints = of_scans(scans);
        hints.iter().map(|hint| (hint.kind, hint.count)).collect()
    }

    #[test]
    fn each_kind_begins_at_its_number() {
        let own = |n: u8| seen(n.into(), n, i64::from(n) * MINUTE, 0);
        assert_eq!(told(&[own(1), own(2), own(3)]), []);
        // Two of a family, then a third; one person's sign-in and sign-out are one.
        let shared = |n: u128| seen(n, 9, i64::try_from(n).unwrap() * MINUTE, 0);
        assert_eq!(told(&[shared(1), shared(2), shared(2)]), []);
        assert_eq!(
            told(&[shared(1), shared(2), shared(3)]),
            [(HintKind::SharedDevice, 3)]
        );
        // One code on three phones is a queue at the door, unless all of them arrive late.
        let code = |n: u8, lag| seen(n.into(), n, MINUTE, lag);
        let lag = LATE_MINUTES * MINUTE;
        assert_eq!(told(&[code(1, lag), code(2, lag), code(3, lag)]), []);
        let late = lag + 1;
        assert_eq!(told(&[code(1, late), code(2, late), code(3, 0)]), []);
        assert_eq!(
            told(&[code(1, late), code(2, late), code(3, late)]),
            [(HintKind::SamePicture, 3)]
        );
        let waiting = Seen {
            pending: true,
            ..own(1)
        };
        assert_eq!(told(&[waiting, own(2)]), [(HintKind::ClockDisagrees, 1)]);
    }

    #[test]
    fn seats_are_counted_where_they_are_known() {
        let table = [(None, 500, false), (Some(3), 3, false), (Some(3), 4, true)];
        for (capacity, present, odd) in table {
            let last = (0..present).map(|n| (seen(n.try_into().unwrap(), 0, 0, 0).person, -n));
            let last = last.take(MOST_SHOWN).collect();
            let hint = of_seats(Uuid::nil(), capacity, Came { present, last });
            assert_eq!(hint.is_some(), odd, "{capacity:?} {present}");
            let over = hint.map(|hint| hint.evidence);
            assert_eq!(over.map(|over| over.len()), odd.then_some(1));
        }
    }
}
