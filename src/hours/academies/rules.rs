//! How the sheet of an outside academy is read, and which of its lines count.

mod duration;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hours::CountedAt;
use crate::people::Employment;
use crate::platform::Code;
use crate::sheets::cells::Score;
use crate::sheets::ids::{IdFault, IdNumber};
use crate::sheets::posts::TargetRole;
use crate::sheets::text::{header_word, tight};

pub use duration::duration;

/// What a column of an academy's sheet tells.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Meaning {
    /// 姓名
    Name,
    /// 身份证号码
    IdNumber,
    /// 工作单位
    Enterprise,
    /// 统一社会信用代码
    CreditCode,
    /// 课程
    Course,
    /// 学习时长
    Duration,
    /// 成绩
    Score,
    /// 完成日期
    FinishedOn,
    /// 是否完成
    Finished,
    /// 不用的列
    Unused,
}

/// In what a column of durations counts, where its cells do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Unit {
    /// 分钟
    Minutes,
    /// 小时
    Hours,
    /// 学时：按方案折算
    ClassHours,
}

impl Unit {
    /// The unit that a column's title names; class hours (学时) where it names none, as the field counts in them.
    #[must_use]
    pub fn of_title(title: &str) -> Self {
        let title = tight(title).to_lowercase();
        if title.contains("分钟") || title.contains("min") {
            Self::Minutes
        } else if title.contains("小时") || title.contains("hour") && !title.contains("training")
        {
            Self::Hours
        } else {
            Self::ClassHours
        }
    }
}

/// Which column means what: kept with the academy, so that its next sheet needs no telling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Titles as written, each with its meaning.
    pub columns: Vec<(String, Meaning)>,
    /// Told by the column's title where absent.
    pub unit: Option<Unit>,
}

impl Mapping {
    /// The meaning of a column.
    #[must_use]
    pub fn of(&self, title: &str) -> Option<Meaning> {
        let word = header_word(title);
        let same = |known: &&(String, Meaning)| header_word(&known.0) == word;
        self.columns
            .iter()
            .find(same)
            .map(|(_, meaning)| *meaning)
            .filter(|_| !word.is_empty())
    }

    /// The first meaning given to two columns: which of them counts could not be told.
    #[must_use]
    pub fn twice(&self) -> Option<Meaning> {
        let mut seen = HashSet::new();
        self.columns
            .iter()
            .map(|(_, meaning)| *meaning)
            .find(|meaning| *meaning != Meaning::Unused && !seen.insert(*meaning))
    }
}

/// One line of an academy's sheet.
#[derive(Clone, Debug)]
pub struct AcademyLine {
    /// From 1 over all data lines of the file.
    pub line: u32,
    pub sheet_row: u32,
    pub name: Result<String, Code>,
    pub id: Result<IdNumber, IdFault>,
    pub enterprise_name: String,
    pub credit_code: String,
    /// Empty where the sheet has no such column.
    pub course: String,
    /// Minutes; none where the cell is empty.
    pub minutes: Result<Option<i64>, Code>,
    pub score: Result<Option<Score>, Code>,
    pub day: Result<NaiveDate, Code>,
    /// The course was finished; so it was where no column says otherwise.
    pub finished: bool,
}

/// Judges every line, in order; `known` gives the name an ID number is on file under.
#[must_use]
pub fn judge(
    lines: &[AcademyLine],
    known: &HashMap<String, String>,
    period: (NaiveDate, NaiveDate),
) -> Vec<Result<(), Code>> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    let mut verdicts = Vec::with_capacity(lines.len());
    for line in lines {
        verdicts.push(
            check(line, known, &names, &seen, period).map(|(number, name)| {
                // Only a line that counts claims its place: a right one after a refused one still counts.
                names.insert(number, name);
                seen.insert((number, &line.course));
            }),
        );
    }
    verdicts
}

/// The first fault of a line that its writer should mend, or whose it is.
fn check<'a>(
    line: &'a AcademyLine,
    known: &HashMap<String, String>,
    names: &HashMap<&str, &str>,
    seen: &HashSet<(&str, &str)>,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<(&'a str, &'a str), Code> {
    let name = line.name.as_deref().map_err(|code| *code)?;
    let number = line.id.as_ref().map_err(|fault| fault.code())?.number();
    let on_file = known.get(number).map(String::as_str);
    let on_file = on_file.or_else(|| names.get(number).copied());
    if on_file.is_some_and(|other| other != name) {
        return Err(Code::IdBelongsToAnotherName);
    }
    let (minutes, score, day) = (line.minutes?, line.score?, line.day?);
    if day < from || day > to {
        return Err(Code::OutsidePlanPeriod);
    }
    if minutes.unwrap_or(0) == 0 && score.is_none() {
        return Err(Code::NothingToCredit);
    }
    if seen.contains(&(number, line.course.as_str())) {
        return Err(Code::DuplicateInFile);
    }
    Ok((number, name))
}

