//! How rules, previews and what is asked of somebody look on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::hours::law::Owed;
use crate::hours::law::preview::{Effect, Figures, Preview, Size};
use crate::hours::law::rules::{Industry, Occasion, Rule, RuleState, Terms};
use crate::hours::law::seed::MINUTES_PER_HOUR;
use crate::hours::law::store_affected::AffectedRow;
use crate::page_of;
use crate::platform::App;
use crate::platform::locale::Lang;
use crate::sheets::posts::TargetRole;

/// A rule of the law, or a draft of one.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HoursRuleView {
    /// Id.
    pub id: Uuid,
    /// Draft or published.
    pub state: RuleState,
    /// For which kind of post.
    pub role: TargetRole,
    /// For which industries.
    pub industry: Industry,
    /// First training, yearly, or retraining.
    pub occasion: Occasion,
    /// Minutes asked.
    pub minutes: i64,
    /// Minutes of an hour of training (学时).
    pub minutes_per_hour: i32,
    /// Retraining alone: after how many months off the post.
    pub months_off: Option<i32>,
    /// First day.
    pub effective_from: NaiveDate,
    /// Last day; absent while it is open-ended.
    pub effective_to: Option<NaiveDate>,
    /// Article and number, in Chinese.
    pub source_zh: String,
    /// The same in English.
    pub source_en: String,
    /// Known from a secondary source only; the text itself is still to be checked.
    pub secondary_source: bool,
    /// The rule it took the place of.
    pub supersedes: Option<Uuid>,
    /// When it was published.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// Why it begins in the past.
    pub reason: Option<String>,
}

/// Rules, oldest first.
#[derive(Debug, Clone, Object)]
pub struct HoursRuleList {
    /// They are few.
    pub items: Vec<HoursRuleView>,
}

/// What is told of a new rule.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct HoursRuleInput {
    /// For which kind of post.
    pub role: TargetRole,
    /// For which industries.
    pub industry: Industry,
    /// First training, yearly, or retraining.
    pub occasion: Occasion,
    /// Hours of training (学时) asked.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000")))]
    pub hours: i64,
    /// Minutes of such an hour; 45 when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "60")))]
    pub minutes_per_hour: Option<i32>,
    /// Retraining alone: after how many months off the post.
    #[oai(validator(minimum(value = "1"), maximum(value = "120")))]
    pub months_off: Option<i32>,
    /// Its first day.
    pub effective_from: NaiveDate,
    /// Article and number, in Chinese.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub source_zh: String,
    /// The same in English.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub source_en: String,
}

/// How many people, and what changes for them.
#[derive(Debug, Clone, Object)]
pub struct AffectedFigures {
    /// People of whom something else will be asked.
    pub people: i64,
    /// Who must learn more minutes.
    pub more: i64,
    /// Who must learn fewer.
    pub fewer: i64,
    /// Minutes more in all, of those who must learn more.
    pub minutes_more: i64,
    /// Who lacks minutes by the rules as they are.
    pub lacking_before: i64,
    /// Who will lack minutes.
    pub lacking_after: i64,
    /// Who has enough now and will not.
    pub newly_lacking: i64,
    /// Who lacks now and will not.
    pub no_longer_lacking: i64,
}

/// A township's part.
#[derive(Debug, Clone, Object)]
pub struct AffectedRegion {
    /// The township.
    pub region_id: Uuid,
    /// Its people.
    pub figures: AffectedFigures,
}

/// A size of enterprise and its part.
#[derive(Debug, Clone, Object)]
pub struct AffectedSize {
    /// By the people who work there that day.
    pub size: Size,
    /// Its people.
    pub figures: AffectedFigures,
}

/// What publishing a draft would do.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HoursRulePreview {
    /// The draft.
    pub rule: HoursRuleView,
    /// The rule that would end the day before.
    pub supersedes: Option<HoursRuleView>,
    /// The day on which people were judged by the rules before and after.
    pub judged_on: NaiveDate,
    /// All of them.
    pub total: AffectedFigures,
    /// By township.
    pub regions: Vec<AffectedRegion>,
    /// By size of enterprise.
    pub sizes: Vec<AffectedSize>,
    /// To be named by the publication.
    pub token: String,
}

/// Somebody of whom something else will be asked.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AffectedPerson {
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// The township of his employer.
    pub region_id: Uuid,
    /// The employer, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// Its name.
    pub enterprise_name: String,
    /// Minutes asked by the rules as they are.
    pub required_before: i64,
    /// Minutes that will be asked.
    pub required_after: i64,
    /// Minutes he has toward the first.
    pub has_before: i64,
    /// Minutes he has toward the second.
    pub has_after: i64,
    /// What changes for him.
    pub effect: Effect,
}

