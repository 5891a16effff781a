//! Whom a rule affects, reckoned by the database: the same judgement as `rules_due`, over a whole county at once.

use std::fmt::Write;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::preview::{Effect, Figures, Size};
use super::rules::Rule;
use super::rules_due::{Asked, asked, new_since, year_begins};
use crate::places::tags::rules::WORDS;
use crate::platform::db::is_postgres;
use crate::platform::page::Page;
use crate::platform::{Result, Scope};

/// A question about one draft: who is judged on which day, by which rules before and after it.
pub(super) struct Question<'a> {
    pub(super) draft: &'a Rule,
    pub(super) before: &'a [Rule],
    pub(super) after: &'a [Rule],
    pub(super) day: NaiveDate,
}

/// Somebody of whom the law will ask something else.
#[derive(Debug, FromQueryResult)]
pub(super) struct AffectedRow {
    pub(super) person_id: Uuid,
    pub(super) name: String,
    pub(super) id_masked: String,
    pub(super) region_id: Uuid,
    pub(super) enterprise_id: Option<Uuid>,
    pub(super) enterprise_name: String,
    pub(super) required_before: i64,
    pub(super) required_after: i64,
    pub(super) has_before: i64,
    pub(super) has_after: i64,
}

/// Which of them a page asks for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) region_id: Option<Uuid>,
    pub(super) effect: Option<Effect>,
}

#[derive(FromQueryResult)]
struct FiguresRow {
    region_id: Uuid,
    size: String,
    people: i64,
    more: i64,
    fewer: i64,
    minutes_more: i64,
    lacking_before: i64,
    lacking_after: i64,
    newly_lacking: i64,
    no_longer_lacking: i64,
}

/// Figures by township and enterprise size: as many rows as there are of both, however many people.
pub(super) async fn figures(
    db: &impl ConnectionTrait,
    scope: &Scope,
    question: &Question<'_>,
) -> Result<Vec<(Uuid, Size, Figures)>> {
    let mut asking = Asking::of(db, scope, question);
    asking.text.push_str(&format!(
        "SELECT region_id, size, COUNT(*) AS people,
            {more} AS more, {fewer} AS fewer,
            CAST(SUM(CASE WHEN required_after > required_before THEN required_after - required_before ELSE 0 END)
                AS BIGINT) AS minutes_more,
            {lacking_before} AS lacking_before, {lacking_after} AS lacking_after,
            {newly} AS newly_lacking, {no_longer} AS no_longer_lacking
        FROM seen GROUP BY region_id, size",
        more = counted("required_after > required_before"),
        fewer = counted("required_after < required_before"),
        lacking_before = counted("has_before < required_before"),
        lacking_after = counted("has_after < required_after"),
        newly = counted(NEWLY),
        no_longer = counted(NO_LONGER),
    ));
    let rows = FiguresRow::find_by_statement(asking.statement(db))
        .all(db)
        .await?;
    let figures = rows.into_iter().map(|row| {
        let figures = Figures {
            people: row.people,
            more: row.more,
            fewer: row.fewer,
            minutes_more: row.minutes_more,
            lacking_before: row.lacking_before,
            lacking_after: row.lacking_after,
            newly_lacking: row.newly_lacking,
            no_longer_lacking: row.no_longer_lacking,
        };
        (row.region_id, Size::of_word(&row.size), figures)
    });
    Ok(figures.collect())
}

/// A page of the people affected, by id.
pub(super) async fn people(
    db: &impl ConnectionTrait,
    scope: &Scope,
    question: &Question<'_>,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<AffectedRow>> {
    let mut asking = Asking::of(db, scope, question);
    asking.text.push_str(
        "SELECT s.person_id, p.name, p.id_masked, s.region_id, s.enterprise_id, s.enterprise_name,
            s.required_before, s.required_after, s.has_before, s.has_after
        FROM seen s JOIN person p ON p.id = s.person_id WHERE 1 = 1",
    );
    if let Some(region) = wanted.region_id {
        let place = asking.bind(region);
        let _ = write!(asking.text, " AND s.region_id = {place}");
    }
    if let Some(effect) = wanted.effect {
        let _ = write!(asking.text, " AND {}", condition(effect));
    }
    if let Some(after) = page.after {
        let place = asking.bind(after);
        let _ = write!(asking.text, " AND s.person_id > {place}");
    }
    let _ = write!(
        asking.text,
        " ORDER BY s.person_id LIMIT {}",
        page.limit + 1
    );
    Ok(AffectedRow::find_by_statement(asking.statement(db))
        .all(db)
        .await?)
}

