//! Shapes of tables, as clerks make them.

use std::sync::Arc;

use anpei::platform::Role;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::support::{County, Kind, TestApp, id_number};

/// A header with these words over name, ID number, employer, in, out and score gives the same two lines.
fn check(header: [&str; 6]) {
    let (a, b) = (id_number(1), id_number(2));
    let table = vec![
        header.map(str::to_owned).to_vec(),
        [
            "王军",
            &a,
            "甲厂",
            "2020-05-12 08:30",
            "2020-05-12 16:30",
            "90",
        ]
        .map(str::to_owned)
        .to_vec(),
        [
            "李强",
            &b,
            "乙厂",
            "2020-05-12 08:31",
            "2020-05-12 16:29",
            "合格",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let sheet = read(&csv(&table, b',')).unwrap_or_else(|e| panic!("{header:?}: {e:?}"));
    assert_eq!(
        told(&sheet),
        [
            format!("王军|{a}|甲厂|05-12 08:30|05-12 16:30|Hundredths(9000)"),
            format!("李强|{b}|乙厂|05-12 08:31|05-12 16:29|Passed")
        ],
        "{header:?}"
    );
}

#[test]
fn the_words_a_clerk_writes_above_columns_are_understood() {
    for header in [
        [
            "姓名",
            "身份证号码",
            "工作单位",
            "签到时间",
            "签退时间",
            "考核成绩",
        ],
        ["姓　名", "身份证号", "单位名称", "签到", "签退", "成绩"],
        [
            "姓名*",
            "证件号码",
            "所在企业",
            "上课时间",
            "下课时间",
            "得分",
        ],
        [
            "姓名（必填）",
            "身份证号码（18位）",
            "企业名称（全称）",
            "签到时间(上午)",
            "签退时间(下午)",
            "成绩（分）",
        ],
        [
            "学员姓名",
            "公民身份号码",
            "所属企业",
            "入场时间",
            "离场时间",
            "考试分数",
        ],
        [
            "参训人员",
            "身份证件号码",
            "用人单位",
            "到课时间",
            "下课签退",
            "考核结果",
        ],
        [
            "员工姓名：",
            "居民身份证号：",
            "公司：",
            "签到时间：",
            "签退时间：",
            "分数：",
        ],
        ["名字", "身份证", "公司名称", "签入", "签出", "测试成绩"],
        [
            "姓\n名",
            "身份证\n号码",
            "工作\n单位",
            "签到\n时间",
            "签退\n时间",
            "考核\n成绩",
        ],
        [
            "★姓名",
            "★身份证号码",
            "★工作单位",
            "★签到时间",
            "★签退时间",
            "★考核成绩",
        ],
        [
            "学员姓名（签字）",
            "学员身份证号码",
            "学员工作单位",
            "学员签到时间",
            "学员签退时间",
            "学员考核成绩",
        ],
        [
            "Name",
            "ID Number",
            "Company",
            "Check in",
            "Check out",
            "Score",
        ],
        [
            "FULL NAME",
            "ID No.",
            "Employer",
            "Sign-in time",
            "Sign-out time",
            "Result",
        ],
        [
            "姓名 Name",
            "身份证号码 ID",
            "工作单位 Company",
            "签到时间 In",
            "签退时间 Out",
            "成绩 Score",
        ],
    ] {
        check(header);
    }
}

#[test]
fn columns_stand_in_any_order_among_others() {
    let (a, b) = (id_number(1), id_number(2));
    let table = rows(&format!(
        "
考核成绩|备注|身份证号码|性别|序号|签退时间|姓名|签到时间|工作单位|年龄
90||{a}|男|1|2020-05-12 16:30|王军|2020-05-12 08:30|甲厂|30
85|补考|{b}|女|2|2020-05-12 16:30|李强|2020-05-12 08:30|乙厂|41"
    ));
    let sheet = read(&xlsx(&table)).unwrap();
    assert_eq!(
        told(&sheet),
        [
            format!("王军|{a}|甲厂|05-12 08:30|05-12 16:30|Hundredths(9000)"),
            format!("李强|{b}|乙厂|05-12 08:30|05-12 16:30|Hundredths(8500)")
        ]
    );
}

#[test]
fn titles_notes_totals_and_blank_rows_are_no_people() {
    let (a, b) = (id_number(1), id_number(2));
    let table = rows(&format!(
        "
东山街道2020年企业员工安全培训签到表（第3期）
培训时间：2020年5月12日|||培训地点：街道三楼会议室|授课人：陈老师

序号|姓名|身份证号码|工作单位|签到时间|签退时间
1|王军|{a}|甲厂|8:30|16:30
|||||
小计|1人||||
序号|姓名|身份证号码|工作单位|签到时间|签退时间
2|李强|{b}|乙厂|8:31|16:30
合计|2人||||
制表人：赵某||审核：钱某|||
注：以上人员均已签字||||||"
    ));
    for bytes in [csv(&table, b','), xlsx(&table)] {
        let sheet = read(&bytes).unwrap();
        assert_eq!(
            told(&sheet),
            [
                format!("王军|{a}|甲厂|05-12 08:30|05-12 16:30|"),
                format!("李强|{b}|乙厂|05-12 08:31|05-12 16:30|")
            ]
        );
        let class = &sheet.sessions[0];
        assert_eq!(class.title, "东山街道2020年企业员工安全培训签到表(第3期)");
        assert_eq!(
            (class.place.as_str(), class.teacher.as_str()),
            ("街道三楼会议室", "陈老师")
        );
    }
}

#[test]
fn a_header_of_two_rows_with_merged_cells_is_one_header() {
    let (a, b) = (id_number(1), id_number(2));
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let plain = rust_xlsxwriter::Format::new();
    sheet
        .merge_range(0, 0, 0, 5, "东山街道第3期 2020年5月12日", &plain)
        .unwrap();
    for (column, word) in ["序号", "姓名", "身份证号码", "工作单位"]
        .iter()
        .enumerate()
    {
        let column = u16::try_from(column).unwrap();
        sheet
            .merge_range(1, column, 2, column, word, &plain)
            .unwrap();
    }
    sheet.merge_range(1, 4, 1, 5, "签到情况", &plain).unwrap();
    sheet.write_string(2, 4, "签到时间").unwrap();
    sheet.write_string(2, 5, "签退时间").unwrap();
    for (row, (name, number)) in (3..).zip([("王军", &a), ("李强", &b)]) {
        sheet.write_number(row, 0, f64::from(row)).unwrap();
        sheet.write_string(row, 1, name).unwrap();
        sheet.write_string(row, 2, number).unwrap();
        sheet.write_string(row, 4, "8:30").unwrap();
        sheet.write_string(row, 5, "16:30").unwrap();
    }
    // The employer is written once, over both lines.
    sheet.merge_range(3, 3, 4, 3, "甲厂", &plain).unwrap();
    let sheet = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(
        told(&sheet),
        [
            format!("王军|{a}|甲厂|05-12 08:30|05-12 16:30|"),
            format!("李强|{b}|甲厂|05-12 08:30|05-12 16:30|")
        ]
    );
}

#[test]
fn each_tab_is_a_class_and_empty_ones_are_passed_over() {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (n, tab) in ["第1期", "空表", "第2期"].into_iter().enumerate() {
        let sheet = book.add_worksheet().set_name(tab).unwrap();
        if tab == "空表" {
            continue;
        }
        let table = rows(&format!(
            "
东山街道安全培训签到表
姓名|身份证号码|签到时间|签退时间
王军|{}|2020-05-1{n} 08:30|2020-05-1{n} 16:30",
            id_number(n)
        ));
        fill(sheet, &table);
    }
    let sheet = read(&book.save_to_buffer().unwrap()).unwrap();
    let classes: Vec<_> = sheet
        .sessions
        .iter()
        .map(|class| (class.title.as_str(), class.day.unwrap().to_string()))
        .collect();
    assert_eq!(
        classes,
        [
            ("东山街道安全培训签到表 第1期", "2020-05-10".to_owned()),
            ("东山街道安全培训签到表 第2期", "2020-05-12".to_owned())
        ]
    );
    assert_eq!(sheet.lines.len(), 2);
}

#[test]
fn a_column_of_classes_makes_several_of_one_sheet() {
    let table = rows(&format!(
        "
姓名|身份证号码|期次|培训日期|签到时间|签退时间
王军|{}|第1期|2020-05-12|8:30|16:30
李强|{}|第2期|2020-05-13|8:30|16:30
赵敏|{}|第1期|2020-05-12|8:30|16:30",
        id_number(1),
        id_number(2),
        id_number(3)
    ));
    let sheet = read(&csv(&table, b',')).unwrap();
    let classes: Vec<_> = sheet
        .sessions
        .iter()
        .map(|class| class.day.unwrap().to_string())
        .collect();
    assert_eq!(classes, ["2020-05-12", "2020-05-13"]);
    let of: Vec<_> = sheet.lines.iter().map(|line| line.session).collect();
    assert_eq!(of, [0, 1, 0]);
}

#[test]
fn a_tab_that_is_hidden_is_not_handed_in() {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (n, tab) in ["第1期", "旧表"].into_iter().enumerate() {
        let sheet = book.add_worksheet().set_name(tab).unwrap();
        fill(
            sheet,
            &rows(&format!("姓名|身份证号码\n王军|{}", id_number(n))),
        );
        sheet.set_hidden(tab == "旧表");
    }
    let sheet = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(told(&sheet), [format!("王军|{}||||", id_number(0))]);
}

#[test]
fn a_header_with_nobody_below_it_is_an_empty_file() {
    for table in [
        "姓名|身份证号码|签到时间",
        "东山街道第3期\n序号|姓名|身份证号码\n1||\n2||\n合计|0人|",
    ] {
        let table = rows(table);
        for bytes in [csv(&table, b','), xlsx(&table)] {
            assert_eq!(read(&bytes).err(), Some(SheetError::Empty), "{table:?}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn the_words_over_a_certificates_reviews_and_training_are_understood(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    // Next review, last review, training; beside them an employer, whose words are near.
    for (n, [due, last, centre]) in [
        ["应复审日期", "实际复审日期", "培训机构"],
        ["复审日期", "实际复审时间", "培训单位"],
        ["下次复审日期", "上次复审日期", "培训单位名称"],
        ["下次复审时间*", "最近复审日期：", "考前培训机构（全称）"],
        ["复审时间", "已复审日期", "培训机构名称"],
        ["Next review", "Last review", "Training centre"],
    ]
    .into_iter()
    .enumerate()
    {
        let number = id_number(n);
        let table = rows(&format!(
            "
姓名|证书编号|作业代码|有效期至|{last}|{due}|{centre}|工作单位|乡镇代码
王军|T{number}|1.1|2024-03-01|2018年3月2日|2021/3/1|县安全培训中心|东山街道机械厂|330699001"
        ));
        for (path, bytes) in [
            ("claim-imports", csv(&table, b',')),
            ("due-list-imports", xlsx(&table)),
        ] {
            let fields = [
                ("frozen_on", "2020-11-01".to_owned()),
                ("source", format!("台账{n}")),
            ];
            let fields = if path.starts_with("due") {
                &fields[..]
            } else {
                &[]
            };
            let path = format!("/v1/certificates/{path}");
            let (_, report) = officer.hand_in(&path, "名单", bytes, fields).await;
            assert_eq!(report["accepted"], 1, "{due}: {report}");
        }
        let seen = officer.all(&format!("/v1/certificates?q=T{number}")).await;
        let words = [
            "reviewed_on",
            "review_due",
            "training_centre",
            "enterprise_name",
        ];
        assert_eq!(
            words.map(|word| &seen[0][word]),
            [
                &json!("2018-03-02"),
                &json!("2021-03-01"),
                &json!("县安全培训中心"),
                &json!("东山街道机械厂")
            ],
            "{due}, {last}, {centre}"
        );
    }
    drop(officer);
    app.finish().await;
}