page_of!(
    /// A page of people.
    AffectedPage,
    AffectedPerson
);

/// The publication of a draft.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct PublicationInput {
    /// The token of the preview that was looked at.
    #[oai(validator(min_length = 1, max_length = 128))]
    pub preview_token: String,
    /// Why it begins in the past, where it does.
    #[oai(validator(max_length = 500))]
    pub reason: Option<String>,
}

/// What the law asks of somebody on a day, and what he has.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct LegalHoursView {
    /// The day.
    pub day: NaiveDate,
    /// The industry of his employer that day.
    pub industry: Industry,
    /// What is asked: absent of who has no post that day.
    pub occasion: Option<Occasion>,
    /// From which day minutes count.
    pub since: Option<NaiveDate>,
    /// Minutes asked; 0 where the law asks nothing.
    pub required_minutes: i64,
    /// Minutes he has since then.
    pub has_minutes: i64,
    /// Minutes still missing; never below 0.
    pub missing_minutes: i64,
    /// The rule; absent where the law asks nothing.
    pub rule_id: Option<Uuid>,
    /// Its article, in the reader's language.
    pub rule_source: Option<String>,
}

pub(super) fn terms(input: HoursRuleInput) -> Terms {
    let per_hour = input.minutes_per_hour.unwrap_or(MINUTES_PER_HOUR);
    Terms {
        role: input.role,
        industry: input.industry,
        occasion: input.occasion,
        minutes: input.hours * i64::from(per_hour),
        minutes_per_hour: per_hour,
        months_off: input.months_off,
        source_zh: input.source_zh,
        source_en: input.source_en,
        secondary_source: false,
        effective_from: input.effective_from,
    }
}

pub(super) fn view(state: &App, rule: Rule) -> HoursRuleView {
    let terms = rule.terms;
    HoursRuleView {
        id: rule.id,
        state: rule.state,
        role: terms.role,
        industry: terms.industry,
        occasion: terms.occasion,
        minutes: terms.minutes,
        minutes_per_hour: terms.minutes_per_hour,
        months_off: terms.months_off,
        effective_from: terms.effective_from,
        effective_to: rule.effective_to,
        source_zh: terms.source_zh,
        source_en: terms.source_en,
        secondary_source: terms.secondary_source,
        supersedes: rule.supersedes,
        published_at: rule.published_at.map(|at| state.clock.local(at)),
        reason: rule.reason,
    }
}

fn figures(figures: Figures) -> AffectedFigures {
    AffectedFigures {
        people: figures.people,
        more: figures.more,
        fewer: figures.fewer,
        minutes_more: figures.minutes_more,
        lacking_before: figures.lacking_before,
        lacking_after: figures.lacking_after,
        newly_lacking: figures.newly_lacking,
        no_longer_lacking: figures.no_longer_lacking,
    }
}

pub(super) fn preview_view(state: &App, seen: Preview) -> HoursRulePreview {
    let regions = seen
        .by_region
        .into_iter()
        .map(|(region_id, part)| AffectedRegion {
            region_id,
            figures: figures(part),
        });
    let sizes = seen.by_size.into_iter().map(|(size, part)| AffectedSize {
        size,
        figures: figures(part),
    });
    HoursRulePreview {
        regions: regions.collect(),
        sizes: sizes.collect(),
        rule: view(state, seen.rule),
        supersedes: seen.supersedes.map(|rule| view(state, rule)),
        judged_on: seen.judged_on,
        total: figures(seen.total),
        token: seen.token,
    }
}

pub(super) fn affected_view(row: AffectedRow) -> AffectedPerson {
    let effect = Effect::of(
        row.has_before < row.required_before,
        row.has_after < row.required_after,
    );
    AffectedPerson {
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        region_id: row.region_id,
        enterprise_id: row.enterprise_id,
        enterprise_name: row.enterprise_name,
        required_before: row.required_before,
        required_after: row.required_after,
        has_before: row.has_before,
        has_after: row.has_after,
        effect,
    }
}

pub(super) fn owed_view(owed: Owed, lang: Lang) -> LegalHoursView {
    let required = owed.rule.as_ref().map_or(0, |rule| rule.terms.minutes);
    let source = owed.rule.as_ref().map(|rule| match lang {
        Lang::Zh => rule.terms.source_zh.clone(),
        Lang::En => rule.terms.source_en.clone(),
    });
    LegalHoursView {
        day: owed.day,
        industry: owed.industry,
        occasion: owed.occasion,
        since: owed.since,
        required_minutes: required,
        has_minutes: owed.has_minutes,
        missing_minutes: (required - owed.has_minutes).max(0),
        rule_id: owed.rule.map(|rule| rule.id),
        rule_source: source,
    }
}