const NEWLY: &str = "has_before >= required_before AND has_after < required_after";
const NO_LONGER: &str = "has_before < required_before AND has_after >= required_after";

const fn condition(effect: Effect) -> &'static str {
    match effect {
        Effect::NewlyLacks => NEWLY,
        Effect::NoLongerLacks => NO_LONGER,
        Effect::StillLacks => "has_before < required_before AND has_after < required_after",
        Effect::StillHas => "has_before >= required_before AND has_after >= required_after",
    }
}

fn counted(condition: &str) -> String {
    format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT)")
}

/// A statement being put together: its text and its values.
struct Asking {
    text: String,
    values: Vec<Value>,
}

impl Asking {
    /// Binds a value; its placeholder, which both databases read alike.
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn statement(self, db: &impl ConnectionTrait) -> Statement {
        Statement::from_sql_and_values(db.get_database_backend(), self.text, self.values)
    }

    /// The people of the draft's role and industry of whom something else is asked, as the table `seen`.
    ///
    /// `told` puts each stretch of work beside the one before it at the same employer; `begun` finds the day on
    /// which the post became new, by the rules before and after; `judged` adds what they ask and from which day
    /// minutes count; `seen` adds the minutes.
    fn of(db: &impl ConnectionTrait, scope: &Scope, question: &Question<'_>) -> Self {
        let mut asking = Self {
            text: String::new(),
            values: Vec::new(),
        };
        let Question {
            draft,
            day,
            before,
            after,
        } = question;
        let (role, industry) = (draft.terms.role, draft.terms.industry);
        let before = asked(before, role, industry, *day);
        let after = asked(after, role, industry, *day);
        let county = asking.bind(scope.county_id);
        let on = asking.bind(*day);
        let cut = asking.bind(new_since(*day));
        let year = asking.bind(year_begins(*day));
        let role = asking.bind(role.word());
        let industry = asking.bind(industry.word());
        let off_before = off(db, before.months_off);
        let off_after = off(db, after.months_off);
        let (required_before, since_before) = sides("before", &before, &cut, &year);
        let (required_after, since_after) = sides("after", &after, &cut, &year);
        let high_risk = high_risk();
        let sizes = sizes();
        asking.text = format!(
            "WITH told AS (
                SELECT person_id, region_id, enterprise_id, enterprise_name, role, from_day, to_day,
                    LAG(role) OVER there AS role_before, LAG(to_day) OVER there AS ended_before,
                    MIN(from_day) OVER there AS came
                FROM employment WHERE county_id = {county} AND from_day <= {on}
                WINDOW there AS (PARTITION BY person_id, enterprise_id,
                    CASE WHEN enterprise_id IS NULL THEN enterprise_name END ORDER BY from_day)
            ), begun AS (
                SELECT person_id, region_id, enterprise_id, enterprise_name, role, from_day, to_day, came,
                    MAX(CASE WHEN role_before IS NULL OR role_before <> role OR {off_before}
                        THEN from_day END) OVER there AS base_before,
                    MAX(CASE WHEN role_before IS NULL OR role_before <> role OR {off_after}
                        THEN from_day END) OVER there AS base_after
                FROM told
                WINDOW there AS (PARTITION BY person_id, enterprise_id,
                    CASE WHEN enterprise_id IS NULL THEN enterprise_name END ORDER BY from_day)
            ), staff AS (
                SELECT enterprise_id, COUNT(*) AS people FROM employment
                WHERE county_id = {county} AND enterprise_id IS NOT NULL AND from_day <= {on}
                    AND (to_day IS NULL OR to_day >= {on})
                GROUP BY enterprise_id
            ), judged AS (
                SELECT b.person_id, b.region_id, b.enterprise_id, b.enterprise_name,
                    {required_before} AS required_before, {since_before} AS since_before,
                    {required_after} AS required_after, {since_after} AS since_after,
                    {sizes} AS size
                FROM begun b LEFT JOIN staff ON staff.enterprise_id = b.enterprise_id
                WHERE b.role = {role} AND (b.to_day IS NULL OR b.to_day >= {on})
                    AND CASE WHEN EXISTS (SELECT 1 FROM enterprise_tag t
                        WHERE t.enterprise_id = b.enterprise_id AND t.tag IN ({high_risk}) AND t.from_day <= {on}
                            AND (t.to_day IS NULL OR t.to_day >= {on}))
                        THEN 'high_risk' ELSE 'general' END = {industry}
            ), affected AS (
                SELECT * FROM judged WHERE required_before <> required_after OR since_before <> since_after
            ), learned AS (
                SELECT a.person_id,
                    CAST(SUM(CASE WHEN r.happened_on >= a.since_before THEN r.minutes ELSE 0 END) AS BIGINT)
                        AS has_before,
                    CAST(SUM(CASE WHEN r.happened_on >= a.since_after THEN r.minutes ELSE 0 END) AS BIGINT)
                        AS has_after
                FROM affected a JOIN training_record r ON r.person_id = a.person_id AND r.happened_on <= {on}
                    AND (r.happened_on >= a.since_before OR r.happened_on >= a.since_after)
                GROUP BY a.person_id
            ), seen AS (
                SELECT a.person_id, a.region_id, a.enterprise_id, a.enterprise_name, a.size,
                    a.required_before, a.required_after,
                    COALESCE(l.has_before, 0) AS has_before, COALESCE(l.has_after, 0) AS has_after
                FROM affected a LEFT JOIN learned l ON l.person_id = a.person_id
            ) "
        );
        asking
    }
}

