//! Examples of what courses, their files and exams have.

use serde_json::{Value, json};

/// Values of what the bank, papers and attempts alone have.
pub(super) fn of_exam(name: &str, owner: &str) -> Option<Value> {
    let owners = [
        "Question",
        "Section",
        "Paper",
        "Answer",
        "Asked",
        "Attempt",
        "MyExam",
        "ItemStatistics",
        "SavedAnswers",
        "ExamResult",
    ];
    if !owners.iter().any(|word| owner.starts_with(word)) {
        return None;
    }
    Some(match name {
        "text" => json!("发现有人触电，首先应当怎样做？"),
        "options" => json!(["切断电源", "用手拉开", "泼水", "大声呼喊"]),
        "answer" | "chosen" => json!("A"),
        "kind" => json!("single"),
        "explanation" => json!("先断电再施救，以免施救者触电。"),
        "tags" => json!(["应急救护"]),
        "tag" => json!("应急救护"),
        "title" => json!("2020年度安全生产考试"),
        "difficulty" if owner == "ItemStatistics" => json!(0.74),
        "discrimination" => json!(0.38),
        "difficulty" | "difficulty_from" => json!(2),
        "difficulty_to" => json!(4),
        "pass_percent" => json!(80),
        "points" if owner == "AttemptView" => json!(87.0),
        "most_points" => json!(100.0),
        "saved" => json!([0, 1, 2]),
        "late" => json!([]),
        _ => return None,
    })
}

/// Values of what only learning online has: ten minutes into a lesson of three quarters of an hour.
pub(super) fn of_learning(name: &str, owner: &str) -> Option<Value> {
    const OWNERS: [&str; 11] = [
        "PlayerView",
        "HeartbeatsInput",
        "HeartbeatInput",
        "PresenceInput",
        "HeartbeatsView",
        "HeardView",
        "PresenceCheckView",
        "PresenceResult",
        "CourseProgressView",
        "LessonProgressView",
        "PlayedView",
    ];
    if !OWNERS.contains(&owner) {
        return None;
    }
    Some(match (name, owner) {
        ("seconds", "HeardView") => json!(5),
        ("seconds", _) => json!(2_700),
        ("demanded_seconds", _) => json!(2_430),
        ("credited_seconds", _) => json!(600),
        ("unproven_seconds", _) => json!(180),
        ("taken_back_seconds", _) => json!(180),
        ("presence_every_seconds", _) => json!(600),
        ("place" | "place_to", _) => json!(600),
        ("place_from", "PlayedView") => json!(0),
        ("place_from", _) => json!(590),
        ("seq", _) => json!(60),
        ("at_ms", _) => json!(604_000),
        ("shown_at_ms", _) => json!(604_500),
        ("tapped_at_ms", _) => json!(611_200),
        ("number", _) => json!(3),
        ("tap_within_seconds", _) => json!(30),
        ("kind", _) => json!("video"),
        ("title", _) => json!("有限空间作业安全"),
        ("chapters", _) => json!(["第一章 作业前"]),
        ("chapter", _) => json!(0),
        ("minutes", _) => json!(45),
        ("passed" | "course_finished" | "lesson_done", _) => json!(false),
        ("verdict", _) => json!("elsewhere"),
        ("code", "HeardView") => json!("heartbeat_elsewhere"),
        ("detail", "HeardView") => {
            json!("这段时间已在另一课时或另一设备上计入，重叠部分不重复计")
        }
        ("code", _) => json!("presence_failed"),
        ("detail", _) => {
            json!("未在 30 秒内确认在场，上次确认以来的时长不计，可重新学习")
        }
        _ => return None,
    })
}

/// Values of what courses have, as their authors write and their learners begin them.
pub(super) fn of_course(name: &str, owner: &str) -> Option<Value> {
    let owners = [
        "Course",
        "Lesson",
        "Chapter",
        "MyCourse",
        "Enrolment",
        "PlanLearning",
    ];
    if !owners.iter().any(|word| owner.starts_with(word)) {
        return None;
    }
    Some(match name {
        "title" if owner.starts_with("Chapter") => json!("第一章 作业前"),
        "title" if owner.starts_with("Lesson") => json!("先通风、再检测、后作业"),
        "title" => json!("有限空间作业安全"),
        "summary" => json!("进入前要做什么，出事时不能做什么"),
        "kind" => json!("article"),
        "body" => json!("## 进入之前\n\n先**通风**，再检测，后作业。"),
        "html" => json!("<h2>进入之前</h2>\n<p>先<strong>通风</strong>，再检测，后作业。</p>\n"),
        "tags" => json!(["有限空间"]),
        "roles" => json!(["key_post"]),
        "seconds" => json!(2_700),
        "minutes" => json!(45),
        "lessons" if owner == "MyCourseView" => json!(6),
        "state" => json!("published"),
        "number" | "version" if owner != "CourseView" => json!(1),
        "presence_every_seconds" => json!(600),
        "credited_seconds" => json!(600),
        "lessons_done" => json!(1),
        "is_ahead" => json!(false),
        "is_open" => json!(true),
        _ => return None,
    })
}

/// Values of what only files of courses have: a video that is ready.
pub(super) fn of_media(name: &str) -> Option<Value> {
    let id = "0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e";
    Some(match name {
        "purpose" => json!("video"),
        "state" => json!("ready"),
        "file_name" => json!("有限空间作业安全.mp4"),
        "content_type" => json!("video/mp4"),
        "length_bytes" | "bytes" => json!(183_500_800),
        "sha256" => json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        "width" => json!(1_280),
        "height" => json!(720),
        "code" => json!("media_not_video"),
        "detail" => json!("这不是 MP4 视频；请转为 MP4（H.264）后重新上传"),
        "content_path" => json!(format!(
            "/v1/courses/media/{id}/content?expires=1590481200&signature=AQGXxaBbHnw6nS8-SltsfY4"
        )),
        _ => return None,
    })
}

/// Values of what certificates of training and signs have.
pub(super) fn of_proof(name: &str, owner: &str) -> Option<Value> {
    if !["Proof", "IssuedProofs", "Sign"]
        .iter()
        .any(|word| owner.starts_with(word))
    {
        return None;
    }
    Some(match name {
        "number" => json!("330624-2020-7KQ2M4XP"),
        "plan_title" => json!("2020年企业员工安全大培训实施方案"),
        "title" => json!("2020年度安全生产考试"),
        "name_masked" => json!("王*"),
        "county_name" => json!("新昌县"),
        "minutes" => json!(480),
        "kind" => json!("same_wrong_answers"),
        "wrong_answers" => json!(7),
        "people" => json!(4),
        "device" => json!("9f86d081884c"),
        "is_valid" => json!(true),
        "is_cut" => json!(false),
        "not_due" => json!([]),
        _ => return None,
    })
}
