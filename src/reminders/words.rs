//! What a reminder says, in Chinese and English.

use crate::boards::missing::Missing;
use crate::boards::rules::reason;
use crate::notices::Words;
use crate::notices::inbox::Both;
use crate::plans::Plan;
use crate::platform::State;
use crate::platform::locale::Lang;

/// What somebody misses, and until when.
pub(super) fn both(state: &State, plan: &Plan, one: &Missing) -> Both {
    let (terms, name) = (&plan.terms, &one.called.name);
    let said = |lang: Lang, between: &str| {
        let each = one.demands.iter();
        let each = each.map(|demand| reason(terms, demand, false, "", lang).words);
        each.collect::<Vec<_>>().join(between)
    };
    let over = terms.period_to < state.clock.today();
    let (title, until) = (&terms.title, terms.period_to);
    let due_zh = if over {
        format!("截止日 {until} 已过，请尽快补齐")
    } else {
        format!("请在 {until} 前完成")
    };
    let due_en = if over {
        format!("It ended on {until}: make it up soon")
    } else {
        format!("Finish it by {until}")
    };
    Both {
        zh: Words {
            subject: format!("请完成“{title}”"),
            text: format!(
                "{name}，您好：\n您还没有完成“{title}”。{due_zh}。\n{}\n打开应用的“学习”可以看到怎么补。",
                said(Lang::Zh, "\n")
            ),
        },
        en: Words {
            subject: format!("Please finish “{title}”"),
            text: format!(
                "{name},\nyou have not finished “{title}”. {due_en}.\n{}\nOpen “Learn” in the app to see how.",
                said(Lang::En, "\n")
            ),
        },
    }
}
