//! What letters of the rounds say, in Chinese and English.

use chrono::NaiveDate;

use super::rules::Pace;
use crate::boards::RegionRow;
use crate::notices::Words;
use crate::notices::inbox::Both;
use crate::plans::Plan;

/// Which day of a certificate comes near.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    End,
    Review,
}

/// A certificate's day comes near. Whether a re-examination is held is decided before (`certificates::regime`).
pub(super) fn certificate(near: Near, item: (&str, &str), day: NaiveDate, left: i64) -> Both {
    let (zh, en) = item;
    match near {
        Near::End => Both {
            zh: Words {
                subject: format!("“{zh}”证书还有 {left} 天到期"),
                text: format!(
                    "有效期至 {day}。请在到期前办理换证；到期后不得上岗，安全码会显示为无效。"
                ),
            },
            en: Words {
                subject: format!("Your certificate “{en}” ends in {left} days"),
                text: format!(
                    "It is valid until {day}. Renew it before: afterwards you may not work by it and your code shows it as invalid."
                ),
            },
        },
        Near::Review => Both {
            zh: Words {
                subject: format!("“{zh}”证书还有 {left} 天应复审"),
                text: format!(
                    "复审截止日 {day}。请在此之前参加复审培训和考核；逾期未复审的证书失效。"
                ),
            },
            en: Words {
                subject: format!("Your certificate “{en}” is to be re-examined within {left} days"),
                text: format!(
                    "The last day is {day}. Take the training and the examination before: without it the certificate lapses."
                ),
            },
        },
    }
}

/// A plan ends soon.
pub(super) fn deadline(plan: &Plan, left: i64) -> Both {
    let (title, until) = (&plan.terms.title, plan.terms.period_to);
    Both {
        zh: Words {
            subject: format!("“{title}”还有 {left} 天截止"),
            text: format!(
                "截止日 {until}。您还没有完成；打开应用的“学习”可以看到还差什么、怎么补。"
            ),
        },
        en: Words {
            subject: format!("“{title}” ends in {left} days"),
            text: format!(
                "It ends on {until} and you have not finished it. Open “Learn” in the app to see what is missing and how to get it."
            ),
        },
    }
}

/// What a report is of.
pub(super) struct Reported<'a> {
    pub(super) plan: &'a Plan,
    pub(super) period: &'a str,
    pub(super) row: &'a RegionRow,
    pub(super) pace: Pace,
    /// People who met the plan since the report before.
    pub(super) since: i64,
}

fn percent(rate: Option<impl ToString>) -> String {
    rate.map_or_else(|| "—".to_owned(), |rate| format!("{}%", rate.to_string()))
}

fn figures(of: &Reported<'_>) -> (String, String) {
    let row = of.row;
    let (rate, claims) = (percent(row.rate), percent(row.claim_rate));
    let (zh_pace, en_pace) = if of.pace.behind > 0 {
        (
            format!(
                "落后进度 {} 人（按时间应完成 {} 人）",
                of.pace.behind, of.pace.expected
            ),
            format!(
                "{} people behind the line ({} expected by now)",
                of.pace.behind, of.pace.expected
            ),
        )
    } else {
        (
            format!(
                "比进度多 {} 人（按时间应完成 {} 人）",
                -of.pace.behind, of.pace.expected
            ),
            format!(
                "{} people ahead of the line ({} expected by now)",
                -of.pace.behind, of.pace.expected
            ),
        )
    };
    (
        format!(
            "培训完成率 {rate}：{} / {} 人，{} 人次\n本期新增完成 {} 人\n{zh_pace}\n领码率 {claims}：{} / {} 人",
            row.completed, row.quota, row.person_times, of.since, row.claimed, row.due
        ),
        format!(
            "Trained: {rate}, {} of {} people, {} person-times\nNew in this period: {}\n{en_pace}\nCodes claimed: {claims}, {} of {}",
            row.completed, row.quota, row.person_times, of.since, row.claimed, row.due
        ),
    )
}

/// A mail to an officer: the figures of his place, and below them those of its parts.
pub(super) fn report(name: &str, of: &Reported<'_>, parts: &[&RegionRow], url: &str) -> Words {
    let (title, period) = (&of.plan.terms.title, of.period);
    let place = &of.row.name;
    let (zh, en) = figures(of);
    let lines: Vec<String> = parts
        .iter()
        .map(|row| {
            format!(
                "{}  {}  {} / {}",
                row.name,
                percent(row.rate),
                row.completed,
                row.quota
            )
        })
        .collect();
    let table = if lines.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", lines.join("\n"))
    };
    Words {
        subject: format!("安培：{place} {period} 培训进度 · Anpei: progress of {place}, {period}"),
        text: format!("{name}，您好：\n\n{title}\n{zh}{table}\n\n{en}\n\n{url}\n"),
    }
}
