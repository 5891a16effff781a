//! What exams take and show.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use uuid::Uuid;

use crate::exams::attempts::rules::{Given, of_hundred};
use crate::exams::attempts::store::ResultRow;
use crate::exams::attempts::{Attempt, Saved};
use crate::exams::questions::rules::Kind;
use crate::page_of;
use crate::platform::App;

/// Beginning an exam.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ExamBeginning {
    /// A word by which the phone tells itself apart; kept as a hash only.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub device_id: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct AnswerInput {
    /// The question, from 0.
    #[oai(validator(minimum(value = "0"), maximum(value = "299")))]
    pub position: i32,
    /// The letters chosen, as the options stand on the screen; empty to take an answer back.
    #[oai(validator(max_length = 8, pattern = "^[A-H]*$"))]
    pub chosen: String,
    /// When it was given, by the server's clock as `now` of the attempt told it.
    pub given_at: DateTime<FixedOffset>,
}

/// Answers to keep.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct AnswersInput {
    /// One for each question answered; of several to one question the one given last stands.
    #[oai(validator(min_items = 1, max_items = 300))]
    pub answers: Vec<AnswerInput>,
}

/// A submission.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct SubmissionInput {
    /// Answers that were not saved yet.
    #[oai(default, validator(max_items = 300))]
    pub answers: Vec<AnswerInput>,
}

/// What became of answers.
#[derive(Debug, Clone, Object)]
pub struct SavedAnswers {
    /// Questions whose answer is on disk: as sent, or one given later.
    pub saved: Vec<i32>,
    /// Questions whose answer was given after the deadline and does not count.
    pub late: Vec<i32>,
    /// The server's clock.
    pub now: DateTime<FixedOffset>,
}

/// A question of an attempt.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AskedView {
    /// Its place, from 0.
    pub position: i32,
    /// The kind.
    pub kind: Kind,
    /// What is asked.
    pub text: String,
    /// Where its picture is read, for six hours; below the service's own address.
    pub picture_path: Option<String>,
    /// The options in the order of this attempt: the first is A.
    pub options: Vec<String>,
    /// Points for the right answer.
    pub points: f64,
    /// The letters chosen so far.
    pub chosen: Option<String>,
    /// Whether they were right; once graded, where the paper shows it.
    pub is_right: Option<bool>,
    /// Points given; once graded, where the paper shows it.
    pub given_points: Option<f64>,
    /// The right letters; once graded, where the paper shows them.
    pub answer: Option<String>,
    /// Why; once graded, where the paper shows it.
    pub explanation: Option<String>,
}

/// An attempt.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AttemptView {
    /// Id.
    pub id: Uuid,
    /// The paper.
    pub paper_id: Uuid,
    /// Its title.
    pub title: String,
    /// Counts the attempts at the paper from 1.
    pub number: i32,
    /// When it began.
    pub started_at: DateTime<FixedOffset>,
    /// When it ends by itself.
    pub ends_at: DateTime<FixedOffset>,
    /// The server's clock: a phone's countdown goes by it.
    pub now: DateTime<FixedOffset>,
    /// When it was submitted, or ended by itself.
    pub submitted_at: Option<DateTime<FixedOffset>>,
    /// Points reached; once graded.
    pub points: Option<f64>,
    /// Points in all.
    pub most_points: f64,
    /// Points of 100; once graded.
    pub score: Option<f64>,
    /// Percent of all points that pass.
    pub pass_percent: i32,
    /// Whether it is passed; once graded.
    pub passed: Option<bool>,
    /// The questions; once graded only where the paper shows them.
    pub questions: Vec<AskedView>,
}

/// An attempt in a list.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AttemptRowView {
    /// Id.
    pub id: Uuid,
    /// The paper.
    pub paper_id: Uuid,
    /// Counts the attempts at the paper from 1.
    pub number: i32,
    /// When it began.
    pub started_at: DateTime<FixedOffset>,
    /// When it ends by itself.
    pub ends_at: DateTime<FixedOffset>,
    /// When it was submitted, or ended by itself.
    pub submitted_at: Option<DateTime<FixedOffset>>,
    /// Points of 100; once graded.
    pub score: Option<f64>,
    /// Whether it is passed; once graded.
    pub passed: Option<bool>,
}

