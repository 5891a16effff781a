//! Which lines of a sign-in sheet count, and for how many minutes.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use uuid::Uuid;

use super::sheet::{AttendanceLine, AttendanceSheet, TimeCell};
use crate::hours::CountedAt;
pub use crate::hours::rules::passed;
use crate::people::Employment;
use crate::platform::Code;
use crate::sheets::posts::TargetRole;

/// Why a line is refused: one of the service's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reason(pub Code);

impl Reason {
    /// The reason of a code.
    #[must_use]
    pub const fn of_code(code: Code) -> Self {
        Self(code)
    }

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.0.word()
    }
}

/// The verdict on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    Accepted,
    Refused(Reason),
}

/// Judges every line, in order. `known` gives the name an ID number is on file under.
///
/// Only accepted lines claim an ID number or a place in a class: a right line after a refused one still counts.
#[must_use]
pub fn judge(sheet: &AttendanceSheet, known: &HashMap<String, String>) -> Vec<Judged> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut seen: HashSet<(usize, &str)> = HashSet::new();
    sheet
        .lines
        .iter()
        .map(|line| match check(line, known, &names, &seen) {
            Ok((number, name)) => {
                names.insert(number, name);
                seen.insert((line.session, number));
                Judged::Accepted
            }
            Err(code) => Judged::Refused(Reason(code)),
        })
        .collect()
}

/// The faults of a line, the first that its writer should mend.
fn check<'a>(
    line: &'a AttendanceLine,
    known: &HashMap<String, String>,
    names: &HashMap<&str, &str>,
    seen: &HashSet<(usize, &str)>,
) -> Result<(&'a str, &'a str), Code> {
    let name = line.name.as_deref().map_err(|reason| reason.0)?;
    let number = line.id.as_ref().map_err(|fault| fault.code())?.number();
    let on_file = known
        .get(number)
        .map(String::as_str)
        .or_else(|| names.get(number).copied());
    if on_file.is_some_and(|other| other != name) {
        return Err(Code::IdBelongsToAnotherName);
    }
    if seen.contains(&(line.session, number)) {
        return Err(Code::DuplicateInFile);
    }
    check_times(line)?;
    if line.score.is_err() {
        return Err(Code::ScoreUnreadable);
    }
    Ok((number, name))
}

fn check_times(line: &AttendanceLine) -> Result<(), Code> {
    match (&line.check_in, &line.check_out) {
        (TimeCell::Unreadable(_), _) | (_, TimeCell::Unreadable(_)) => Err(Code::TimeUnreadable),
        (TimeCell::Empty, _) => Err(Code::CheckinMissing),
        (_, TimeCell::Empty) => Err(Code::CheckoutMissing),
        (TimeCell::At(from), TimeCell::At(to)) if to <= from => Err(Code::CheckoutBeforeCheckin),
        _ => Ok(()),
    }
}

/// Where a line of a sheet counts, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub at: CountedAt,
    pub employer_name: String,
    /// The sheet names an employer to whom he came only later.
    pub came_later: bool,
}

/// Where a line counts: with the employer it names, or who has none named, at his post of that day.
///
/// `named` is the employer on file that the line names, with its township. An employer to whom he is known to have come
/// only after that day was written from today's knowledge: it counts where he worked then. An employer that is not on
/// file counts for the township of the class.
#[must_use]
pub fn seat(
    line: &AttendanceLine,
    named: Option<(Uuid, Uuid)>,
    class: (Uuid, NaiveDate),
    history: &[Employment],
) -> Seat {
    let (class_region, day) = class;
    let held = history.iter().find(|post| post.covers(day));
    let blank = line.credit_code.is_empty() && line.enterprise_name.trim().is_empty();
    let came_later = |post: &Employment| {
        let employer = named.map(|(enterprise, _)| enterprise);
        let later = |post: &Employment| post.enterprise_id == employer && post.from_day > day;
        // Who begins on the very day of the class is known from that sheet, or from another of that day.
        employer.is_some()
            && post.enterprise_id != employer
            && post.from_day < day
            && history.iter().any(later)
    };
    let of_that_day = held.filter(|post| blank || came_later(post));
    if let Some(post) = of_that_day {
        let told = line.role != TargetRole::Other;
        return Seat {
            at: CountedAt {
                region_id: post.region_id,
                enterprise_id: post.enterprise_id,
                role: if told { line.role } else { post.role },
            },
            employer_name: post.enterprise_name.clone(),
            came_later: !blank,
        };
    }
    Seat {
        at: CountedAt {
            region_id: named.map_or(class_region, |(_, region)| region),
            enterprise_id: named.map(|(enterprise, _)| enterprise),
            role: line.role,
        },
        employer_name: line.enterprise_name.chars().take(200).collect(),
        came_later: false,
    }
}