/// Where a line counts: at his post of that day, for the register knows better than what he typed into an academy
/// years ago; else with the employer the sheet names; else at the post he came to later. None where nothing tells.
#[must_use]
pub fn place(
    history: &[Employment],
    named: Option<(Uuid, Uuid)>,
    day: NaiveDate,
) -> Option<CountedAt> {
    let at = |post: &Employment| CountedAt {
        region_id: post.region_id,
        enterprise_id: post.enterprise_id,
        role: post.role,
    };
    if let Some(post) = history.iter().find(|post| post.covers(day)) {
        return Some(at(post));
    }
    if let Some((enterprise, region)) = named {
        return Some(CountedAt {
            region_id: region,
            enterprise_id: Some(enterprise),
            role: TargetRole::Other,
        });
    }
    history.iter().min_by_key(|post| post.from_day).map(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_tells_the_unit() {
        for (title, unit) in [
            ("学习时长(分钟)", Unit::Minutes),
            ("学习时长（小时）", Unit::Hours),
            ("完成学时", Unit::ClassHours),
            ("Study minutes", Unit::Minutes),
            ("Hours", Unit::Hours),
            ("时长", Unit::ClassHours),
        ] {
            assert_eq!(Unit::of_title(title), unit, "{title}");
        }
    }

    #[test]
    fn a_mapping_finds_its_columns_however_they_are_dressed() {
        let mapping = Mapping {
            columns: vec![
                ("学员（姓名）".to_owned(), Meaning::Name),
                ("用户编号".to_owned(), Meaning::IdNumber),
                ("单位".to_owned(), Meaning::Unused),
            ],
            unit: None,
        };
        assert_eq!(mapping.of("学 员"), Some(Meaning::Name));
        assert_eq!(mapping.of("用户编号*"), Some(Meaning::IdNumber));
        assert_eq!(mapping.of("单位："), Some(Meaning::Unused));
        assert_eq!(mapping.of(""), None);
        assert_eq!(mapping.of("其他"), None);
        assert_eq!(mapping.twice(), None);
        let mut twice = mapping;
        twice.columns.push(("编号".to_owned(), Meaning::IdNumber));
        assert_eq!(twice.twice(), Some(Meaning::IdNumber));
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2020, 5, day).unwrap()
    }

    fn line(name: &str, id: &str, course: &str) -> AcademyLine {
        AcademyLine {
            line: 1,
            sheet_row: 2,
            name: Ok(name.to_owned()),
            id: Ok(IdNumber::Resident(id.to_owned())),
            enterprise_name: String::new(),
            credit_code: String::new(),
            course: course.to_owned(),
            minutes: Ok(Some(90)),
            score: Ok(None),
            day: Ok(day(12)),
            finished: true,
        }
    }

    #[test]
    fn each_fault_is_named_and_only_lines_that_count_claim_their_place() {
        type Change = fn(&mut AcademyLine);
        let table: [(Change, Code); 8] = [
            (|l| l.name = Err(Code::NameMissing), Code::NameMissing),
            (|l| l.id = Err(IdFault::Checksum), Code::IdChecksum),
            (|l| l.name = Ok("王君".into()), Code::IdBelongsToAnotherName),
            (
                |l| l.minutes = Err(Code::MinutesUnreadable),
                Code::MinutesUnreadable,
            ),
            (
                |l| l.score = Err(Code::ScoreUnreadable),
                Code::ScoreUnreadable,
            ),
            (
                |l| l.day = Err(Code::FinishDayMissing),
                Code::FinishDayMissing,
            ),
            (|l| l.day = Ok(day(31)), Code::OutsidePlanPeriod),
            (|l| l.minutes = Ok(None), Code::NothingToCredit),
        ];
        let known = HashMap::from([("1".to_owned(), "王军".to_owned())]);
        for (change, code) in table {
            let mut bad = line("王军", "1", "消防");
            change(&mut bad);
            let lines = [bad, line("王军", "1", "消防")];
            let told = judge(&lines, &known, (day(1), day(30)));
            assert_eq!(told, [Err(code), Ok(())]);
        }
        let lines = [
            line("王军", "1", "消防"),
            line("王军", "1", "用电"),
            line("王军", "1", "消防"),
            line("李强", "2", ""),
            line("李刚", "2", "用电"),
        ];
        let told = judge(&lines, &known, (day(1), day(30)));
        let expected = [
            Ok(()),
            Ok(()),
            Err(Code::DuplicateInFile),
            Ok(()),
            Err(Code::IdBelongsToAnotherName),
        ];
        assert_eq!(told, expected);
        let mut scored = line("王军", "1", "考试");
        (scored.minutes, scored.score) = (Ok(None), Ok(Some(Score::Passed)));
        assert_eq!(judge(&[scored], &known, (day(1), day(30))), [Ok(())]);
    }

    #[test]
    fn a_line_counts_at_the_post_of_its_day() {
        let post = |shop: u128, from: u32, to: Option<u32>| Employment {
            id: Uuid::nil(),
            person_id: Uuid::nil(),
            region_id: Uuid::from_u128(900 + shop),
            enterprise_id: Some(Uuid::from_u128(shop)),
            enterprise_name: String::new(),
            role: TargetRole::Other,
            from_day: day(from),
            to_day: to.map(day),
        };
        let named = Some((Uuid::from_u128(7), Uuid::from_u128(907)));
        let shop = |history: &[Employment], named, on: u32| {
            place(history, named, day(on)).and_then(|at| at.enterprise_id.map(|id| id.as_u128()))
        };
        let history = [post(1, 5, Some(10)), post(2, 11, None)];
        assert_eq!(shop(&history, named, 6), Some(1));
        assert_eq!(shop(&history, named, 20), Some(2));
        assert_eq!(shop(&history, named, 1), Some(7), "named before any post");
        assert_eq!(shop(&history, None, 1), Some(1), "the first post after it");
        assert_eq!(shop(&[], named, 1), Some(7));
        assert_eq!(shop(&[], None, 1), None);
    }
}
