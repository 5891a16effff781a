//! What a course may consist of, what it needs before it is published, and how its articles are shown.

use ammonia::Builder;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::courses::media::Purpose;
use crate::platform::error::FieldFault;
use crate::platform::{Code, Fault, Result};
use crate::sheets::posts::TargetRole;

/// Most lessons of a course.
pub const MOST_LESSONS: usize = 200;
/// Shortest and longest lesson that is played, in seconds.
pub const LESSON_SECONDS: (i64, i64) = (10, 6 * 3_600);
/// How an article names a picture: `![出口标志](media:…)`.
const PICTURE: &str = "media:";

/// What a lesson is (课时形式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum LessonKind {
    /// 视频
    Video,
    /// 文档
    Document,
    /// 图文
    Article,
    /// 测验
    Quiz,
}

impl LessonKind {
    pub const ALL: [Self; 4] = [Self::Video, Self::Document, Self::Article, Self::Quiz];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Document => "document",
            Self::Article => "article",
            Self::Quiz => "quiz",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A lesson as its author writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub title: String,
    pub kind: LessonKind,
    /// What it takes to play it or to read it; 0 for a quiz.
    pub seconds: i64,
    /// The video or the document.
    pub media_id: Option<Uuid>,
    /// The paper of a quiz.
    pub paper_id: Option<Uuid>,
    /// The article, in Markdown.
    pub body: Option<String>,
}

/// A chapter (章).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    pub title: String,
    pub lessons: Vec<Lesson>,
}

/// All that is said of a course (课程稿).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub title: String,
    pub summary: String,
    pub cover_id: Option<Uuid>,
    /// Minutes that stand in the ledger once it is finished.
    pub minutes: i64,
    /// Industries and subjects it is found by.
    pub tags: Vec<String>,
    /// Who it is for; everybody when empty.
    pub roles: Vec<TargetRole>,
    /// Open to whoever likes, not only to those whose plan asks for it.
    pub is_open: bool,
    pub chapters: Vec<Chapter>,
}

impl Draft {
    /// Its lessons with their chapter and place, from 0.
    pub fn lessons(&self) -> impl Iterator<Item = (usize, usize, &Lesson)> {
        let chapters = self.chapters.iter().enumerate();
        chapters.flat_map(|(chapter, of)| {
            let lessons = of.lessons.iter().enumerate();
            lessons.map(move |(place, lesson)| (chapter, place, lesson))
        })
    }

    /// Whether it can be kept as a draft; it need not be whole.
    ///
    /// # Errors
    /// The fields at fault.
    pub fn check(&self) -> Result<()> {
        if self.title.trim().is_empty() {
            return Err(Fault::new(Code::FieldMissing)
                .with("field", "title")
                .at("/title"));
        }
        if self.lessons().count() > MOST_LESSONS {
            let most = format!("<= {MOST_LESSONS} lessons");
            return Err(Fault::field("/chapters", most));
        }
        Ok(())
    }

    /// The same without the articles' texts, which stand with their lessons.
    #[must_use]
    pub fn outline(&self) -> Self {
        let mut outline = self.clone();
        let lessons = outline
            .chapters
            .iter_mut()
            .flat_map(|chapter| &mut chapter.lessons);
        lessons.for_each(|lesson| lesson.body = None);
        outline
    }