/// Minutes credited: those of the class, or fewer for who came late or left early; all of them where the sheet has
/// no times.
#[must_use]
pub fn credited_minutes(
    class_minutes: i32,
    check_in: Option<NaiveDateTime>,
    check_out: Option<NaiveDateTime>,
) -> i32 {
    match (check_in, check_out) {
        (Some(from), Some(to)) => {
            let stayed = i32::try_from((to - from).num_minutes()).unwrap_or(class_minutes);
            class_minutes.min(stayed).max(0)
        }
        _ => class_minutes.max(0),
    }
}

/// The same between two instants in microseconds.
#[must_use]
pub fn credited_between(class_minutes: i32, check_in: Option<i64>, check_out: Option<i64>) -> i32 {
    let wall = |at: i64| DateTime::from_timestamp_micros(at).map(|at| at.naive_utc());
    credited_minutes(
        class_minutes,
        check_in.and_then(wall),
        check_out.and_then(wall),
    )
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Session;
    use super::*;
    use crate::sheets::ids::{IdFault, IdNumber};
    use crate::sheets::posts::TargetRole;

    fn at(hour: u32, minute: u32) -> NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2020, 5, 12)
            .unwrap()
            .and_hms_opt(hour, minute, 0)
            .unwrap()
    }

    fn line(name: &str, id: &str) -> AttendanceLine {
        AttendanceLine {
            line: 1,
            tab: String::new(),
            sheet_row: 2,
            session: 0,
            name: Ok(name.to_owned()),
            id: Ok(IdNumber::Resident(id.to_owned())),
            enterprise_name: String::new(),
            credit_code: String::new(),
            role: TargetRole::Other,
            phone: None,
            check_in: TimeCell::At(at(8, 30)),
            check_out: TimeCell::At(at(16, 30)),
            minutes: None,
            score: Ok(None),
            employer_filled_down: false,
        }
    }

    fn verdicts(lines: Vec<AttendanceLine>, known: &[(&str, &str)]) -> Vec<&'static str> {
        let session = Session {
            title: "t".into(),
            day: None,
            place: String::new(),
            teacher: String::new(),
            starts: None,
            ends: None,
            region_hints: Vec::new(),
        };
        let sheet = AttendanceSheet {
            sessions: vec![session],
            lines,
            header: Vec::new(),
        };
        let known = known
            .iter()
            .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()))
            .collect();
        let words = judge(&sheet, &known).into_iter();
        words
            .map(|v| {
                if let Judged::Refused(r) = v {
                    r.word()
                } else {
                    "accepted"
                }
            })
            .collect()
    }

    #[test]
    fn each_fault_is_named_and_only_accepted_lines_claim_anything() {
        let with = |change: fn(&mut AttendanceLine)| {
            let mut line = line("王军", "1");
            change(&mut line);
            line
        };
        assert_eq!(
            verdicts(vec![line("王军", "1"), line("王军", "1")], &[]),
            ["accepted", "duplicate_in_file"]
        );
        assert_eq!(
            verdicts(vec![line("王军", "1"), line("汪某", "1")], &[]),
            ["accepted", "id_belongs_to_another_name"]
        );
        assert_eq!(
            verdicts(vec![line("王军", "1")], &[("1", "王君")]),
            ["id_belongs_to_another_name"]
        );
        type Case = (fn(&mut AttendanceLine), &'static str);
        let table: [Case; 8] = [
            (|l| l.name = Err(Reason(Code::NameMissing)), "name_missing"),
            (|l| l.id = Err(IdFault::Checksum), "id_checksum"),
            (
                |l| l.check_out = TimeCell::At(at(7, 30)),
                "checkout_before_checkin",
            ),
            (
                |l| l.check_out = TimeCell::At(at(8, 30)),
                "checkout_before_checkin",
            ),
            (|l| l.check_in = TimeCell::Empty, "checkin_missing"),
            (|l| l.check_out = TimeCell::Empty, "checkout_missing"),
            (
                |l| l.check_in = TimeCell::Unreadable("8-30".into()),
                "time_unreadable",
            ),
            (|l| l.score = Err("八十".into()), "score_unreadable"),
        ];
        for (change, word) in table {
            // The right line after a refused one counts.
            assert_eq!(
                verdicts(vec![with(change), line("王军", "1")], &[]),
                [word, "accepted"]
            );
        }
        let ticked = |l: &mut AttendanceLine| {
            (l.check_in, l.check_out) = (TimeCell::Attended, TimeCell::NoColumn)
        };
        let mut tick = line("王军", "1");
        ticked(&mut tick);
        assert_eq!(verdicts(vec![tick], &[]), ["accepted"]);
    }

    fn post(shop: u128, from: u32, to: Option<u32>) -> Employment {
        let day = |n| NaiveDate::from_ymd_opt(2020, 5, n).unwrap();
        Employment {
            id: Uuid::nil(),
            person_id: Uuid::nil(),
            region_id: Uuid::from_u128(900 + shop),
            enterprise_id: Some(Uuid::from_u128(shop)),
            enterprise_name: format!("厂{shop}"),
            role: TargetRole::KeyPost,
            from_day: day(from),
            to_day: to.map(day),
        }
    }

    #[test]
    fn a_line_counts_with_the_employer_of_its_day() {
        // He worked at 1 until the 20th and works at 2 since; the class is on the 12th in township 500.
        let moved = [post(1, 1, Some(20)), post(2, 21, None)];
        let begun = [post(1, 12, Some(20)), post(2, 21, None)];
        let day = NaiveDate::from_ymd_opt(2020, 5, 12).unwrap();
        type Row<'a> = (&'a str, &'a [Employment], Option<u128>, u128, bool);
        let table: [Row<'_>; 8] = [
            ("甲厂", &moved, Some(1), 901, false),
            ("乙厂", &moved, Some(2), 901, true),
            ("丙厂", &moved, Some(3), 903, false),
            ("不知名厂", &moved, None, 500, false),
            (" ", &moved, None, 901, false),
            ("", &[], None, 500, false),
            ("乙厂", &begun, Some(2), 902, false),
            ("乙厂", &[post(1, 1, None)], Some(2), 902, false),
        ];
        for (name, history, named, region, came_later) in table {
            let mut line = line("王军", "1");
            line.enterprise_name = name.to_owned();
            let named = named.map(|shop| (Uuid::from_u128(shop), Uuid::from_u128(900 + shop)));
            let seat = seat(&line, named, (Uuid::from_u128(500), day), history);
            let told = (seat.at.region_id, seat.came_later);
            assert_eq!(told, (Uuid::from_u128(region), came_later), "{name}");
        }
    }

    #[test]
    fn minutes_are_those_of_the_class_or_fewer() {
        let table = [
            (360, Some(at(8, 30)), Some(at(16, 30)), 360),
            (360, Some(at(8, 30)), Some(at(11, 0)), 150),
            (360, Some(at(16, 0)), Some(at(8, 0)), 0),
            (360, None, None, 360),
            (360, Some(at(8, 30)), None, 360),
        ];
        for (class, from, to, minutes) in table {
            assert_eq!(credited_minutes(class, from, to), minutes);
        }
    }
}
