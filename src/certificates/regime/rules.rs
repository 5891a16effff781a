//! Which rule of the law applies to a certificate, what it makes of its dates, and how the certificate stands on a day.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::rules_states::{IssuerState, Standing, Status};

/// What a rule says; its amount is in the unit named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum RuleKind {
    /// 有效期（年）
    ValidityYears,
    /// 复审周期（年），0 为不再复审
    ReviewYears,
    /// 连续从事本工种满规定年限者的复审周期（年）
    ReviewYearsUnbroken,
    /// 放宽复审周期所需的连续从业年限（年）
    UnbrokenYears,
    /// 复审、换证在期满前多少日内申请（日）
    ApplyDays,
    /// 考核合格分数线（分，满分 100）
    PassMark,
}

impl RuleKind {
    /// Every kind.
    pub const ALL: [RuleKind; 6] = [
        RuleKind::ValidityYears,
        RuleKind::ReviewYears,
        RuleKind::ReviewYearsUnbroken,
        RuleKind::UnbrokenYears,
        RuleKind::ApplyDays,
        RuleKind::PassMark,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ValidityYears => "validity_years",
            Self::ReviewYears => "review_years",
            Self::ReviewYearsUnbroken => "review_years_unbroken",
            Self::UnbrokenYears => "unbroken_years",
            Self::ApplyDays => "apply_days",
            Self::PassMark => "pass_mark",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One fact of the law and the days on which it is in force (证书规则).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub kind: RuleKind,
    /// In the unit its kind names.
    pub amount: i32,
    pub effective_from: NaiveDate,
    /// Last day; none while it is open-ended.
    pub effective_to: Option<NaiveDate>,
    pub source_zh: String,
    pub source_en: String,
    /// Known from a secondary source only; the text itself is still to be checked.
    pub secondary_source: bool,
}

/// Every rule there was: few, so searched in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// In the order of their first days.
    #[must_use]
    pub fn new(mut all: Vec<Rule>) -> Self {
        all.sort_by_key(|rule| rule.effective_from);
        Self(all)
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    /// The rule of a kind in force on a day.
    #[must_use]
    pub fn on(&self, kind: RuleKind, day: NaiveDate) -> Option<&Rule> {
        let in_force = |rule: &&Rule| {
            rule.kind == kind
                && rule.effective_from <= day
                && rule.effective_to.is_none_or(|last| day <= last)
        };
        self.0.iter().rev().find(in_force)
    }

    /// The rule of a kind for what began on a day: what is older than all rules is read by the first of them.
    #[must_use]
    pub fn in_time_of(&self, kind: RuleKind, day: NaiveDate) -> Option<&Rule> {
        let first = || self.0.iter().find(|rule| rule.kind == kind);
        let before_all = || first().filter(|rule| day < rule.effective_from);
        self.on(kind, day).or_else(before_all)
    }
}

/// What is on record of a certificate that its dates and its status rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnRecord {
    pub first_issued: Option<NaiveDate>,
    /// Last day, as a list or the issuer has it.
    pub valid_until: Option<NaiveDate>,
    /// The last re-examination that was passed (实际复审日期).
    pub reviewed_on: Option<NaiveDate>,
    /// The next re-examination, as a list or the issuer has it (应复审日期).
    pub review_due: Option<NaiveDate>,
    /// The issuer has agreed to the longer time for ten years' unbroken lawful work.
    pub unbroken_ten_years: bool,
    pub issuer_state: IssuerState,
}

/// Until when a certificate is valid and when it is re-examined next, as seen from a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// First day of the term on record; what stood before it is not known.
    pub term_begins: Option<NaiveDate>,
    /// Last day, that day included.
    pub valid_until: Option<NaiveDate>,
    /// It was reckoned from the first issue, not read from a list or at the issuer's.
    pub valid_until_computed: bool,
    /// The day by which it must be re-examined; none where no re-examination is to come before the last day.
    pub review_due: Option<NaiveDate>,
    /// It was reckoned from the term, not read from a list or at the issuer's.
    pub review_due_computed: bool,
}

/// A certificate's dates as seen from a day.
///
/// A term ends on the same day of its last year (Civil Code art. 202). What is recorded goes before what is reckoned.
/// Whether a re-examination is held is decided by the rule in force on its own due day; a review passed after the day
/// asked for is not known yet on that day.
#[must_use]
pub fn dates(record: &OnRecord, rules: &Rules, day: NaiveDate) -> Dates {
    reckon(record, rules, day).0
}

