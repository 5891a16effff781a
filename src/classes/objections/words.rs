//! What trainers and workers are told of objections by mail, in Chinese and English.

use super::{Objection, ObjectionState};
use crate::accounts;
use crate::classes::Class;
use crate::notices::inbox::{self, Both, Notice};
use crate::notices::{self, Channel, Message, Words};
use crate::people;
use crate::platform::idempotency::Work;
use crate::platform::scope::Role;
use crate::platform::{Result, clock::Clock};

/// Tells the trainers of the township that held the class; who raised it is not told: a mail lies in other hands than
/// ours.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn raised(work: &Work<'_>, class: &Class, objection: &Objection) -> Result<()> {
    let (county, role) = (work.by.county_id, Role::Trainer);
    let boxes = accounts::mailboxes(&work.tx, work.state, county, role, class.region_id).await?;
    let due = due_words(&work.state.clock, objection);
    let messages = boxes.into_iter().map(|mailbox| Message {
        cause: format!("objection.raised:{}:{}", objection.id, mailbox.account_id),
        channel: Channel::Mail,
        to: mailbox.email,
        template: "objection_raised",
        words: Words {
            subject: "安培：签到异议待答复 · Anpei: an objection to be answered".to_owned(),
            text: format!(
                "{}，您好：\n\n有学员对“{}”的签到记录提出异议，请在 {due} 前登录答复。\n\n\
                 Somebody objects to his mark in “{}”: sign in and answer by {due}.\n",
                mailbox.name, class.title, class.title
            ),
        },
    });
    notices::post_all(work, county, messages.collect()).await
}

/// Tells the worker in the app, and by mail where he left an address.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn answered(work: &Work<'_>, objection: &Objection) -> Result<()> {
    let county = work.by.county_id;
    let reached = people::reachable(&work.tx, work.state, county, &[objection.person_id]).await?;
    let (zh, en) = match objection.state {
        ObjectionState::Accepted => (
            "异议成立，记录已更正。",
            "It was accepted and your mark corrected.",
        ),
        _ => (
            "经核对，维持原记录。",
            "Your mark was looked at and stands.",
        ),
    };
    let words = objection.answer.as_deref().unwrap_or_default();
    let notice = Notice {
        person_id: objection.person_id,
        cause: format!("objection.answered:{}", objection.id),
        template: "objection_answered",
        words: Both {
            zh: Words {
                subject: "签到异议已答复".to_owned(),
                text: format!("{zh}\n答复：{words}"),
            },
            en: Words {
                subject: "Your objection was answered".to_owned(),
                text: format!("{en}\nAnswer: {words}"),
            },
        },
    };
    inbox::tell(work, county, vec![notice]).await?;
    let messages = reached.into_iter().filter_map(|person| {
        Some(Message {
            cause: format!("objection.answered:{}", objection.id),
            channel: Channel::Mail,
            to: person.email?,
            template: "objection_answered",
            words: Words {
                subject: "安培：签到异议已答复 · Anpei: your objection was answered".to_owned(),
                text: format!(
                    "{}，您好：\n\n您对签到记录的异议已答复：{zh}\n答复：{words}\n\n\
                     Your objection was answered. {en}\nAnswer: {words}\n",
                    person.name
                ),
            },
        })
    });
    notices::post_all(work, county, messages.collect()).await
}

fn due_words(clock: &Clock, objection: &Objection) -> String {
    clock
        .local(objection.due_at())
        .format("%Y-%m-%d %H:%M")
        .to_string()
}
