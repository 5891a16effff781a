//! Who can be enrolled in a class, and how many seats are left.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What becomes of somebody named for a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum SeatVerdict {
    /// 报名成功
    Enrolled,
    /// 已在名单中
    Already,
    /// 时间冲突，未报名
    Clash,
}

/// A class somebody is on the list of, while the class in question lasts.
#[derive(Clone, Debug)]
pub struct Busy {
    pub person_id: Uuid,
    pub class_id: Uuid,
    pub title: String,
}

/// What becomes of a person, and the class that keeps him.
#[must_use]
pub fn judge(class: Uuid, person: Uuid, busy: &[Busy]) -> (SeatVerdict, Option<String>) {
    let mut his = busy.iter().filter(|one| one.person_id == person);
    if his.clone().any(|one| one.class_id == class) {
        return (SeatVerdict::Already, None);
    }
    match his.next() {
        Some(other) => (SeatVerdict::Clash, Some(other.title.clone())),
        None => (SeatVerdict::Enrolled, None),
    }
}

/// Seats left; below none where more were put on the list by hand. None where seats are not counted.
#[must_use]
pub fn left(capacity: Option<i32>, taken: i64) -> Option<i64> {
    capacity.map(|seats| (i64::from(seats) - taken).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_in_two_classes_at_a_time() {
        let [class, other, wang, li] = [1, 2, 3, 4].map(Uuid::from_u128);
        let at = |person_id, class_id| Busy {
            person_id,
            class_id,
            title: format!("{class_id}"),
        };
        for (busy, verdict) in [
            (vec![], SeatVerdict::Enrolled),
            (vec![at(li, class)], SeatVerdict::Enrolled),
            (vec![at(wang, class)], SeatVerdict::Already),
            (vec![at(wang, other)], SeatVerdict::Clash),
            (vec![at(wang, other), at(wang, class)], SeatVerdict::Already),
        ] {
            assert_eq!(judge(class, wang, &busy).0, verdict, "{busy:?}");
        }
        let clash = judge(class, wang, &[at(wang, other)]).1;
        assert_eq!(clash, Some(other.to_string()));
    }

    #[test]
    fn seats_are_counted_where_there_are_any() {
        assert_eq!(left(None, 7), None);
        assert_eq!(left(Some(30), 7), Some(23));
        assert_eq!(left(Some(5), 7), Some(0), "more were put on it by hand");
    }
}