/// The rules that a certificate's dates and its status on a day rest on, in the order of use.
#[must_use]
pub fn rests_on<'r>(record: &OnRecord, rules: &'r Rules, day: NaiveDate) -> Vec<&'r Rule> {
    reckon(record, rules, day).1
}

/// How a certificate stands on a day. The first that fits is told:
///
/// 1. `cancelled`, `revoked`, `suspended`: an authority's word goes before all dates.
/// 2. `lapsed`: the recorded last day is past.
/// 3. `review_overdue`: the recorded due day is past, a review was held that day, and none is on record.
/// 4. `waiting_for_issuer`: looked up, and not entered yet.
/// 5. `dates_unknown`: neither a last day nor a first issue is on record, or it was first issued only later.
/// 6. `unverified`: nobody has seen it at the issuer's and no due list names it, or what was seen there differs; or a
///    last or due day is past that was only reckoned: it may have been renewed or reviewed without our knowing; or the
///    term on record begins only later than one could renew it.
/// 7. `due_for_review`, then `due_for_renewal`: within the days in which it may be applied for.
/// 8. `valid`.
///
/// A renewed certificate (换证) keeps number and item and has a later last day: it is valid again, and no status apart.
#[must_use]
pub fn status_on(record: &OnRecord, standing: Standing, rules: &Rules, day: NaiveDate) -> Status {
    match standing {
        Standing::Cancelled => return Status::Cancelled,
        Standing::Revoked => return Status::Revoked,
        Standing::Suspended => return Status::Suspended,
        Standing::Active => {}
    }
    let dates = dates(record, rules, day);
    let past = |due: Option<NaiveDate>| due.is_some_and(|due| due < day);
    let window = rules.on(RuleKind::ApplyDays, day);
    let ahead = later(day, window.map_or(0, |rule| rule.amount));
    let soon = |due: Option<NaiveDate>| due.filter(|due| *due <= ahead);
    let not_yet = record.first_issued.is_some_and(|issued| day < issued);
    if past(dates.valid_until) && !dates.valid_until_computed {
        Status::Lapsed
    } else if past(dates.review_due) && !dates.review_due_computed {
        Status::ReviewOverdue
    } else if record.issuer_state == IssuerState::Waiting {
        Status::WaitingForIssuer
    } else if dates.valid_until.is_none() || not_yet {
        Status::DatesUnknown
    } else if matches!(
        record.issuer_state,
        IssuerState::Unverified | IssuerState::Differs
    ) || past(dates.valid_until)
        || past(dates.review_due)
        || dates.term_begins.is_some_and(|start| ahead < start)
    {
        Status::Unverified
    } else if let Some(due) = soon(dates.review_due)
        && Some(due) < dates.valid_until
    {
        Status::DueForReview
    } else if soon(dates.valid_until).is_some() {
        Status::DueForRenewal
    } else {
        Status::Valid
    }
}

fn reckon<'r>(record: &OnRecord, rules: &'r Rules, day: NaiveDate) -> (Dates, Vec<&'r Rule>) {
    let mut reckoning = Reckoning {
        record,
        rules,
        day,
        used: Vec::new(),
    };
    let valid_until = record.valid_until.or_else(|| reckoning.first_term_ends());
    let start = reckoning.term_begins();
    let review = reckoning.review(start, valid_until);
    reckoning.rest(rules.on(RuleKind::ApplyDays, day));
    let dates = Dates {
        term_begins: start,
        valid_until,
        valid_until_computed: record.valid_until.is_none() && valid_until.is_some(),
        review_due: review.map(|(due, _)| due),
        review_due_computed: review.is_some_and(|(_, computed)| computed),
    };
    (dates, reckoning.used)
}

/// Re-examinations within one term, at most: no rule holds more than one a year.
const MOST_REVIEWS: usize = 12;

/// The reckoning of one certificate, with the rules it used on its way.
struct Reckoning<'a, 'r> {
    record: &'a OnRecord,
    rules: &'r Rules,
    day: NaiveDate,
    used: Vec<&'r Rule>,
}

