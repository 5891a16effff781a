//! What trainers and workers are told of objections by mail, in Chinese and English.

use super::{Objection, ObjectionState};
use crate::accounts;
use crate::classes::Class;
use crate::notices::inbox::Both;
use crate::notices::{self, Channel, Message, Words};
use crate::people::letters::{self, Letter};
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
        picture: None,
    });
    notices::post_all(work, county, messages.collect()).await
}

/// Tells the worker.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn answered(work: &Work<'_>, objection: &Objection) -> Result<()> {
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
    let letter = Letter {
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
        sent: None,
        picture: None,
    };
    letters::write(work, vec![letter]).await?;
    Ok(())
}

fn due_words(clock: &Clock, objection: &Objection) -> String {
    clock
        .local(objection.due_at())
        .format("%Y-%m-%d %H:%M")
        .to_string()
}
