//! What holders are told of their codes, in Chinese and English.

use uuid::Uuid;

use crate::notices::Words;
use crate::notices::inbox::Both;
use crate::people::letters::{self, Letter};
use crate::platform::Result;
use crate::platform::clock;
use crate::platform::idempotency::Work;

/// What happened, in both languages.
fn said(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "claimed" => ("您的安全码已领取。", "Your code was claimed."),
        "assisted" => (
            "工作人员已为您代领安全码，请凭纸质码和身份证使用。",
            "An officer claimed your code for you: show the printed code with your ID card.",
        ),
        "new_phone" => (
            "您的安全码已换到新手机，旧手机上的码已失效。如非本人操作，请立即暂停并联系所在乡镇（街道）。",
            "Your code moved to a new phone; the old one counts no more. If this was not you, suspend it at once and call your township.",
        ),
        "reissued" => (
            "您名下的证书有变动，安全码已更新，打开应用即可显示新码。",
            "Your certificates changed and your code was renewed: open the app to show the new one.",
        ),
        "suspended_by_holder" => (
            "您已暂停自己的安全码。恢复请更换手机重新领取，或联系所在乡镇（街道）。",
            "You suspended your own code. Claim it on a new phone, or ask your township, to have it back.",
        ),
        "suspended" => ("您的安全码已被暂停使用。", "Your code was suspended."),
        "held" => (
            "您名下的证书已全部暂停，安全码随之暂停使用。",
            "All your certificates are suspended, and your code with them.",
        ),
        "revoked" => ("您的安全码已被撤销。", "Your code was revoked."),
        "released" | "reinstated" => ("您的安全码已恢复使用。", "Your code is valid again."),
        "review_approved" => (
            "您提交的证书已审核通过，现在可以打开应用领取安全码。",
            "The certificate you handed in was approved: open the app and claim your code.",
        ),
        "review_refused" => (
            "您提交的证书未通过审核，可更正后重新提交。",
            "The certificate you handed in was refused; you may hand it in again, corrected.",
        ),
        "review_waiting" => (
            "您提交的证书正等待发证机关入库，入库后继续审核，无需重复提交。",
            "The certificate you handed in waits until its issuer has entered it; nothing needs to be handed in again.",
        ),
        _ => ("您的安全码有变动。", "Your code has changed."),
    }
}

/// Tells the holders, in the transaction of what happened.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn tell(work: &Work<'_>, people: &[Uuid], kind: &str, reason: &str) -> Result<()> {
    tell_with(work, people, (kind, reason), None).await
}

/// As [`tell`], with the code as a picture for whoever has no phone to show it.
///
/// # Errors
/// As [`tell`].
pub(super) async fn tell_with(
    work: &Work<'_>,
    people: &[Uuid],
    (kind, reason): (&str, &str),
    picture: Option<String>,
) -> Result<()> {
    let letters = people.iter().map(|person| Letter {
        person_id: *person,
        cause: format!("code.{kind}:{}", clock::new_id()),
        template: "code_changed",
        words: both(kind, reason),
        sent: None,
        picture: picture.clone(),
    });
    letters::write(work, letters.collect()).await?;
    Ok(())
}

/// The words of a change, with its reason.
fn both(kind: &str, reason: &str) -> Both {
    let (zh, en) = said(kind);
    let (why_zh, why_en) = if reason.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("\n原因：{reason}"), format!("\nReason: {reason}"))
    };
    Both {
        zh: Words {
            subject: "安全码变动".to_owned(),
            text: format!("{zh}{why_zh}"),
        },
        en: Words {
            subject: "Your code has changed".to_owned(),
            text: format!("{en}{why_en}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_has_words_of_its_own_in_both_languages() {
        let kinds = [
            "claimed",
            "assisted",
            "new_phone",
            "reissued",
            "suspended_by_holder",
            "suspended",
            "held",
            "revoked",
            "reinstated",
            "review_approved",
            "review_refused",
            "review_waiting",
        ];
        for (place, kind) in kinds.iter().enumerate() {
            assert_ne!(said(kind), said("anything else"), "{kind}");
            for other in kinds.iter().skip(place + 1) {
                assert_ne!(said(kind), said(other), "{kind} {other}");
            }
        }
        let both = both("revoked", "证书系伪造");
        assert!(both.zh.text.contains("原因：证书系伪造"));
        assert!(both.en.text.contains("Reason: 证书系伪造"));
    }
}
