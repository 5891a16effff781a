//! The sample bank of questions, and a test drawn from it that anybody may sit.

use std::path::Path;

use super::folder;
use crate::exams::papers::rules::{Review, Rules, Section};
use crate::exams::papers::{self, Draft};
use crate::exams::questions;
use crate::exams::questions::rules::Kind;
use crate::platform::idempotency::Retry;
use crate::platform::{App, Caller, Result};

const TITLE: &str = "安全生产基础测验";

/// Reads the bank where the folder has one, and publishes the test; what is there stays. Questions of the bank.
pub(super) async fn ensure(state: &App, by: &Caller, from: &Path) -> Result<i64> {
    let file = from.join("questions.csv");
    if !file.exists() {
        return Ok(0);
    }
    let bytes = folder::bytes(&file)?;
    let told = questions::import(state, by, Retry::never(), bytes, None, false).await?;
    if papers::of_title(state, by, TITLE).await?.is_none() {
        let of = |kind, count, points| Section {
            kind,
            tag: None,
            difficulty: None,
            count,
            points,
        };
        let draft = Draft {
            title: TITLE.to_owned(),
            plan_id: None,
            rules: Rules {
                sections: vec![
                    of(Kind::Single, 25, 2),
                    of(Kind::Multiple, 10, 3),
                    of(Kind::TrueFalse, 10, 2),
                ],
                minutes: 45,
                pass_percent: 80,
                attempts: None,
                wait_minutes: 0,
                shuffled: true,
                half_for_missing: true,
                review: Review::Explanations,
                opens_at: None,
                closes_at: None,
            },
        };
        let paper = papers::create(state, by, Retry::never(), draft).await?;
        papers::publish(state, by, Retry::never(), paper.id).await?;
    }
    Ok(i64::from(told.created + told.known))
}
