//! A file of questions: each judged for itself, the good ones go in, the others are named with where they stand.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::formats::{self, Format, Line};
use super::rules::Content;
use super::rules_alike::{Seen, Signature};
use super::{Question, in_line, sameness, store};
use crate::platform::error::words;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::intake::{LineFault, LinePlace};
use crate::platform::locale::Lang;
use crate::platform::{Action, Caller, Code, Result, State, clock};
use crate::{audit, fresh, sheets};

/// Lines named in one report; more of them are counted only.
const NAMED: usize = 1_000;

/// What became of a question of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "QuestionVerdict", rename_all = "snake_case")]
pub enum Verdict {
    /// 入库，但与另一题十分相似，请核对
    Alike,
    /// 题库里已有，未改动
    Known,
    /// 未入库，原因见 code
    Refused,
}

/// A line to look at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub line: u32,
    /// Row of the sheet or of the text, from 1.
    pub row: u32,
    pub verdict: Verdict,
    pub field: String,
    pub code: String,
    /// In the reader's language.
    pub detail: String,
    /// The question that says the same, or nearly.
    pub like: Option<Uuid>,
}

/// What an import did, or in a preview would do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Import {
    pub preview: bool,
    pub lines: u32,
    pub created: u32,
    pub known: u32,
    pub refused: u32,
    pub alike: u32,
    /// The first thousand lines that are not simply new.
    pub outcomes: Vec<Outcome>,
}

impl Import {
    fn name(
        &mut self,
        place: LinePlace,
        verdict: Verdict,
        fault: Option<&LineFault>,
        like: Option<Uuid>,
        lang: Lang,
    ) {
        match verdict {
            Verdict::Alike => self.alike += 1,
            Verdict::Known => self.known += 1,
            Verdict::Refused => self.refused += 1,
        }
        if self.outcomes.len() >= NAMED {
            return;
        }
        let told = fault.map(|fault| {
            (
                fault.field,
                fault.code.word(),
                words(fault.code, &fault.args, lang),
            )
        });
        let (field, code, detail) = told.unwrap_or_else(|| {
            let detail = match verdict {
                Verdict::Alike => lang.pick(
                    "与题库中另一题十分相似，请核对是否重复",
                    "Nearly the same as another; check whether it is one",
                ),
                _ => lang.pick(
                    "题库里已有，未改动",
                    "In the bank already; nothing was changed",
                ),
            };
            ("text", "", detail.to_owned())
        });
        self.outcomes.push(Outcome {
            line: place.line,
            row: place.sheet_row,
            verdict,
            field: field.to_owned(),
            code: code.to_owned(),
            detail,
            like,
        });
    }
}

/// Reads a file of questions into the bank; with `preview` only tells what would happen.
///
/// # Errors
/// `forbidden`; the file's own faults.
pub async fn import(
    state: &State,
    by: &Caller,
    retry: Retry,
    bytes: Vec<u8>,
    format: Option<Format>,
    preview: bool,
) -> Result<Import> {
    let scope = by.may(Action::ManageExams)?;
    let lines = sheets::off_thread(move || formats::read(&bytes, format)).await?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let keys: Vec<Vec<u8>> = lines
        .iter()
        .filter_map(|line| Some(sameness(line.content.as_ref().ok()?)))
        .collect();
    let known = store::known(&work.tx, &scope, &keys).await?;
    let seen = store::signatures(&work.tx, &scope, None).await?;
    let mut import = Import {
        preview,
        lines: u32::try_from(lines.len()).unwrap_or(u32::MAX),
        ..Import::default()
    };
    let new = judge(&work, lines, known, seen, &mut import);
    import.created = u32::try_from(new.len()).unwrap_or(u32::MAX);
    if preview {
        return Ok(import);
    }
    store::insert(&work, &new).await?;
    let detail =
        json!({"created": import.created, "refused": import.refused, "known": import.known});
    let county = ("county", by.county_id.to_string());
    audit::record(&work, "exams.import_questions", county, detail).await?;
    work.commit(&import).await?;
    Ok(import)
}

fn judge(
    work: &Work<'_>,
    lines: Vec<Line>,
    known: HashMap<Vec<u8>, (Uuid, Content)>,
    mut seen: Seen<Uuid>,
    import: &mut Import,
) -> Vec<Question> {
    let lang = work.by.lang;
    // What the bank or an earlier line of the file says, by sameness: who, and which answer.
    let mut said: HashMap<Vec<u8>, (Uuid, Vec<String>)> = (known.into_iter())
        .map(|(key, (id, content))| (key, (id, content.right())))
        .collect();
    let mut new = Vec::new();
    for Line { place, content } in lines {
        let content = match content {
            Ok(content) => content,
            Err(fault) => {
                import.name(place, Verdict::Refused, Some(&fault), None, lang);
                continue;
            }
        };
        let key = sameness(&content);
        if let Some((id, right)) = said.get(&key) {
            if *right == content.right() {
                import.name(place, Verdict::Known, None, Some(*id), lang);
            } else {
                let fault = LineFault::new("answer", Code::AnswerDiffers);
                import.name(place, Verdict::Refused, Some(&fault), Some(*id), lang);
            }
            continue;
        }
        let id = clock::new_id();
        let signature = Signature::of(&content.text, &content.options);
        let alike_id = seen.alike(&signature);
        if alike_id.is_some() {
            import.name(place, Verdict::Alike, None, alike_id, lang);
        }
        seen.add(id, signature);
        said.insert(key, (id, content.right()));
        new.push(Question {
            id,
            version_id: clock::new_id(),
            number: 1,
            content,
            alike_id,
            retired: false,
            changed_at: work.now,
        });
    }
    new
}