    /// The tags, trimmed, each once.
    #[must_use]
    pub fn tidy(mut self) -> Self {
        self.title = self.title.trim().to_owned();
        let mut seen = std::collections::BTreeSet::new();
        self.tags = (self.tags.iter())
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty() && seen.insert(tag.clone()))
            .collect();
        let mut roles: Vec<TargetRole> = Vec::new();
        for role in std::mem::take(&mut self.roles) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        self.roles = roles;
        self
    }

    /// All files it shows, and for what; each with where it is named.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Uuid, Purpose)> {
        let mut files = Vec::new();
        if let Some(cover) = self.cover_id {
            files.push(("/cover_id".to_owned(), cover, Purpose::Picture));
        }
        for (chapter, place, lesson) in self.lessons() {
            let at = |field: &str| format!("/chapters/{chapter}/lessons/{place}/{field}");
            let purpose = match lesson.kind {
                LessonKind::Video => Some(Purpose::Video),
                LessonKind::Document => Some(Purpose::Document),
                LessonKind::Article | LessonKind::Quiz => None,
            };
            if let (Some(purpose), Some(media)) = (purpose, lesson.media_id) {
                files.push((at("media_id"), media, purpose));
            }
            let body = lesson.body.as_deref().unwrap_or_default();
            let pictures = pictures(body).into_iter();
            files.extend(pictures.map(|id| (at("body"), id, Purpose::Picture)));
        }
        files
    }

    /// What it lacks before learners may have it.
    ///
    /// The minutes credited are no more than its lessons take (安全生产法 asks for training, not for a figure).
    ///
    /// # Errors
    /// `course_empty`; the lessons that are not whole; `course_minutes`.
    pub fn whole(&self) -> Result<()> {
        if self.lessons().next().is_none() {
            return Err(Fault::new(Code::CourseEmpty).at("/chapters"));
        }
        let mut faults: Vec<FieldFault> = Vec::new();
        for (chapter, place, lesson) in self.lessons() {
            for field in lesson.lacks() {
                let at = format!("/chapters/{chapter}/lessons/{place}/{field}");
                faults.extend(lacking(lesson, &at).errors);
            }
        }
        match faults.len() {
            0 => {}
            1 => {
                let mut only = Fault::new(faults[0].code);
                only.args = faults[0].args.clone();
                only.errors = faults;
                return Err(only);
            }
            _ => return Err(Fault::fields(faults)),
        }
        let seconds: i64 = self.lessons().map(|(_, _, lesson)| lesson.seconds).sum();
        if self.minutes < 1 || self.minutes * 60 > seconds {
            return Err(Fault::new(Code::CourseMinutes)
                .with("minutes", self.minutes)
                .with("most", seconds / 60)
                .at("/minutes"));
        }
        Ok(())
    }
}

fn lacking(lesson: &Lesson, at: &str) -> Fault {
    Fault::new(Code::LessonIncomplete)
        .with("title", &lesson.title)
        .at(at)
}

impl Lesson {
    /// The fields that it cannot do without and does not have.
    fn lacks(&self) -> Vec<&'static str> {
        let (least, most) = LESSON_SECONDS;
        let timed = (least..=most).contains(&self.seconds);
        let said = self
            .body
            .as_deref()
            .is_some_and(|body| !body.trim().is_empty());
        let content = match self.kind {
            LessonKind::Video | LessonKind::Document if self.media_id.is_none() => Some("media_id"),
            LessonKind::Article if !said => Some("body"),
            LessonKind::Quiz if self.paper_id.is_none() => Some("paper_id"),
            _ => None,
        };
        let quiz = self.kind == LessonKind::Quiz;
        let seconds = if quiz { self.seconds != 0 } else { !timed };
        let title = self.title.trim().is_empty().then_some("title");
        let seconds = seconds.then_some("seconds");
        [title, content, seconds].into_iter().flatten().collect()
    }
}

fn read(markdown: &str) -> Parser<'_> {
    Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
    )
}

fn picture(address: &str) -> Option<Uuid> {
    address.strip_prefix(PICTURE).and_then(|id| id.parse().ok())
}

/// The pictures an article names.
#[must_use]
pub fn pictures(markdown: &str) -> Vec<Uuid> {
    let named = read(markdown).filter_map(|event| match event {
        Event::Start(Tag::Image { dest_url, .. }) => picture(&dest_url),
        _ => None,
    });
    named.collect()
}

