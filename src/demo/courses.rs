//! The sample courses: articles and quizzes that whoever tries the service can learn at once.

use std::path::Path;

use serde::Deserialize;

use super::folder;
use crate::courses::library::{self, Chapter, CourseState, Draft, Lesson, LessonKind};
use crate::exams::papers;
use crate::platform::idempotency::Retry;
use crate::platform::{App, Caller, Code, Fault, Result};
use crate::sheets::posts::TargetRole;

/// `course.json`.
#[derive(Debug, Deserialize)]
struct CourseFile {
    title: String,
    summary: String,
    minutes: i64,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    roles: Vec<TargetRole>,
    chapters: Vec<ChapterFile>,
}

#[derive(Debug, Deserialize)]
struct ChapterFile {
    title: String,
    lessons: Vec<LessonFile>,
}

#[derive(Debug, Deserialize)]
struct LessonFile {
    title: String,
    kind: LessonKind,
    #[serde(default)]
    minutes: i64,
    /// The file of an article.
    body: Option<String>,
    /// The title of a quiz's paper.
    paper: Option<String>,
}

/// Publishes the courses of the folder; those that are there stay. How many the folder has.
pub(super) async fn ensure(state: &App, by: &Caller, from: &Path) -> Result<i64> {
    let mut folders = Vec::new();
    let Ok(entries) = std::fs::read_dir(from.join("courses")) else {
        return Ok(0);
    };
    for entry in entries {
        let path = entry.map_err(|e| super::unreadable(from, &e))?.path();
        if path.join("course.json").exists() {
            folders.push(path);
        }
    }
    folders.sort();
    for path in &folders {
        let file = path.join("course.json");
        let told: CourseFile = serde_json::from_slice(&folder::bytes(&file)?)
            .map_err(|e| super::unreadable(&file, &e))?;
        let course = match library::of_title(state, by, &told.title).await? {
            Some(course) => course,
            None => {
                let draft = draft(state, by, path, told).await?;
                library::create(state, by, Retry::never(), draft).await?
            }
        };
        if course.state == CourseState::Draft {
            library::publish(state, by, Retry::never(), course.id).await?;
        }
    }
    Ok(i64::try_from(folders.len()).unwrap_or(i64::MAX))
}

async fn draft(state: &App, by: &Caller, folder: &Path, told: CourseFile) -> Result<Draft> {
    let mut chapters = Vec::with_capacity(told.chapters.len());
    for chapter in told.chapters {
        let mut lessons = Vec::with_capacity(chapter.lessons.len());
        for lesson in chapter.lessons {
            lessons.push(read(state, by, folder, lesson).await?);
        }
        chapters.push(Chapter {
            title: chapter.title,
            lessons,
        });
    }
    Ok(Draft {
        title: told.title,
        summary: told.summary,
        cover_id: None,
        minutes: told.minutes,
        tags: told.tags,
        roles: told.roles,
        is_open: true,
        chapters,
    })
}

async fn read(state: &App, by: &Caller, folder: &Path, told: LessonFile) -> Result<Lesson> {
    let body = match &told.body {
        None => None,
        Some(name) => {
            let bytes = folder::bytes(&folder.join(name))?;
            let text = String::from_utf8(bytes).map_err(|e| super::unreadable(folder, &e))?;
            Some(text)
        }
    };
    let paper_id = match &told.paper {
        None => None,
        Some(title) => {
            let paper = papers::of_title(state, by, title).await?;
            let missing = || Fault::new(Code::CoursePaper).at(title);
            Some(paper.ok_or_else(missing)?.id)
        }
    };
    Ok(Lesson {
        title: told.title,
        kind: told.kind,
        seconds: told.minutes * 60,
        media_id: None,
        paper_id,
        body,
    })
}
