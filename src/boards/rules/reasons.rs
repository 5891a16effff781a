//! What is missing, in plain words of both languages, and where to get it.

use crate::plans::{Demand, DemandKind, Terms};
use crate::platform::locale::Lang;

/// One demand in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What is asked and what is there.
    pub words: String,
    /// Where to get it; nothing for a demand that is met.
    pub remedy: Option<String>,
}

/// Words for one demand of a plan.
///
/// `classes` says whether a class that gives it is announced, `home` who to ask where there is none.
#[must_use]
pub fn reason(terms: &Terms, demand: &Demand, classes: bool, home: &str, lang: Lang) -> Reason {
    let words = match lang {
        Lang::Zh => words_zh(terms, demand),
        Lang::En => words_en(terms, demand),
    };
    let remedy = (demand.missing() > 0).then(|| match lang {
        Lang::Zh => remedy_zh(demand.kind, classes, home),
        Lang::En => remedy_en(demand.kind, classes, home),
    });
    Reason { words, remedy }
}

fn words_zh(terms: &Terms, demand: &Demand) -> String {
    let (required, has, missing) = (demand.required, demand.has, demand.missing());
    let part = match demand.kind {
        DemandKind::OnlineMinutes => "线上",
        DemandKind::OfflineMinutes => "线下",
        DemandKind::Exam => {
            let mark = terms.pass_mark.unwrap_or(0);
            return if missing == 0 {
                format!("考试已合格（{mark} 分及格）")
            } else {
                format!("考试尚未合格（{mark} 分及格）")
            };
        }
        DemandKind::FinishedTraining => {
            return if missing == 0 {
                format!("已完成 {has} 个班或课程")
            } else {
                "还没有完成任何一个班或课程".to_owned()
            };
        }
    };
    if missing == 0 {
        format!("{part}培训已满 {required} 分钟（已学 {has} 分钟）")
    } else {
        let hours = hours(terms, missing);
        format!(
            "{part}培训还差 {missing} 分钟（{hours} 学时）：要求 {required} 分钟，已学 {has} 分钟"
        )
    }
}

fn words_en(terms: &Terms, demand: &Demand) -> String {
    let (required, has, missing) = (demand.required, demand.has, demand.missing());
    let part = match demand.kind {
        DemandKind::OnlineMinutes => "online",
        DemandKind::OfflineMinutes => "in a room",
        DemandKind::Exam => {
            let mark = terms.pass_mark.unwrap_or(0);
            return if missing == 0 {
                format!("The exam is passed (pass mark {mark})")
            } else {
                format!("No exam is passed yet (pass mark {mark})")
            };
        }
        DemandKind::FinishedTraining => {
            return if missing == 0 {
                format!("{has} classes or courses are finished")
            } else {
                "No class or course is finished yet".to_owned()
            };
        }
    };
    if missing == 0 {
        format!("The {required} minutes {part} are met ({has} minutes so far)")
    } else {
        let hours = hours(terms, missing);
        format!(
            "{missing} minutes {part} ({hours} class hours) are missing: {required} asked, {has} so far"
        )
    }
}

/// Minutes as class hours (学时), a tenth rounded up: nobody is told less than he has to learn.
fn hours(terms: &Terms, minutes: i64) -> String {
    let hour = i64::from(terms.minutes_per_hour.max(1));
    let tenths = (minutes * 10 + hour - 1) / hour;
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

fn remedy_zh(kind: DemandKind, classes: bool, home: &str) -> String {
    match kind {
        DemandKind::OnlineMinutes => "请按方案学习线上课程".to_owned(),
        DemandKind::Exam if classes => "请参加下列培训班，并通过结业考试".to_owned(),
        DemandKind::OfflineMinutes | DemandKind::FinishedTraining if classes => {
            "请参加下列培训班".to_owned()
        }
        _ => format!("暂无已排定的培训班，请向{home}或企业安全管理员报名"),
    }
}

fn remedy_en(kind: DemandKind, classes: bool, home: &str) -> String {
    match kind {
        DemandKind::OnlineMinutes => "Take the online courses of the plan".to_owned(),
        DemandKind::Exam if classes => "Attend a class listed here and pass its exam".to_owned(),
        DemandKind::OfflineMinutes | DemandKind::FinishedTraining if classes => {
            "Attend a class listed here".to_owned()
        }
        _ => format!("No class is announced yet; ask {home} or the enterprise's safety manager"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::rules::Counts;
    use crate::sheets::posts::TargetRole;
    use chrono::NaiveDate;

    fn terms() -> Terms {
        Terms {
            title: "方案".into(),
            year: 2020,
            period_from: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(),
            period_to: NaiveDate::from_ymd_opt(2020, 12, 31).unwrap(),
            target_roles: vec![TargetRole::Other],
            required_online: 90,
            required_offline: 360,
            pass_mark: Some(80),
            counts: Counts::People,
            rate_decimals: 1,
            minutes_per_hour: 45,
        }
    }

    #[test]
    fn each_demand_says_what_is_missing_and_where_to_get_it() {
        use DemandKind as K;
        let table = [
            (
                (K::OfflineMinutes, 360, 240, true),
                "线下培训还差 120 分钟（2.7 学时）：要求 360 分钟，已学 240 分钟",
                Some("请参加下列培训班"),
                "120 minutes in a room (2.7 class hours) are missing: 360 asked, 240 so far",
            ),
            (
                (K::OnlineMinutes, 90, 0, false),
                "线上培训还差 90 分钟（2 学时）：要求 90 分钟，已学 0 分钟",
                Some("请按方案学习线上课程"),
                "90 minutes online (2 class hours) are missing: 90 asked, 0 so far",
            ),
            (
                (K::Exam, 1, 0, false),
                "考试尚未合格（80 分及格）",
                Some("暂无已排定的培训班，请向羽林街道或企业安全管理员报名"),
                "No exam is passed yet (pass mark 80)",
            ),
            (
                (K::OfflineMinutes, 360, 400, true),
                "线下培训已满 360 分钟（已学 400 分钟）",
                None,
                "The 360 minutes in a room are met (400 minutes so far)",
            ),
        ];
        for ((kind, required, has, classes), zh, remedy, en) in table {
            let demand = Demand {
                kind,
                required,
                has,
            };
            let told = reason(&terms(), &demand, classes, "羽林街道", Lang::Zh);
            assert_eq!((told.words.as_str(), told.remedy.as_deref()), (zh, remedy));
            let told = reason(&terms(), &demand, classes, "Yulin", Lang::En);
            assert_eq!(told.words, en);
            assert_eq!(told.remedy.is_some(), remedy.is_some());
        }
    }
}