/// An article as HTML that no page need fear: no markup but Markdown's own, no script, no address but https and the
/// pictures of ours that `link` gives.
#[must_use]
pub fn article(markdown: &str, link: impl Fn(Uuid) -> String) -> String {
    let events = read(markdown).map(|event| match event {
        // Markup in the text is text.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => {
            let dest_url = picture(&dest_url).map_or(CowStr::Borrowed(""), |id| link(id).into());
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            })
        }
        other => other,
    });
    let mut shown = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut shown, events);
    let ours = |element: &str, attribute: &str, value: &str| {
        let source = element == "img" && attribute == "src";
        !source || value.starts_with("/v1/courses/media/")
    };
    Builder::default()
        .url_schemes(["https", "tel"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |element, attribute, value| {
            ours(element, attribute, value).then(|| value.into())
        })
        .clean(&shown)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(kind: LessonKind) -> Lesson {
        Lesson {
            title: "一课".to_owned(),
            kind,
            seconds: if kind == LessonKind::Quiz { 0 } else { 600 },
            media_id: Some(Uuid::from_u128(1)),
            paper_id: Some(Uuid::from_u128(2)),
            body: Some("正文".to_owned()),
        }
    }

    fn course(lessons: Vec<Lesson>, minutes: i64) -> Draft {
        Draft {
            title: "一门课".to_owned(),
            minutes,
            chapters: vec![Chapter {
                title: "一章".to_owned(),
                lessons,
            }],
            ..Draft::default()
        }
    }

    #[test]
    fn a_course_is_published_only_when_each_lesson_is_whole() {
        use LessonKind as K;
        type Change = fn(&mut Lesson);
        let rows: [(K, Change, &[&str]); 10] = [
            (K::Video, |_| (), &[]),
            (K::Video, |lesson| lesson.media_id = None, &["media_id"]),
            (K::Document, |lesson| lesson.media_id = None, &["media_id"]),
            (K::Article, |lesson| lesson.media_id = None, &[]),
            (
                K::Article,
                |lesson| lesson.body = Some(" \n".into()),
                &["body"],
            ),
            (K::Article, |lesson| lesson.seconds = 9, &["seconds"]),
            (K::Video, |lesson| lesson.seconds = 21_601, &["seconds"]),
            (K::Quiz, |lesson| lesson.paper_id = None, &["paper_id"]),
            (K::Quiz, |lesson| lesson.seconds = 60, &["seconds"]),
            (K::Quiz, |lesson| lesson.title = "　".into(), &["title"]),
        ];
        for (kind, change, lacks) in rows {
            let mut changed = lesson(kind);
            change(&mut changed);
            assert_eq!(changed.lacks(), lacks, "{kind:?}");
            let told = course(vec![lesson(K::Video), changed], 10).whole();
            let pointers: Vec<String> = told
                .err()
                .map(|fault| fault.errors.into_iter().map(|error| error.at).collect())
                .unwrap_or_default();
            let wanted: Vec<String> = (lacks.iter())
                .map(|field| format!("/chapters/0/lessons/1/{field}"))
                .collect();
            assert_eq!(pointers, wanted, "{kind:?}");
        }
    }

    #[test]
    fn no_more_minutes_are_credited_than_its_lessons_take() {
        for (minutes, holds) in [(0, false), (1, true), (20, true), (21, false)] {
            let lessons = vec![lesson(LessonKind::Video), lesson(LessonKind::Article)];
            assert_eq!(course(lessons, minutes).whole().is_ok(), holds, "{minutes}");
        }
        assert_eq!(
            course(vec![lesson(LessonKind::Quiz)], 1)
                .whole()
                .err()
                .map(|fault| fault.code),
            Some(Code::CourseMinutes)
        );
        assert_eq!(
            course(vec![], 1).whole().err().map(|fault| fault.code),
            Some(Code::CourseEmpty)
        );
    }

    #[test]
    fn an_article_shows_markdown_and_nothing_that_could_act() {
        let id = Uuid::from_u128(7);
        let link = |id: Uuid| format!("/v1/courses/media/{id}/content?expires=1&signature=a");
        let rows = [
            (
                "## 断电\n\n先**断电**",
                "<h2>断电</h2>\n<p>先<strong>断电</strong></p>\n",
            ),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            (
                "a <b onclick=x()>b</b>",
                "<p>a &lt;b onclick=x()&gt;b&lt;/b&gt;</p>\n",
            ),
            (
                "[点](javascript:alert(1))",
                "<p><a rel=\"noopener noreferrer nofollow\">点</a></p>\n",
            ),
            (
                "[法](https://example.org/a)",
                "<p><a href=\"https://example.org/a\" rel=\"noopener noreferrer nofollow\">法</a></p>\n",
            ),
            (
                "![图](https://example.org/a.png)",
                "<p><img alt=\"图\"></p>\n",
            ),
            ("![图](/v1/me)", "<p><img alt=\"图\"></p>\n"),
            ("![图](data:image/svg+xml,a)", "<p><img alt=\"图\"></p>\n"),
        ];
        for (markdown, html) in rows {
            assert_eq!(article(markdown, link), html, "{markdown}");
        }
        let shown = article(&format!("![出口](media:{id} \"出口\")"), link);
        let source = link(id).replace('&', "&amp;");
        assert!(shown.contains(&format!("src=\"{source}\"")), "{shown}");
        assert_eq!(pictures(&format!("![a](media:{id}) ![b](media:x)")), [id]);
        assert!(article("|甲|乙|\n|-|-|\n|1|2|", link).contains("<td>1</td>"));
    }
}
