//! Verdicts as they are answered: whole to somebody on duty, masked to a stranger.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use super::views::item_view;
use crate::codes::check::Checked;
use crate::codes::rules::masked_name;
use crate::codes::verdict::{Colour, ItemVerdict, Reason, Verdict};
use crate::platform::App;
use crate::platform::locale::Lang;

/// A verdict's colour, always told with icon and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum VerdictColour {
    /// 绿
    Green,
    /// 黄
    Yellow,
    /// 红
    Red,
    /// 灰
    Grey,
}

/// A reason, in words.
#[derive(Debug, Clone, Object)]
pub struct VerdictReason {
    /// The stable word.
    pub code: String,
    /// What it means, in the reader's language.
    pub title: String,
    /// What to do, in the reader's language.
    pub remedy: String,
}

/// A certificate by its own dates.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct VerdictItem {
    /// Code of the item, as 2.1.
    pub item_code: String,
    /// Its colour.
    pub colour: VerdictColour,
    /// Why.
    pub reason: VerdictReason,
    /// Valid until, that day included.
    pub valid_until: Option<NaiveDate>,
    /// The last day for its re-examination.
    pub review_due: Option<NaiveDate>,
    /// Days until the first of its dates that ends; below 0 where it is past.
    pub days_left: Option<i64>,
}

/// The verdict on a code.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct VerdictView {
    /// The colour.
    pub colour: VerdictColour,
    /// The icon that goes with it.
    pub icon: String,
    /// Why.
    pub reason: VerdictReason,
    /// Further doubts.
    pub also: Vec<VerdictReason>,
    /// The holder's name; a stranger sees its first letter.
    pub name: Option<String>,
    /// His certificates by their own dates.
    pub items: Vec<VerdictItem>,
    /// The server's clock.
    pub computed: DateTime<FixedOffset>,
    /// As of when the status is known.
    pub status_as_of: Option<DateTime<FixedOffset>>,
}

/// The verdict on a code for somebody on duty.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CheckedCodeView {
    /// The code, where it is certain which.
    pub code_id: Option<Uuid>,
    /// The last four characters of the holder's ID number: compare with his card.
    pub id_tail: Option<String>,
    /// The verdict, with his name in full.
    pub verdict: VerdictView,
}

/// The verdict with all that somebody on duty may see.
pub(super) fn checked_view(state: &App, lang: Lang, checked: Checked) -> CheckedCodeView {
    let credential = checked.verdict.credential.as_ref();
    let (name, id_tail) = credential
        .map(|credential| (credential.name.clone(), credential.id_tail.clone()))
        .unzip();
    CheckedCodeView {
        code_id: checked.code.map(|code| code.id),
        id_tail,
        verdict: verdict_view(state, lang, &checked.verdict, name),
    }
}

/// The verdict as a stranger may see it.
pub(super) fn masked_view(state: &App, lang: Lang, checked: &Checked) -> VerdictView {
    let name = checked.verdict.credential.as_ref();
    let name = name.map(|credential| masked_name(&credential.name));
    verdict_view(state, lang, &checked.verdict, name)
}

fn verdict_view(state: &App, lang: Lang, verdict: &Verdict, name: Option<String>) -> VerdictView {
    let second = |second: i64| state.clock.local(second.saturating_mul(1_000_000));
    VerdictView {
        colour: colour(verdict.colour),
        icon: verdict.reason.icon().to_owned(),
        reason: reason(verdict.reason, lang),
        also: verdict
            .also
            .iter()
            .map(|also| reason(*also, lang))
            .collect(),
        name,
        items: verdict
            .items
            .iter()
            .map(|item| verdict_item(item, lang))
            .collect(),
        computed: second(verdict.computed_at),
        status_as_of: verdict.status_as_of.map(second),
    }
}

fn verdict_item(judged: &ItemVerdict, lang: Lang) -> VerdictItem {
    let item = item_view(&judged.item);
    VerdictItem {
        item_code: item.item_code,
        colour: colour(judged.colour),
        reason: reason(judged.reason, lang),
        valid_until: item.valid_until,
        review_due: item.review_due,
        days_left: judged.days_left,
    }
}

/// A reason in the reader's language.
pub(in crate::codes) fn reason(reason: Reason, lang: Lang) -> VerdictReason {
    VerdictReason {
        code: reason.word().to_owned(),
        title: reason.title(lang).to_owned(),
        remedy: reason.remedy(lang).to_owned(),
    }
}

impl VerdictColour {
    /// As the verdict has it.
    pub(in crate::codes) const fn read(self) -> Colour {
        match self {
            Self::Green => Colour::Green,
            Self::Yellow => Colour::Yellow,
            Self::Red => Colour::Red,
            Self::Grey => Colour::Grey,
        }
    }
}

/// As the wire has it.
pub(in crate::codes) const fn colour(colour: Colour) -> VerdictColour {
    match colour {
        Colour::Green => VerdictColour::Green,
        Colour::Yellow => VerdictColour::Yellow,
        Colour::Red => VerdictColour::Red,
        Colour::Grey => VerdictColour::Grey,
    }
}
