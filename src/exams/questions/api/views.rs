//! What the bank takes and shows.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use uuid::Uuid;

use crate::exams::questions::rules::{Content, Kind, USUAL_DIFFICULTY, letter};
use crate::exams::questions::{Import, Question, Verdict};
use crate::page_of;
use crate::platform::App;

/// A question.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct QuestionInput {
    /// The kind.
    pub kind: Kind,
    /// What is asked.
    #[oai(validator(min_length = 1, max_length = 2000))]
    pub text: String,
    /// What to choose from, 2 to 8 of them; none for true or false.
    #[oai(default, validator(max_items = 8))]
    pub options: Vec<String>,
    /// The letters of the right options, as `A` or `ABD`; of a true-or-false question `A` for true, `B` for false.
    #[oai(validator(min_length = 1, max_length = 8, pattern = "^[A-H]+$"))]
    pub answer: String,
    /// Why, for whoever reviews his exam.
    #[oai(validator(max_length = 2000))]
    pub explanation: Option<String>,
    /// 1 easy to 5 hard; 3 when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    pub difficulty: Option<i32>,
    /// What it is about, by which papers draw.
    #[oai(default, validator(max_items = 10))]
    pub tags: Vec<String>,
    /// A picture it is asked by: a file handed in before, for pictures.
    pub picture_id: Option<Uuid>,
}

/// Whether a question is retired.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct QuestionRetirement {
    /// Out of what is drawn, or in it again.
    pub retired: bool,
}

/// A question of the bank.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct QuestionView {
    /// Id.
    pub id: Uuid,
    /// Counts its versions from 1.
    pub version: i32,
    /// The kind.
    pub kind: Kind,
    /// What is asked.
    pub text: String,
    /// What to choose from; none for true or false.
    pub options: Vec<String>,
    /// The letters of the right options; of a true-or-false question `A` for true, `B` for false.
    pub answer: String,
    /// Why.
    pub explanation: String,
    /// 1 easy to 5 hard.
    pub difficulty: i32,
    /// What it is about.
    pub tags: Vec<String>,
    /// The picture it is asked by.
    pub picture_id: Option<Uuid>,
    /// Another that says nearly the same; absent where none does.
    pub alike_id: Option<Uuid>,
    /// Out of what is drawn.
    pub retired: bool,
    /// When it was last changed.
    pub changed_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of questions.
    QuestionPage,
    QuestionView
);

/// What an import of questions did, or in a preview would do.
#[derive(Debug, Clone, Object)]
pub struct QuestionImport {
    /// Nothing was written: this tells what would happen.
    pub preview: bool,
    /// Questions read.
    pub lines: u32,
    /// Questions made.
    pub created: u32,
    /// Questions the bank had.
    pub known: u32,
    /// Questions refused.
    pub refused: u32,
    /// Questions made that are nearly the same as another.
    pub alike: u32,
    /// The lines to look at, the first thousand of them.
    pub outcomes: Vec<QuestionOutcome>,
}

/// A line to look at.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct QuestionOutcome {
    /// Number of the question in the file, from 1.
    pub line: u32,
    /// Row of the sheet or of the text, from 1.
    pub row: u32,
    /// What became of it.
    pub verdict: Verdict,
    /// The part at fault.
    pub field: String,
    /// Stable word of the reason; absent where it went in or was known.
    pub code: Option<String>,
    /// Reason and remedy in the reader's language.
    pub detail: String,
    /// The question that says the same, or nearly.
    pub like_id: Option<Uuid>,
}

impl QuestionInput {
    pub(super) fn content(self) -> Content {
        let places = self
            .answer
            .bytes()
            .map(|c| usize::from(c.saturating_sub(b'A')));
        Content {
            kind: self.kind,
            text: self.text,
            options: self.options,
            answer: places.collect(),
            explanation: self.explanation.unwrap_or_default(),
            difficulty: self.difficulty.unwrap_or(USUAL_DIFFICULTY),
            tags: self.tags,
            picture_id: self.picture_id,
        }
    }
}

pub(super) fn view(state: &App, question: &Question) -> QuestionView {
    let content = question.content.clone();
    QuestionView {
        id: question.id,
        version: question.number,
        kind: content.kind,
        text: content.text,
        options: content.options,
        answer: content.answer.iter().map(|place| letter(*place)).collect(),
        explanation: content.explanation,
        difficulty: content.difficulty,
        tags: content.tags,
        picture_id: content.picture_id,
        alike_id: question.alike_id,
        retired: question.retired,
        changed_at: state.clock.local(question.changed_at),
    }
}

pub(super) fn import_view(done: Import) -> QuestionImport {
    let outcome = |one: crate::exams::questions::Outcome| QuestionOutcome {
        line: one.line,
        row: one.row,
        verdict: one.verdict,
        field: one.field,
        code: Some(one.code).filter(|code| !code.is_empty()),
        detail: one.detail,
        like_id: one.like,
    };
    QuestionImport {
        preview: done.preview,
        lines: done.lines,
        created: done.created,
        known: done.known,
        refused: done.refused,
        alike: done.alike,
        outcomes: done.outcomes.into_iter().map(outcome).collect(),
    }
}

/// A question of each kind, for the template.
pub(super) fn examples() -> [Content; 3] {
    let of =
        |kind, text: &str, options: &[&str], answer: &[usize], explanation: &str, tag: &str| {
            Content {
                kind,
                text: text.to_owned(),
                options: options.iter().map(|option| (*option).to_owned()).collect(),
                answer: answer.to_vec(),
                explanation: explanation.to_owned(),
                difficulty: 2,
                tags: vec![tag.to_owned()],
                picture_id: None,
            }
        };
    [
        of(
            Kind::Single,
            "（示例）发现有人触电，首先应当怎样做？",
            &["用手拉开触电者", "切断电源", "泼水", "大声呼喊"],
            &[1],
            "先断电再施救，以免施救者触电。",
            "应急救护",
        ),
        of(
            Kind::Multiple,
            "（示例）下列哪些属于个体防护用品？",
            &["安全帽", "安全带", "手机", "防护眼镜"],
            &[0, 1, 3],
            "手机不是防护用品。",
            "个体防护",
        ),
        of(
            Kind::TrueFalse,
            "（示例）特种作业人员必须持证上岗。",
            &[],
            &[0],
            "《安全生产法》第三十条。",
            "法律法规",
        ),
    ]
}
