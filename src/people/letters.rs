//! Letters: what a person is told, once for a cause: in the app, and by mail or message where he can be reached so.
//!
//! The one place where it is chosen how somebody is reached: always in the app; by mail where he left an address, else
//! by a message where the county has a gateway; neither for kinds he does not want sent.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::contacts::{Reachable, reachable};
use crate::notices::inbox::{self, Both, Notice};
use crate::notices::{self, Channel, Message, Words, choices};
use crate::platform::Result;
use crate::platform::idempotency::Work;

/// Something a person is told.
#[derive(Clone, Debug)]
pub struct Letter {
    pub person_id: Uuid,
    /// What it tells of: a second one of the same cause is not written.
    pub cause: String,
    /// The kind of letter.
    pub template: &'static str,
    /// What the app says.
    pub words: Both,
    /// What is sent where that may say less than the app: it lies in other hands than ours.
    pub sent: Option<Both>,
    /// A picture that a mail shows (PNG, base64).
    pub picture: Option<String>,
}

impl Letter {
    fn sent_words(&self) -> &Both {
        self.sent.as_ref().unwrap_or(&self.words)
    }
}

/// How many were told, and how many of those by mail or message too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub new: u64,
    pub sent: u64,
}

/// Writes letters into the work's own transaction: what somebody was told before is neither written nor sent again, and
/// several to one person go out as one mail.
///
/// # Errors
/// Database faults; then the work fails too.
pub async fn write(work: &Work<'_>, mut letters: Vec<Letter>) -> Result<Told> {
    let county = work.by.county_id;
    let pairs: Vec<(Uuid, &str)> = letters
        .iter()
        .map(|letter| (letter.person_id, letter.cause.as_str()))
        .collect();
    let known = inbox::known(&work.tx, &pairs).await?;
    letters.retain(|letter| !known.contains(&(letter.person_id, letter.cause.clone())));
    let mut people: Vec<Uuid> = letters.iter().map(|letter| letter.person_id).collect();
    people.sort_unstable();
    people.dedup();
    let reached = reachable(&work.tx, work.state, county, &people).await?;
    let reached: HashMap<Uuid, Reachable> = reached.into_iter().map(|one| (one.id, one)).collect();
    let refused = choices::refused(&work.tx, &people).await?;
    let messages = messages(work, &letters, &reached, &refused);
    let sent = u64::try_from(messages.len()).unwrap_or(u64::MAX);
    let notices = letters.into_iter().map(|letter| Notice {
        person_id: letter.person_id,
        cause: letter.cause,
        template: letter.template,
        words: letter.words,
    });
    let new = inbox::tell(work, county, notices.collect()).await?;
    notices::post_all(work, county, messages).await?;
    Ok(Told { new, sent })
}

/// Several letters of a kind to one person as one: each with its subject above it, in the order written.
fn digest(letters: &[&Letter]) -> Both {
    let of = |part: fn(&Both) -> &Words, more: &str| {
        let texts = letters.iter().map(|letter| {
            let words = part(letter.sent_words());
            format!("{}\n{}", words.subject, words.text)
        });
        let first = letters
            .first()
            .map(|letter| &part(letter.sent_words()).subject);
        Words {
            subject: format!("{}{more}", first.map_or("", String::as_str)),
            text: texts.collect::<Vec<_>>().join("\n\n"),
        }
    };
    Both {
        zh: of(|both| &both.zh, &format!(" 等 {} 件事", letters.len())),
        en: of(|both| &both.en, &format!(" and {} more", letters.len() - 1)),
    }
}

fn messages(
    work: &Work<'_>,
    letters: &[Letter],
    reached: &HashMap<Uuid, Reachable>,
    refused: &HashSet<(Uuid, choices::LetterKind)>,
) -> Vec<Message> {
    let gateway = work.state.settings.gateway_url.is_some();
    let wanted = letters.iter().filter(|letter| {
        let kind = choices::LetterKind::of_template(letter.template);
        kind.is_none_or(|kind| !refused.contains(&(letter.person_id, kind)))
    });
    let mut of: BTreeMap<(Uuid, &str), Vec<&Letter>> = BTreeMap::new();
    for letter in wanted {
        let key = (letter.person_id, letter.template);
        of.entry(key).or_default().push(letter);
    }
    let message = |letters: Vec<&Letter>| {
        let first = *letters.first()?;
        let person = reached.get(&first.person_id)?;
        let both = if letters.len() > 1 {
            digest(&letters)
        } else {
            first.sent_words().clone()
        };
        let (channel, to, words) = match (&person.email, &person.phone) {
            (Some(email), _) => (Channel::Mail, email.clone(), mail(&person.name, &both)),
            (None, Some(phone)) if gateway => (Channel::Gateway, phone.clone(), both.zh),
            _ => return None,
        };
        Some(Message {
            cause: format!("{}:{}", first.cause, first.person_id),
            channel,
            to,
            template: first.template,
            words,
            picture: first.picture.clone(),
        })
    };
    of.into_values().filter_map(message).collect()
}

/// Both languages in one mail: its reader is not asked which.
fn mail(name: &str, both: &Both) -> Words {
    Words {
        subject: format!("安培：{} · Anpei: {}", both.zh.subject, both.en.subject),
        text: format!("{name}，您好：\n\n{}\n\n{}\n", both.zh.text, both.en.text),
    }
}