/// What one side asks of a row of `begun`, and from which day minutes count.
fn sides(side: &str, asked: &Asked<'_>, cut: &str, year: &str) -> (String, String) {
    let minutes = |rule: Option<&Rule>| rule.map_or(0, |rule| rule.terms.minutes);
    let (first, yearly, retrain) = (
        minutes(asked.first),
        minutes(asked.yearly),
        minutes(asked.retrain),
    );
    let base = format!("b.base_{side}");
    let required = format!(
        "CAST(CASE WHEN {base} <= {cut} THEN {yearly} WHEN {base} = b.came THEN {first} ELSE {retrain} END AS BIGINT)"
    );
    let since = format!("CASE WHEN {base} <= {cut} THEN {year} ELSE {base} END");
    (required, since)
}

/// Whether the stretch before ended so many months before this one began; both databases end months alike.
fn off(db: &impl ConnectionTrait, months: Option<i32>) -> String {
    let Some(months) = months else {
        return "1 = 0".to_owned();
    };
    if is_postgres(db) {
        format!("CAST(ended_before + INTERVAL '{months} months' AS DATE) < from_day")
    } else {
        format!("date(ended_before, '+{months} months', 'floor') < from_day")
    }
}

fn high_risk() -> String {
    let words = WORDS.iter().filter(|tag| tag.high_risk);
    let quoted: Vec<_> = words.map(|tag| format!("'{}'", tag.word)).collect();
    quoted.join(", ")
}

fn sizes() -> String {
    let mut text = "CASE WHEN b.enterprise_id IS NULL THEN 'unknown'".to_owned();
    for (size, below) in [Size::Micro, Size::Small, Size::Medium]
        .into_iter()
        .filter_map(|size| size.below().map(|below| (size, below)))
    {
        let _ = write!(text, " WHEN staff.people < {below} THEN '{}'", size.word());
    }
    let _ = write!(text, " ELSE '{}' END", Size::Large.word());
    text
}
