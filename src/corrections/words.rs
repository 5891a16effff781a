//! What a person is told of his request, in Chinese and English.

use super::rules::{CorrectionState, Subject};
use super::store::Kept;
use crate::notices::inbox::{self, Both, Notice};
use crate::notices::{self, Channel, Message, Words};
use crate::people;
use crate::platform::Result;
use crate::platform::idempotency::Work;

const fn subject(subject: Subject) -> (&'static str, &'static str) {
    match subject {
        Subject::Name => ("姓名", "your name"),
        Subject::IdNumber => ("证件号码", "your ID number"),
        Subject::Phone => ("手机号", "your phone number"),
        Subject::Employment => ("工作单位或岗位", "your employer or post"),
        Subject::Certificate => ("证书", "a certificate"),
        Subject::Training => ("培训记录", "your training records"),
        Subject::Other => ("个人档案", "your file"),
    }
}

/// Tells him in the app, and by mail where he left an address; the mail says that he was answered, not what.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn answered(work: &Work<'_>, kept: &Kept, answer: &str) -> Result<()> {
    let county = work.by.county_id;
    let (what_zh, what_en) = subject(kept.subject);
    let (zh, en) = match kept.state {
        CorrectionState::Accepted => ("已更正。", "It was put right."),
        _ => (
            "未作更正，理由如下。",
            "It was not changed, for this reason.",
        ),
    };
    let cause = format!("correction.answered:{}", kept.id);
    let notice = Notice {
        person_id: kept.person_id,
        cause: cause.clone(),
        template: "correction_answered",
        words: Both {
            zh: Words {
                subject: format!("更正申请已答复：{what_zh}"),
                text: format!("{zh}\n答复：{answer}"),
            },
            en: Words {
                subject: format!("Your request about {what_en} was answered"),
                text: format!("{en}\nAnswer: {answer}"),
            },
        },
    };
    inbox::tell(work, county, vec![notice]).await?;
    let reached = people::reachable(&work.tx, work.state, county, &[kept.person_id]).await?;
    let messages = reached.into_iter().filter_map(|person| {
        Some(Message {
            cause: cause.clone(),
            channel: Channel::Mail,
            to: person.email?,
            template: "correction_answered",
            words: Words {
                subject: "安培：更正申请已答复 · Anpei: your request was answered".to_owned(),
                text: format!(
                    "{}，您好：\n\n您关于{what_zh}的更正申请已答复，请打开应用的“消息”查看。\n\n\
                     Your request about {what_en} was answered: open “Messages” in the app.\n",
                    person.name
                ),
            },
        })
    });
    notices::post_all(work, county, messages.collect()).await
}
