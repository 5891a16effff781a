//! What courses take and show.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use uuid::Uuid;

use crate::courses::library::rules::{Chapter, Draft, Lesson, LessonKind};
use crate::courses::library::store::Brief;
use crate::courses::library::{Course, CourseState, Version};
use crate::page_of;
use crate::platform::App;
use crate::sheets::posts::TargetRole;

/// A lesson.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct LessonInput {
    /// Title.
    #[oai(validator(max_length = 120))]
    pub title: String,
    /// What it is.
    pub kind: LessonKind,
    /// Seconds it takes to play or to read; absent for a quiz.
    #[oai(validator(minimum(value = "0"), maximum(value = "21600")))]
    pub seconds: Option<i64>,
    /// The video or the document, handed in before.
    pub media_id: Option<Uuid>,
    /// The paper of a quiz: published, and of no plan. Whoever passes it has done the lesson.
    pub paper_id: Option<Uuid>,
    /// The article in Markdown, with tables; markup of other kinds is shown as text. Pictures handed in before are named
    /// `![words](media:ID)`.
    #[oai(validator(max_length = 60000))]
    pub body: Option<String>,
}

/// A chapter.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ChapterInput {
    /// Title.
    #[oai(validator(max_length = 120))]
    pub title: String,
    /// Its lessons, in order.
    #[oai(validator(max_items = 200))]
    pub lessons: Vec<LessonInput>,
}

/// A course.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct CourseInput {
    /// Title.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub title: String,
    /// What it is about.
    #[oai(default, validator(max_length = 500))]
    pub summary: String,
    /// The picture on its front, handed in before.
    pub cover_id: Option<Uuid>,
    /// Minutes credited once it is finished, no more than its lessons take.
    #[oai(validator(minimum(value = "0"), maximum(value = "6000")))]
    pub minutes: i64,
    /// Industries and subjects.
    #[oai(default, validator(max_items = 20))]
    pub tags: Vec<String>,
    /// Who it is for; everybody when empty.
    #[oai(default, validator(max_items = 10))]
    pub roles: Vec<TargetRole>,
    /// Open to whoever likes; otherwise only to those whose plan asks for it.
    #[oai(default)]
    pub is_open: bool,
    /// Its chapters, in order.
    #[oai(default, validator(max_items = 50))]
    pub chapters: Vec<ChapterInput>,
}

/// A course with its draft.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CourseView {
    /// Id.
    pub id: Uuid,
    /// How far it is.
    pub state: CourseState,
    /// Title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// The picture on its front.
    pub cover_id: Option<Uuid>,
    /// Minutes credited once it is finished.
    pub minutes: i64,
    /// Industries and subjects.
    pub tags: Vec<String>,
    /// Who it is for; everybody when empty.
    pub roles: Vec<TargetRole>,
    /// Open to whoever likes.
    pub is_open: bool,
    /// Its chapters, in order.
    pub chapters: Vec<ChapterInput>,
    /// Whether this draft says other than what is published.
    pub is_ahead: bool,
    /// What new learners get.
    pub version: Option<CourseVersionView>,
    /// When the draft was last changed.
    pub changed_at: DateTime<FixedOffset>,
}

/// A published version of a course.
#[derive(Debug, Clone, Object)]
pub struct CourseVersionView {
    /// Id.
    pub id: Uuid,
    /// Counts up from 1.
    pub number: i32,
    /// Minutes credited.
    pub minutes: i64,
    /// When it was published.
    pub published_at: DateTime<FixedOffset>,
}

/// All versions of a course.
#[derive(Debug, Clone, Object)]
pub struct CourseVersions {
    /// Oldest first.
    pub items: Vec<CourseVersionView>,
}

/// A course in a list.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CourseBriefView {
    /// Id.
    pub id: Uuid,
    /// Title.
    pub title: String,
    /// How far it is.
    pub state: CourseState,
    /// Number of its newest version.
    pub version: Option<i32>,
    /// Minutes that version credits.
    pub minutes: Option<i64>,
    /// When that version was published.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// When the draft was last changed.
    pub changed_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of courses.
    CoursePage,
    CourseBriefView
);

impl LessonInput {
    fn lesson(self) -> Lesson {
        Lesson {
            title: self.title.trim().to_owned(),
            kind: self.kind,
            seconds: self.seconds.unwrap_or(0),
            media_id: self.media_id,
            paper_id: self.paper_id,
            body: self.body,
        }
    }
}

impl CourseInput {
    pub(super) fn draft(self) -> Draft {
        let chapter = |of: ChapterInput| Chapter {
            title: of.title.trim().to_owned(),
            lessons: of.lessons.into_iter().map(LessonInput::lesson).collect(),
        };
        Draft {
            title: self.title,
            summary: self.summary,
            cover_id: self.cover_id,
            minutes: self.minutes,
            tags: self.tags,
            roles: self.roles,
            is_open: self.is_open,
            chapters: self.chapters.into_iter().map(chapter).collect(),
        }
    }
}

fn lesson_view(of: &Lesson) -> LessonInput {
    LessonInput {
        title: of.title.clone(),
        kind: of.kind,
        seconds: Some(of.seconds),
        media_id: of.media_id,
        paper_id: of.paper_id,
        body: of.body.clone(),
    }
}

fn version_view(state: &App, of: &Version) -> CourseVersionView {
    CourseVersionView {
        id: of.id,
        number: of.number,
        minutes: of.minutes,
        published_at: state.clock.local(of.published_at),
    }
}

pub(super) fn versions(state: &App, rows: Vec<Version>) -> CourseVersions {
    let items = rows.iter().map(|row| version_view(state, row)).collect();
    CourseVersions { items }
}

pub(super) fn brief_view(state: &App, row: Brief) -> CourseBriefView {
    CourseBriefView {
        id: row.id,
        title: row.title,
        state: CourseState::of_word(&row.state),
        version: row.number,
        minutes: row.minutes,
        published_at: row.published_at.map(|at| state.clock.local(at)),
        changed_at: state.clock.local(row.changed_at),
    }
}

pub(super) fn view(state: &App, course: &Course) -> CourseView {
    let draft = &course.draft;
    let chapter = |of: &Chapter| ChapterInput {
        title: of.title.clone(),
        lessons: of.lessons.iter().map(lesson_view).collect(),
    };
    CourseView {
        id: course.id,
        state: course.state,
        title: draft.title.clone(),
        summary: draft.summary.clone(),
        cover_id: draft.cover_id,
        minutes: draft.minutes,
        tags: draft.tags.clone(),
        roles: draft.roles.clone(),
        is_open: draft.is_open,
        chapters: draft.chapters.iter().map(chapter).collect(),
        is_ahead: course.is_ahead(),
        version: (course.version.as_ref()).map(|version| version_view(state, version)),
        changed_at: state.clock.local(course.changed_at),
    }
}
