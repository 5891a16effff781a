//! What a township's officers are told of a red by mail, in Chinese and English.

use uuid::Uuid;

use super::Read;
use crate::accounts;
use crate::notices::{self, Channel, Message, Words};
use crate::platform::idempotency::Work;
use crate::platform::locale::Lang;
use crate::platform::{Result, Role};

/// Tells the officers of the township where it happened, in the transaction that logs it.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn tell(work: &Work<'_>, id: Uuid, read: &Read) -> Result<()> {
    let county = work.by.county_id;
    let role = Role::TownshipOfficer;
    let boxes = accounts::mailboxes(&work.tx, work.state, county, role, read.region_id).await?;
    let when = work.state.clock.local(read.checked_at);
    let when = when.format("%Y-%m-%d %H:%M").to_string();
    let messages = boxes.into_iter().map(|mailbox| Message {
        cause: format!("inspection.red:{id}:{}", mailbox.account_id),
        channel: Channel::Mail,
        to: mailbox.email,
        template: "red_inspection",
        words: mail(&mailbox.name, read, &when),
        picture: None,
    });
    notices::post_all(work, county, messages.collect()).await
}

/// Whom it is about is not told: a mail lies in other hands than ours.
fn mail(name: &str, read: &Read, when: &str) -> Words {
    let (zh, en) = (read.reason.title(Lang::Zh), read.reason.title(Lang::En));
    let place = &read.place;
    Words {
        subject: "安培：红码待处理 · Anpei: a red code to be settled".to_owned(),
        text: format!(
            "{name}，您好：\n\n{when} 在“{place}”查到红码：{zh}。请登录后查看并处理。\n\n\
             A red code was found at “{place}” on {when}: {en}. Sign in to look at it and settle it.\n"
        ),
    }
}
