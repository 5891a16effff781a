//! What papers take and show.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use uuid::Uuid;

use crate::exams::papers::rules::{Review, Rules, Section};
use crate::exams::papers::{Draft, Paper, PaperState};
use crate::exams::questions::rules::Kind;
use crate::page_of;
use crate::platform::App;

/// So many questions of one kind.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct SectionInput {
    /// Their kind.
    pub kind: Kind,
    /// About this only; about anything when absent.
    #[oai(validator(max_length = 30))]
    pub tag: Option<String>,
    /// From this difficulty on; from 1 when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    pub difficulty_from: Option<i32>,
    /// To this difficulty; to 5 when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    pub difficulty_to: Option<i32>,
    /// How many.
    #[oai(validator(minimum(value = "1"), maximum(value = "300")))]
    pub count: u32,
    /// Points of each.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub points: u32,
}

/// A paper.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct PaperInput {
    /// Title.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub title: String,
    /// The plan whose exam it is; without one it lets everybody in and counts for nothing.
    pub plan_id: Option<Uuid>,
    /// What is asked, section by section.
    #[oai(validator(min_items = 1, max_items = 20))]
    pub sections: Vec<SectionInput>,
    /// Minutes from start to deadline.
    #[oai(validator(minimum(value = "1"), maximum(value = "600")))]
    pub minutes: i32,
    /// Percent of all points that pass; at least the plan's pass mark.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub pass_percent: i32,
    /// How often one may try; as often as he likes when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub attempts: Option<i32>,
    /// Minutes to wait between two attempts.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "100000")))]
    pub wait_minutes: i32,
    /// Questions and options in an order of one's own; yes when absent.
    pub shuffled: Option<bool>,
    /// Half the points of a multiple-choice question for whoever chose only right options, but not all.
    #[oai(default)]
    pub half_for_missing: bool,
    /// What is shown of an exam once it is graded; the score when absent.
    pub review: Option<Review>,
    /// From when it can be begun; at once when absent.
    pub opens: Option<DateTime<FixedOffset>>,
    /// When it closes, for those at it too; never when absent.
    pub closes: Option<DateTime<FixedOffset>>,
}

/// A paper with its rules.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PaperView {
    /// Id.
    pub id: Uuid,
    /// Title.
    pub title: String,
    /// How far it is.
    pub state: PaperState,
    /// The plan whose exam it is.
    pub plan_id: Option<Uuid>,
    /// What is asked, section by section.
    pub sections: Vec<SectionInput>,
    /// Questions in all.
    pub questions: u32,
    /// Points in all.
    pub points: u32,
    /// Minutes from start to deadline.
    pub minutes: i32,
    /// Percent of all points that pass.
    pub pass_percent: i32,
    /// How often one may try.
    pub attempts: Option<i32>,
    /// Minutes to wait between two attempts.
    pub wait_minutes: i32,
    /// Questions and options in an order of one's own.
    pub shuffled: bool,
    /// Half the points for whoever chose only right options, but not all.
    pub half_for_missing: bool,
    /// What is shown of an exam once it is graded.
    pub review: Review,
    /// From when it can be begun.
    pub opens: Option<DateTime<FixedOffset>>,
    /// When it closes.
    pub closes: Option<DateTime<FixedOffset>>,
    /// When it was published.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// When it was last changed.
    pub changed_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of papers.
    PaperPage,
    PaperView
);

impl SectionInput {
    fn section(self) -> Section {
        let range = match (self.difficulty_from, self.difficulty_to) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(1), to.unwrap_or(5))),
        };
        Section {
            kind: self.kind,
            tag: self
                .tag
                .map(|tag| tag.trim().to_owned())
                .filter(|tag| !tag.is_empty()),
            difficulty: range,
            count: self.count,
            points: self.points,
        }
    }
}

fn section_view(section: &Section) -> SectionInput {
    SectionInput {
        kind: section.kind,
        tag: section.tag.clone(),
        difficulty_from: section.difficulty.map(|range| range.0),
        difficulty_to: section.difficulty.map(|range| range.1),
        count: section.count,
        points: section.points,
    }
}

impl PaperInput {
    pub(super) fn draft(self) -> Draft {
        Draft {
            title: self.title,
            plan_id: self.plan_id,
            rules: Rules {
                sections: self
                    .sections
                    .into_iter()
                    .map(SectionInput::section)
                    .collect(),
                minutes: self.minutes,
                pass_percent: self.pass_percent,
                attempts: self.attempts,
                wait_minutes: self.wait_minutes,
                shuffled: self.shuffled.unwrap_or(true),
                half_for_missing: self.half_for_missing,
                review: self.review.unwrap_or_default(),
                opens_at: self.opens.map(|at| at.timestamp_micros()),
                closes_at: self.closes.map(|at| at.timestamp_micros()),
            },
        }
    }
}

pub(super) fn view(state: &App, paper: &Paper) -> PaperView {
    let at = |micros| state.clock.local(micros);
    let rules = &paper.rules;
    let points = |section: &Section| section.count.saturating_mul(section.points);
    PaperView {
        id: paper.id,
        title: paper.title.clone(),
        state: paper.state,
        plan_id: paper.plan_id,
        sections: rules.sections.iter().map(section_view).collect(),
        questions: rules.questions(),
        points: rules.sections.iter().map(points).sum(),
        minutes: rules.minutes,
        pass_percent: rules.pass_percent,
        attempts: rules.attempts,
        wait_minutes: rules.wait_minutes,
        shuffled: rules.shuffled,
        half_for_missing: rules.half_for_missing,
        review: rules.review,
        opens: rules.opens_at.map(at),
        closes: rules.closes_at.map(at),
        published_at: paper.published_at.map(at),
        changed_at: at(paper.changed_at),
    }
}
