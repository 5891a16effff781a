//! What a person does not want sent (退订): kinds of letters that then stay in the app alone.
//!
//! Owns `notice_choice`. Invariants: what the law or somebody's safety asks to be told is sent whatever he chose; in the
//! app everything is told. May not enter: what a letter says.

pub mod api;
mod store;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};
use crate::{audit, fresh};

pub use store::refused;

/// A kind of letters that need not be sent.
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
pub enum LetterKind {
    /// 培训提醒：催办、方案截止
    Training,
    /// 班级通知：报名、取消
    Classes,
    /// 考试成绩
    Exams,
    /// 证书到期与复审
    Certificates,
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [LetterKind; 4] = [
        Self::Training,
        Self::Classes,
        Self::Exams,
        Self::Certificates,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Classes => "classes",
            Self::Exams => "exams",
            Self::Certificates => "certificates",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind a letter belongs to; none for what is sent in any case: a code changed, an answer one asked for.
    #[must_use]
    pub fn of_template(template: &str) -> Option<Self> {
        match template {
            "plan_reminder" | "plan_deadline" => Some(Self::Training),
            "class_enrolled" | "class_withdrawn" | "class_cancelled" => Some(Self::Classes),
            "exam_result" => Some(Self::Exams),
            "certificate_expiry" | "certificate_review" => Some(Self::Certificates),
            _ => None,
        }
    }
}

/// The kinds a caller does not want sent.
///
/// # Errors
/// `forbidden` for an account that is no worker's.
pub async fn mine(state: &State, by: &Caller) -> Result<Vec<LetterKind>> {
    let scope = by.may(Action::ReadOwn)?;
    store::of(state.db.read(), own(&scope)?).await
}

fn own(scope: &Scope) -> Result<Uuid> {
    let person = scope.persons.first().copied();
    person.ok_or_else(|| Fault::new(Code::Forbidden))
}

/// Says which kinds shall not be sent; the others are.
///
/// # Errors
/// `forbidden` for an account that is no worker's.
pub async fn choose(
    state: &State,
    by: &Caller,
    retry: Retry,
    refused: Vec<LetterKind>,
) -> Result<Vec<LetterKind>> {
    let scope = by.may(Action::ReadOwn)?;
    let person = own(&scope)?;
    let work = fresh!(state.begin(by, retry).await?);
    let refused: HashSet<LetterKind> = refused.into_iter().collect();
    let mut refused: Vec<LetterKind> = refused.into_iter().collect();
    refused.sort_unstable();
    store::replace(&work, person, &refused).await?;
    let words: Vec<&str> = refused.iter().map(|kind| kind.word()).collect();
    let subject = ("person", person.to_string());
    audit::record(&work, "notices.choose", subject, json!({"not_sent": words})).await?;
    work.commit(&refused).await?;
    Ok(refused)
}
