//! What people are told who were enrolled or withdrawn, in Chinese and English.

use uuid::Uuid;

use crate::classes::Class;
use crate::notices::Words;
use crate::notices::inbox::Both;
use crate::people::letters::{self, Letter};
use crate::platform::Result;
use crate::platform::clock::Clock;
use crate::platform::idempotency::Work;

fn when(clock: &Clock, class: &Class) -> String {
    let at = |micros| clock.local(micros);
    format!(
        "{}–{}",
        at(class.starts_at).format("%Y-%m-%d %H:%M"),
        at(class.ends_at).format("%H:%M")
    )
}

/// Tells each that he is on the list.
///
/// # Errors
/// Database faults; then the work fails too.
pub(in crate::classes) async fn enrolled(
    work: &Work<'_>,
    class: &Class,
    people: &[Uuid],
) -> Result<()> {
    let (title, place) = (&class.title, &class.place);
    let when = when(&work.state.clock, class);
    let both = Both {
        zh: Words {
            subject: format!("已为您报名：{title}"),
            text: format!("时间：{when}\n地点：{place}\n到场后用应用扫码签到。"),
        },
        en: Words {
            subject: format!("You are enrolled: {title}"),
            text: format!("When: {when}\nWhere: {place}\nSign in there with the app."),
        },
    };
    tell(work, class, people, "class_enrolled", &both).await
}

/// Tells each that he is off the list.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn withdrawn(work: &Work<'_>, class: &Class, people: &[Uuid]) -> Result<()> {
    let title = &class.title;
    let when = when(&work.state.clock, class);
    let both = Both {
        zh: Words {
            subject: format!("已取消报名：{title}"),
            text: format!("{when} 的培训不用参加了；有疑问请问本单位安全管理员。"),
        },
        en: Words {
            subject: format!("No longer enrolled: {title}"),
            text: format!("You need not come to the class of {when}; ask your safety manager."),
        },
    };
    tell(work, class, people, "class_withdrawn", &both).await
}

/// Tells each that the class is not held.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn cancelled(work: &Work<'_>, class: &Class, people: &[Uuid]) -> Result<()> {
    let title = &class.title;
    let when = when(&work.state.clock, class);
    let both = Both {
        zh: Words {
            subject: format!("培训班取消：{title}"),
            text: format!("原定 {when} 的培训不再举办，另有安排会再通知。"),
        },
        en: Words {
            subject: format!("Class cancelled: {title}"),
            text: format!("The class of {when} is not held; you will hear of another."),
        },
    };
    tell(work, class, people, "class_cancelled", &both).await
}

async fn tell(
    work: &Work<'_>,
    class: &Class,
    people: &[Uuid],
    template: &'static str,
    both: &Both,
) -> Result<()> {
    let letters = people.iter().map(|person| Letter {
        person_id: *person,
        cause: format!("{template}:{}:{}", class.id, work.now),
        template,
        words: both.clone(),
        sent: None,
        picture: None,
    });
    letters::write(work, letters.collect()).await?;
    Ok(())
}
