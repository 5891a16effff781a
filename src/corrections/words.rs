//! What a person is told of his request, in Chinese and English.

use super::rules::{CorrectionState, Subject};
use super::store::Kept;
use crate::notices::Words;
use crate::notices::inbox::Both;
use crate::people::letters::{self, Letter};
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
    let (what_zh, what_en) = subject(kept.subject);
    let (zh, en) = match kept.state {
        CorrectionState::Accepted => ("已更正。", "It was put right."),
        _ => (
            "未作更正，理由如下。",
            "It was not changed, for this reason.",
        ),
    };
    let title = |text_zh: String, text_en: String| Both {
        zh: Words {
            subject: format!("更正申请已答复：{what_zh}"),
            text: text_zh,
        },
        en: Words {
            subject: format!("Your request about {what_en} was answered"),
            text: text_en,
        },
    };
    let sent = title(
        format!("您关于{what_zh}的更正申请已答复，请打开应用的“消息”查看。"),
        format!("Your request about {what_en} was answered: open “Messages” in the app."),
    );
    let letter = Letter {
        person_id: kept.person_id,
        cause: format!("correction.answered:{}", kept.id),
        template: "correction_answered",
        words: title(
            format!("{zh}\n答复：{answer}"),
            format!("{en}\nAnswer: {answer}"),
        ),
        sent: Some(sent),
        picture: None,
    };
    letters::write(work, vec![letter]).await?;
    Ok(())
}
