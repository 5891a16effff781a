//! The words over each column, one column at a time.

use anpei::classes::sheet::AttendanceLine;
use anpei::sheets::posts::TargetRole;

use super::*;
use crate::support::id_number;

/// Every one of these words over a column of `text` gives what `want` looks for; all that fail are told together.
fn check(words: &[&str], text: &str, want: impl Fn(&AttendanceLine) -> bool) {
    let mut failed = Vec::new();
    for word in words {
        let plain = [
            word.to_string(),
            format!("{word}*"),
            format!(" {word}："),
            format!("{word}（必填）"),
            format!("{word}\n(请如实填写)"),
        ];
        for word in plain {
            // Name and ID number stand in every sheet, unless this column is one of them.
            let mut table = vec![vec![word.clone()], vec![text.to_owned()]];
            for (head, cell, own) in [
                ("姓名", "王军".to_owned(), text == "王军"),
                ("身份证号码", id_number(1), text == id_number(1)),
            ] {
                if !own {
                    table[0].push(head.into());
                    table[1].push(cell);
                }
            }
            let read = read(&csv(&table, b','));
            if !read.is_ok_and(|sheet| sheet.lines.len() == 1 && want(&sheet.lines[0])) {
                failed.push(word);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn a_name_stands_under_any_of_its_words() {
    let words = [
        "姓名",
        "名字",
        "学员姓名",
        "姓　名",
        "姓 名",
        "Name",
        "职工姓名",
        "人员姓名",
        "参训人员姓名",
        "培训人员姓名",
        "受训人员姓名",
        "受训人姓名",
        "参训学员姓名",
        "参加培训人员姓名",
        "从业人员姓名",
        "持证人姓名",
        "员工姓名",
    ];
    check(&words, "王军", |line| line.name.as_deref() == Ok("王军"));
}

#[test]
fn an_id_number_stands_under_any_of_its_words() {
    let words = [
        "身份证号",
        "身份证号码",
        "证件号码",
        "公民身份号码",
        "ID",
        "身份证",
        "身份证件号码",
        "居民身份证号码",
        "有效身份证件号码",
        "学员身份证号",
        "本人身份证号码",
        "ID Number",
        "身份证　号码",
    ];
    let number = id_number(1);
    check(&words, &number, |line| line.id.is_ok());
}

#[test]
fn an_employer_stands_under_any_of_its_words() {
    let words = [
        "工作单位",
        "单位名称",
        "所在企业",
        "公司",
        "企业名称",
        "所在单位名称",
        "单位全称",
        "企业全称",
        "所属公司",
        "所在公司",
        "工作单位全称",
        "学员单位",
        "用人单位名称",
        "Company",
        "就职单位",
        "所在企业名称",
    ];
    check(&words, "甲厂", |line| line.enterprise_name == "甲厂");
}

#[test]
fn a_credit_code_stands_under_any_of_its_words() {
    let words = [
        "统一社会信用代码",
        "信用代码",
        "社会信用代码",
        "企业统一社会信用代码",
        "单位统一社会信用代码",
        "统一社会信用代码证号",
    ];
    let code = "91350100M000100Y43";
    check(&words, code, |line| line.credit_code == code);
}

#[test]
fn a_post_stands_under_any_of_its_words() {
    let words = [
        "岗位",
        "职务",
        "工种",
        "人员类别",
        "职务/岗位",
        "岗位/工种",
        "职务或工种",
        "从事工种",
        "现任职务",
        "岗位名称",
        "工作岗位",
        "培训对象",
        "岗位（工种）",
        "Position",
    ];
    check(&words, "电工", |line| line.role == TargetRole::KeyPost);
}

#[test]
fn a_phone_stands_under_any_of_its_words() {
    let words = [
        "手机",
        "联系电话",
        "手机号码",
        "手机号",
        "电话",
        "联系方式",
        "本人手机",
        "联系手机号码",
        "移动电话",
        "手机/电话",
        "Mobile",
    ];
    check(&words, "13800000000", |line| {
        line.phone.as_deref() == Some("13800000000")
    });
}

#[test]
fn times_stand_under_any_of_their_words() {
    let there = |cell: &TimeCell| {
        cell.at()
            .is_some_and(|at| at.to_string() == "2020-05-12 08:30:00")
    };
    let words = [
        "签到时间",
        "签到",
        "上课时间",
        "上午签到时间",
        "签到时间(上午)",
        "到课时间",
        "入场签到",
        "Check in",
        "实际签到时间",
    ];
    check(&words, "2020-05-12 08:30", |line| there(&line.check_in));
    let words = [
        "签退时间",
        "签退",
        "下课时间",
        "下午签退时间",
        "签退时间(下午)",
        "离场时间",
        "离场签退",
        "Check out",
        "实际签退时间",
    ];
    check(&words, "2020-05-12 08:30", |line| there(&line.check_out));
}

#[test]
fn a_score_stands_under_any_of_its_words() {
    let words = [
        "成绩",
        "考核成绩",
        "得分",
        "分数",
        "成绩(分)",
        "考试成绩",
        "考试分数",
        "考核分数",
        "理论成绩",
        "卷面成绩",
        "笔试成绩",
        "考试得分",
        "结业考试成绩",
        "测试分数",
        "成绩/分",
        "Score",
    ];
    check(&words, "90", |line| matches!(line.score, Ok(Some(_))));
}

#[test]
fn hours_stand_under_any_of_their_words() {
    let words = [
        "学时",
        "课时",
        "培训学时",
        "完成学时",
        "学时数",
        "累计学时",
        "实际学时",
        "培训课时数",
    ];
    check(&words, "8", |line| line.minutes == Some(360));
}

#[test]
fn words_that_only_look_alike_are_not_taken() {
    let number = id_number(1);
    let table = rows(&format!(
        "
姓名|身份证号码|紧急联系人姓名|紧急联系人电话|单位地址|单位电话|工作单位|联系电话
王军|{number}|赵敏|13900000000|某某路1号|86000000|甲厂|13800000000"
    ));
    let sheet = read(&csv(&table, b',')).unwrap();
    let line = &sheet.lines[0];
    assert_eq!(line.name.as_deref(), Ok("王军"));
    assert_eq!(line.enterprise_name, "甲厂");
    assert_eq!(line.phone.as_deref(), Some("13800000000"));
}
