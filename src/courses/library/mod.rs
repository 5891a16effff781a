//! The library of courses (课程库): drafts their authors write, and published versions that never change.
//!
//! Owns `course`, `course_word`, `course_version` and `lesson`. Invariants: a published version and its lessons are never
//! written again, so nothing changes under a learner; what is published is whole, and its files and papers are there. May
//! not enter: who learns.

pub mod api;
pub mod rules;
pub(in crate::courses) mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::courses::media;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db};
use crate::{audit, fresh};
pub use rules::{Chapter, Draft, Lesson, LessonKind};

/// How far a course is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CourseState {
    /// 草稿：没有发布过
    Draft,
    /// 已发布
    Published,
    /// 已停用：学过的人接着学，没有新的人学
    Retired,
}

impl CourseState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "published" => Self::Published,
            "retired" => Self::Retired,
            _ => Self::Draft,
        }
    }
}

/// A published version of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub id: Uuid,
    pub number: i32,
    pub minutes: i64,
    /// Microseconds since 1970.
    pub published_at: i64,
}

/// A course as its authors see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    pub id: Uuid,
    /// Who wrote it; the console is nobody.
    pub account_id: Option<Uuid>,
    pub state: CourseState,
    pub draft: Draft,
    /// What new learners get.
    pub version: Option<Version>,
    /// Microseconds since 1970.
    pub changed_at: i64,
}

impl Course {
    /// Whether the draft says other than the newest version.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        let published = self.version.as_ref().map(|version| version.published_at);
        published.is_none_or(|published| published < self.changed_at)
    }
}

/// Drafts a course.
///
/// # Errors
/// `forbidden`; the fields at fault.
pub async fn create(state: &State, by: &Caller, retry: Retry, draft: Draft) -> Result<Course> {
    by.may(Action::AuthorCourses)?;
    draft.check()?;
    let work = fresh!(state.begin(by, retry).await?);
    let course = Course {
        id: clock::new_id(),
        account_id: by.account(),
        state: CourseState::Draft,
        draft: draft.tidy(),
        version: None,
        changed_at: work.now,
    };
    store::insert(&work, &course).await?;
    record(&work, "courses.create", &course).await?;
    work.commit(&course).await?;
    Ok(course)
}

/// Writes a course's draft anew; what is published stays as it is.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`; the fields at fault.
pub async fn update(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    draft: Draft,
    seen: Seen<Course>,
) -> Result<Course> {
    let reach = media::reach(by)?;
    draft.check()?;
    let work = fresh!(state.begin(by, retry).await?);
    let was = held(&work, reach, id).await?;
    seen.check(&was)?;
    let draft = draft.tidy();
    if draft == was.draft {
        work.commit(&was).await?;
        return Ok(was);
    }
    // After what is published, also within one microsecond of it.
    let published = was
        .version
        .as_ref()
        .map_or(0, |version| version.published_at);
    let course = Course {
        draft,
        changed_at: work.now.max(published + 1),
        ..was
    };
    store::save(&work, &course).await?;
    record(&work, "courses.update", &course).await?;
    work.commit(&course).await?;
    Ok(course)
}

/// Publishes the draft as a new version; who learns an older one goes on with it. A draft that says nothing new makes no
/// version, but a retired course is there again.
///
/// # Errors
/// `forbidden`, `not_found`; what the draft lacks; `course_file` for a file that is not ready; `course_paper` for a paper
/// that is not published or belongs to a plan.
pub async fn publish(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Course> {
    by.may(Action::PublishCourses)?;
    let reach = media::reach(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    let was = held(&work, reach, id).await?;
    was.draft.whole()?;
    there(&work, &was.draft).await?;
    let version = match &was.version {
        Some(version) if !was.is_ahead() => version.clone(),
        before => {
            let version = Version {
                id: clock::new_id(),
                number: before.as_ref().map_or(0, |before| before.number) + 1,
                minutes: was.draft.minutes,
                published_at: work.now.max(was.changed_at),
            };
            store::insert_version(&work, &was, &version).await?;
            version
        }
    };
    let course = Course {
        state: CourseState::Published,
        version: Some(version),
        ..was
    };
    store::save(&work, &course).await?;
    store::set_words(&work, &course).await?;
    record(&work, "courses.publish", &course).await?;
    work.commit(&course).await?;
    Ok(course)
}

/// Lets nobody begin a course any more; whoever is at it finishes.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn retire(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Course> {
    by.may(Action::PublishCourses)?;
    let reach = media::reach(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    let was = held(&work, reach, id).await?;
    let course = Course {
        state: CourseState::Retired,
        ..was
    };
    store::save(&work, &course).await?;
    record(&work, "courses.retire", &course).await?;
    work.commit(&course).await?;
    Ok(course)
}

/// The caller's county's newest course of a title that is not retired.
///
/// # Errors
/// `forbidden`.
pub async fn of_title(state: &State, by: &Caller, title: &str) -> Result<Option<Course>> {
    store::of_title(state.db.read(), media::reach(by)?, title).await
}

/// That every file and paper a draft names is there, told at once of all.
async fn there(work: &Work<'_>, draft: &Draft) -> Result<()> {
    let county = work.by.county_id;
    let files = draft.files();
    let ids: Vec<Uuid> = files.iter().map(|(_, id, _)| *id).collect();
    let ready = media::ready_among(&work.tx, county, &ids).await?;
    let papers: Vec<(String, Uuid)> = (draft.lessons())
        .filter(|(_, _, lesson)| lesson.kind == LessonKind::Quiz)
        .filter_map(|(chapter, place, lesson)| {
            let at = format!("/chapters/{chapter}/lessons/{place}/paper_id");
            lesson.paper_id.map(|paper| (at, paper))
        })
        .collect();
    let ids: Vec<Uuid> = papers.iter().map(|(_, id)| *id).collect();
    let open = store::open_papers(&work.tx, county, &ids).await?;
    let no_file = (files.into_iter())
        .filter(|(_, id, purpose)| !ready.contains(&(*id, *purpose)))
        .map(|(at, _, _)| Fault::new(Code::CourseFile).at(&at));
    let no_paper = (papers.into_iter())
        .filter(|(_, id)| !open.contains(id))
        .map(|(at, _)| Fault::new(Code::CoursePaper).at(&at));
    let mut faults: Vec<Fault> = no_file.chain(no_paper).collect();
    match faults.len() {
        0 => Ok(()),
        1 => Err(faults.remove(0)),
        _ => Err(Fault::fields(
            faults.into_iter().flat_map(|fault| fault.errors).collect(),
        )),
    }
}

/// A course in reach that nobody else changes meanwhile.
async fn held(work: &Work<'_>, reach: media::Reach, id: Uuid) -> Result<Course> {
    db::lock_in_line(&work.tx, &format!("course:{id}")).await?;
    let found = store::find(&work.tx, reach, id).await?;
    found.ok_or_else(Fault::not_found)
}

async fn record(work: &Work<'_>, action: &'static str, course: &Course) -> Result<()> {
    let version = course.version.as_ref().map(|version| version.number);
    let lessons = course.draft.lessons().count();
    let detail = json!({"title": course.draft.title, "lessons": lessons, "version": version});
    audit::record(work, action, ("course", course.id.to_string()), detail).await
}