page_of!(
    /// A page of attempts.
    AttemptPage,
    AttemptRowView
);

/// An exam one may take.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyExamView {
    /// The paper.
    pub paper_id: Uuid,
    /// Its title.
    pub title: String,
    /// The plan whose exam it is.
    pub plan_id: Option<Uuid>,
    /// Questions in all.
    pub questions: u32,
    /// Minutes from start to deadline.
    pub minutes: i32,
    /// Percent of all points that pass.
    pub pass_percent: i32,
    /// How often one may try.
    pub attempts: Option<i32>,
    /// How often the caller did.
    pub attempts_used: i64,
    /// His best points of 100.
    pub best_score: Option<f64>,
    /// Whether he has passed it.
    pub passed: bool,
    /// From when it can be begun.
    pub opens: Option<DateTime<FixedOffset>>,
    /// When it closes.
    pub closes: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// A page of exams one may take.
    MyExamPage,
    MyExamView
);

/// What somebody's attempt came to.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExamResult {
    /// The attempt.
    pub attempt_id: Uuid,
    /// Whose it is.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Counts his attempts at the paper from 1.
    pub number: i32,
    /// When it began.
    pub started_at: DateTime<FixedOffset>,
    /// When it was submitted, or ended by itself.
    pub submitted_at: Option<DateTime<FixedOffset>>,
    /// Points of 100; once graded.
    pub score: Option<f64>,
    /// Whether it is passed; once graded.
    pub passed: Option<bool>,
}

page_of!(
    /// A page of results.
    ExamResultPage,
    ExamResult
);

/// How one question is answered.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ItemStatistics {
    /// The version of the question that was asked.
    pub version_id: Uuid,
    /// The kind.
    pub kind: Kind,
    /// What is asked.
    pub text: String,
    /// How often it was asked.
    pub asked: i64,
    /// How often it was answered right.
    pub right: i64,
    /// Share that had it right, 0 to 1 (难度).
    pub difficulty: f64,
    /// Correlation of having it right with the whole score, -1 to 1 (区分度); absent where that tells nothing.
    pub discrimination: Option<f64>,
}

/// How a paper's questions are answered.
#[derive(Debug, Clone, Object)]
pub struct PaperStatistics {
    /// The paper.
    pub paper_id: Uuid,
    /// When this was read.
    pub as_of: DateTime<FixedOffset>,
    /// Its questions, each version that was asked.
    pub items: Vec<ItemStatistics>,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "points are far below what a double holds exactly"
)]
pub(super) fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

pub(super) fn score(of: Option<i64>, most: i64) -> Option<f64> {
    of.map(|of| points(of_hundred(of, most)))
}

impl From<AnswerInput> for Given {
    fn from(input: AnswerInput) -> Self {
        Self {
            position: input.position,
            chosen: input.chosen,
            given_at: input.given_at.timestamp_micros(),
        }
    }
}

impl SavedAnswers {
    pub(super) fn of(state: &App, saved: Saved) -> Self {
        Self {
            saved: saved.positions,
            late: saved.late,
            now: state.clock.local(state.clock.now()),
        }
    }
}

impl AttemptRowView {
    pub(super) fn of(state: &App, row: &Attempt) -> Self {
        Self {
            id: row.id,
            paper_id: row.paper_id,
            number: row.number,
            started_at: state.clock.local(row.started_at),
            ends_at: state.clock.local(row.ends_at),
            submitted_at: row.submitted_at.map(|at| state.clock.local(at)),
            score: score(row.points, row.most_points),
            passed: row.passed,
        }
    }
}

pub(super) fn result_view(state: &App, row: ResultRow) -> ExamResult {
    ExamResult {
        attempt_id: row.id,
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        number: row.number,
        started_at: state.clock.local(row.started_at),
        submitted_at: row.submitted_at.map(|at| state.clock.local(at)),
        score: score(row.points, row.most_points),
        passed: row.passed,
    }
}