impl<'r> Reckoning<'_, 'r> {
    /// Notes that a rule was used; its amount.
    fn rest(&mut self, rule: Option<&'r Rule>) -> Option<i32> {
        let rule = rule?;
        if !self.used.contains(&rule) {
            self.used.push(rule);
        }
        Some(rule.amount)
    }

    fn first_term_ends(&mut self) -> Option<NaiveDate> {
        let issued = self.record.first_issued?;
        let years = self.rules.in_time_of(RuleKind::ValidityYears, issued);
        years_after(issued, self.rest(years)?)
    }

    /// The first day of the term that ends on the recorded last day, or of the first term.
    fn term_begins(&mut self) -> Option<NaiveDate> {
        let issued = self.record.first_issued;
        let Some(until) = self.record.valid_until else {
            return issued;
        };
        let before = |years: i32| {
            let months = u32::try_from(years).ok()?.checked_mul(12)?;
            until.checked_sub_months(Months::new(months))
        };
        // The rule that counts is the one under which the term began.
        let at_end = self.rules.in_time_of(RuleKind::ValidityYears, until)?;
        let began = before(at_end.amount)?;
        let years = self.rules.in_time_of(RuleKind::ValidityYears, began);
        let start = before(self.rest(years)?);
        // Of a card that ends a day early the first issue says when its term began.
        start.max(issued.filter(|issued| *issued < until))
    }

    /// The next re-examination that no review on record covers, and whether it was reckoned.
    fn review(
        &mut self,
        start: Option<NaiveDate>,
        until: Option<NaiveDate>,
    ) -> Option<(NaiveDate, bool)> {
        let reviewed = self.record.reviewed_on.filter(|on| *on <= self.day);
        let covered = reviewed.map(|on| {
            let window = self.rules.on(RuleKind::ApplyDays, on);
            later(on, window.map_or(0, |rule| rule.amount))
        });
        let open = |due: NaiveDate| covered.is_none_or(|upto| upto < due);
        // A due day of the term before was settled by the renewal.
        let of_term = |due: NaiveDate| start.is_none_or(|start| start < due);
        let recorded = self.record.review_due;
        if let Some(due) = recorded.filter(|due| open(*due) && of_term(*due)) {
            return self.is_held(due).then_some((due, false));
        }
        let (start, until) = (start?, until?);
        let mut last = start;
        for _ in 0..MOST_REVIEWS {
            let due = self.review_after(start, last)?;
            // The one at the end of the term is the renewal itself.
            if due <= last || until <= due || !self.is_held(due) {
                return None;
            }
            if open(due) {
                return Some((due, true));
            }
            last = due;
        }
        None
    }

    /// Whether re-examinations are held that are due on that day, by the rule in force on it.
    fn is_held(&mut self, due: NaiveDate) -> bool {
        let rule = self.rules.on(RuleKind::ReviewYears, due);
        let held = rule.is_none_or(|rule| rule.amount > 0);
        if !held {
            self.rest(rule);
        }
        held
    }

    /// When the next re-examination of a term is due after another: by the longer time where it applies.
    fn review_after(&mut self, start: NaiveDate, last: NaiveDate) -> Option<NaiveDate> {
        let usual = self.rules.in_time_of(RuleKind::ReviewYears, start);
        let amount = usual?.amount;
        let due = years_after(last, amount).filter(|_| amount > 0);
        if let Some(due) = due.filter(|_| self.record.unbroken_ten_years) {
            let worked = self.rules.in_time_of(RuleKind::UnbrokenYears, start);
            let longer = self.rules.in_time_of(RuleKind::ReviewYearsUnbroken, start);
            if let (Some(years), Some(amount)) = (worked, longer) {
                let issued = self.record.first_issued;
                let reached = issued.and_then(|issued| years_after(issued, years.amount));
                if issued.is_none() || reached.is_some_and(|day| day <= due) {
                    self.rest(worked);
                    self.rest(longer);
                    return years_after(last, amount.amount);
                }
            }
        }
        self.rest(usual);
        due
    }
}

/// The same day some years on; of 29 February the 28th where there is no other.
fn years_after(day: NaiveDate, years: i32) -> Option<NaiveDate> {
    let months = u32::try_from(years).ok()?.checked_mul(12)?;
    day.checked_add_months(Months::new(months))
}

fn later(day: NaiveDate, days: i32) -> NaiveDate {
    let days = Days::new(u64::try_from(days).unwrap_or(0));
    day.checked_add_days(days).unwrap_or(NaiveDate::MAX)
}
