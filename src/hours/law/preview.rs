//! Whom a draft affects, before it is published: figures by township and enterprise size, the people, and the token
//! that a publication must name.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{self, Rule, RuleState};
use super::store;
use super::store_affected::{self as affected, AffectedRow, Question, Wanted};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};

/// What the token is bound to.
const TOKEN_PURPOSE: &str = "hours.rule.preview";

/// How large an enterprise is, by the people who work there that day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Size {
    /// 20 人以下
    Micro,
    /// 20–299 人
    Small,
    /// 300–999 人
    Medium,
    /// 1000 人以上
    Large,
    /// 未建档企业
    Unknown,
}

impl Size {
    /// Every size, smallest first.
    pub const ALL: [Self; 5] = [
        Self::Micro,
        Self::Small,
        Self::Medium,
        Self::Large,
        Self::Unknown,
    ];

    /// The word the database answers with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Unknown => "unknown",
        }
    }

    /// The size of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|size| size.word() == word)
            .unwrap_or(Self::Unknown)
    }

    /// How many people make it the next size (统计上大中小微型企业划分办法, industry).
    #[must_use]
    pub const fn below(self) -> Option<i64> {
        match self {
            Self::Micro => Some(20),
            Self::Small => Some(300),
            Self::Medium => Some(1_000),
            Self::Large | Self::Unknown => None,
        }
    }
}

/// What a draft changes for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Effect {
    /// 原已达到，新规则下不足
    NewlyLacks,
    /// 原不足，新规则下已达到
    NoLongerLacks,
    /// 原不足，仍不足
    StillLacks,
    /// 原已达到，仍达到
    StillHas,
}

impl Effect {
    /// What becomes of somebody who lacked before, or not, and will lack after, or not.
    #[must_use]
    pub const fn of(lacked: bool, lacks: bool) -> Self {
        match (lacked, lacks) {
            (false, true) => Self::NewlyLacks,
            (true, false) => Self::NoLongerLacks,
            (true, true) => Self::StillLacks,
            (false, false) => Self::StillHas,
        }
    }
}

/// Figures about the people of whom something else will be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub people: i64,
    /// Who must learn more minutes, and who fewer.
    pub more: i64,
    pub fewer: i64,
    /// Minutes more in all, for those who must learn more.
    pub minutes_more: i64,
    pub lacking_before: i64,
    pub lacking_after: i64,
    pub newly_lacking: i64,
    pub no_longer_lacking: i64,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.people += other.people;
        self.more += other.more;
        self.fewer += other.fewer;
        self.minutes_more += other.minutes_more;
        self.lacking_before += other.lacking_before;
        self.lacking_after += other.lacking_after;
        self.newly_lacking += other.newly_lacking;
        self.no_longer_lacking += other.no_longer_lacking;
    }
}

/// What publishing a draft would do.
#[derive(Debug)]
pub struct Preview {
    pub rule: Rule,
    /// The rule that ends the day before.
    pub supersedes: Option<Rule>,
    /// The day on which people were judged by the rules before and after.
    pub judged_on: NaiveDate,
    pub total: Figures,
    pub by_region: BTreeMap<Uuid, Figures>,
    pub by_size: BTreeMap<Size, Figures>,
    pub token: String,
}

/// A draft with the rules it would stand among.
pub(super) struct Drafted {
    pub(super) draft: Rule,
    pub(super) published: Vec<Rule>,
    after: Vec<Rule>,
    judged_on: NaiveDate,
}

impl Drafted {
    /// Reads a draft and its surroundings.
    ///
    /// # Errors
    /// `not_found`, `rule_not_draft`.
    pub(super) async fn read(
        db: &impl ConnectionTrait,
        scope: &Scope,
        id: Uuid,
        today: NaiveDate,
    ) -> Result<Self> {
        let draft = store::rule(db, scope, id)
            .await?
            .ok_or_else(Fault::not_found)?;
        if draft.state != RuleState::Draft {
            return Err(Fault::new(Code::RuleNotDraft));
        }
        let published = store::of_state(db, scope, RuleState::Published).await?;
        let place = rules::place_of(&published, &draft.terms);
        Ok(Self {
            after: rules::with_draft(&published, &draft),
            judged_on: rules::judged_on(draft.terms.effective_from, place.effective_to, today),
            draft,
            published,
        })
    }

    /// Stands for the draft, every rule beside it and the day: another of any is another token. Keyed, so that only
    /// a preview gives it.
    pub(super) fn token(&self, state: &State) -> Result<String> {
        let seen = serde_json::to_string(&(&self.draft, &self.published, self.judged_on))?;
        Ok(hex::encode(state.seal.lookup(TOKEN_PURPOSE, &seen)))
    }

    fn question(&self) -> Question<'_> {
        Question {
            draft: &self.draft,
            before: &self.published,
            after: &self.after,
            day: self.judged_on,
        }
    }
}

/// Whom a draft affects, in figures. One reading: rules and people agree with each other.
///
/// # Errors
/// `forbidden`, `not_found`, `rule_not_draft`.
pub async fn preview(state: &State, by: &Caller, id: Uuid) -> Result<Preview> {
    let scope = super::county_wide(by)?;
    let tx = state.db.begin_read().await?;
    let drafted = Drafted::read(&tx, &scope, id, state.clock.today()).await?;
    let rows = affected::figures(&tx, &scope, &drafted.question()).await?;
    tx.commit().await?;
    let token = drafted.token(state)?;
    let mut total = Figures::default();
    let mut by_region: BTreeMap<Uuid, Figures> = BTreeMap::new();
    let mut by_size: BTreeMap<Size, Figures> = BTreeMap::new();
    for (region, size, figures) in rows {
        total.add(&figures);
        by_region.entry(region).or_default().add(&figures);
        by_size.entry(size).or_default().add(&figures);
    }
    let before = rules::place_of(&drafted.published, &drafted.draft.terms).supersedes;
    Ok(Preview {
        supersedes: drafted
            .published
            .iter()
            .find(|rule| Some(rule.id) == before)
            .cloned(),
        judged_on: drafted.judged_on,
        rule: drafted.draft,
        total,
        by_region,
        by_size,
        token,
    })
}

/// A page of the people a draft affects, by id, in one township or with one effect where that is asked.
///
/// # Errors
/// As [`preview`].
pub(super) async fn people(
    state: &State,
    by: &Caller,
    id: Uuid,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<AffectedRow>> {
    let scope = super::county_wide(by)?;
    // A page names people: who may draft must be one who may see them.
    by.may(Action::ReadPeople)?;
    let tx = state.db.begin_read().await?;
    let drafted = Drafted::read(&tx, &scope, id, state.clock.today()).await?;
    let rows = affected::people(&tx, &scope, &drafted.question(), wanted, page).await?;
    tx.commit().await?;
    Ok(rows)
}
