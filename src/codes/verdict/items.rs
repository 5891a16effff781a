//! Each certificate of a code by its own dates, and what they come to together.

use super::{Colour, Reason};
use crate::codes::bundle::Policy;
use crate::codes::tc1::{Credential, Item};

/// A certificate's own verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemVerdict {
    /// The certificate.
    pub item: Item,
    /// The colour of the reason.
    pub colour: Colour,
    /// Why.
    pub reason: Reason,
    /// Further doubts, where the reason is yellow.
    pub also: Vec<Reason>,
    /// Days to the last day on which it is good, 0 on that day; nothing where that is not known.
    pub days_left: Option<i64>,
}

/// Judges each certificate on the county's day at an instant.
pub(super) fn judge(credential: &Credential, policy: &Policy, at: i64) -> Vec<ItemVerdict> {
    let today = policy.day(at);
    let each = credential.items.iter();
    each.map(|item| judge_item(item, policy, today)).collect()
}

/// A certificate is good through the whole of its last day, and so is the time for its training.
fn judge_item(item: &Item, policy: &Policy, today: i64) -> ItemVerdict {
    let left = |day: Option<i32>| day.map(|day| i64::from(day) - today);
    let (days_left, review_left) = (left(item.valid_until), left(item.review_due));
    let over = |left: Option<i64>| left.is_some_and(|left| left < 0);
    let soon = |left: Option<i64>| left.is_some_and(|left| left <= policy.soon_days.into());
    let red = [
        (over(days_left), Reason::Expired),
        (over(review_left), Reason::ReviewOverdue),
    ];
    let doubts = [
        (days_left.is_none(), Reason::DatesUnknown),
        (!item.checked, Reason::Unverified),
        (soon(days_left), Reason::ExpiresSoon),
        (soon(review_left), Reason::ReviewSoon),
    ];
    let first_red = red.into_iter().find(|(is, _)| *is);
    let (reason, also) = if let Some((_, red)) = first_red {
        (red, Vec::new())
    } else {
        let mut doubts = doubts
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, doubt)| doubt);
        (doubts.next().unwrap_or(Reason::Valid), doubts.collect())
    };
    ItemVerdict {
        item: *item,
        colour: reason.colour(),
        reason,
        also,
        days_left,
    }
}

/// The doubts about the item asked about, or about all that are good.
///
/// # Errors
/// What makes the code red: no such item, the item's own red, or all of them red (the first reason in their order).
pub(super) fn together(
    items: &[ItemVerdict],
    for_item: Option<u16>,
) -> Result<Vec<Reason>, Reason> {
    let asked = |item: &&ItemVerdict| for_item.is_none_or(|number| item.item.number == number);
    let asked: Vec<&ItemVerdict> = items.iter().filter(asked).collect();
    let reds = asked.iter().filter(|item| item.colour == Colour::Red);
    let reds: Vec<Reason> = reds.map(|item| item.reason).collect();
    if reds.len() == asked.len() {
        return Err(reds.into_iter().min().unwrap_or(Reason::NotForThisItem));
    }
    let good = asked.iter().filter(|item| item.colour == Colour::Yellow);
    let mut doubts: Vec<Reason> = good
        .flat_map(|item| std::iter::once(item.reason).chain(item.also.iter().copied()))
        .collect();
    if !reds.is_empty() {
        doubts.push(Reason::ChooseItem);
    }
    Ok(doubts)
}
