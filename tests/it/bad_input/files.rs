//! Files: damaged, hostile, or no sheets at all.

use std::io::Cursor;
use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::{Value, json};

use super::made::{Bad, all, good_csv, sample, xlsx};
use crate::sheets::files::ods;
use crate::support::{Client, County, Kind, Person, TestApp, answer, person};

const UPLOADS: &str = "/v1/classes/attendance-uploads";

async fn hand_in(by: &Client, plan: uuid::Uuid, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    by.hand_in(UPLOADS, name, bytes, &[("plan_id", plan.to_string())])
        .await
}

async fn hand_in_as(
    by: &Client,
    plan: uuid::Uuid,
    name: &str,
    bytes: &[u8],
    lang: &str,
) -> (StatusCode, Value) {
    let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new()
        .part("file", part)
        .text("plan_id", plan.to_string());
    let request = by
        .request(Method::POST, UPLOADS)
        .header("Accept-Language", lang)
        .multipart(form);
    answer(request).await
}

#[rstest]
#[tokio::test]
async fn a_file_that_is_no_sheet_is_refused_with_a_reason_and_a_remedy(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    for Bad { name, bytes, code } in all() {
        for (lang, other) in [("zh", "en"), ("en", "zh")] {
            let (status, told) = hand_in_as(&officer, county.plan, name, &bytes, lang).await;
            assert_eq!(
                (status, &told["code"], &told["status"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!(code), &json!(422)),
                "{name}: {told}"
            );
            let words = told["detail"].as_str().unwrap();
            let chinese = words
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(
                chinese == (other == "en") && !words.contains('{') && words.len() > 10,
                "{name}: {words}"
            );
            assert!(told["request_id"].is_string() && told["type"].is_string());
        }
    }
    for list in [UPLOADS, "/v1/classes/sessions", "/v1/people"] {
        assert!(officer.all(list).await.is_empty(), "{list}");
    }
    let kept = std::fs::read_dir(app.data().join("files").join("uploads")).unwrap();
    assert_eq!(kept.count(), 0, "no file was kept");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_stray_quote_is_told_with_its_line_in_english_too(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    // The third person stands on the fifth line of the file.
    let name = &person(2).name;
    let stray = good_csv().replacen(name, &format!("\"{name}"), 1);
    let (_, told) = hand_in_as(&officer, county.plan, "a.csv", stray.as_bytes(), "en").await;
    assert!(
        told["detail"].as_str().unwrap().starts_with("Line 5 has"),
        "{told}"
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_damaged_workbook_is_never_read_in_part(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let fields = [
        ("plan_id", county.plan.to_string()),
        ("region_id", county.a.to_string()),
    ];
    let table = good_csv();
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    let ods = ods(&table.lines().map(row).collect());
    for (end, whole) in [
        ("xls", sample("xls")),
        ("xlsx", sample("xlsx")),
        ("ods", ods),
    ] {
        let name = format!("签到表.{end}");
        let (status, told) = officer
            .hand_in(UPLOADS, &name, whole.clone(), &fields)
            .await;
        assert_eq!(status, StatusCode::OK, "{told}");
        for share in 1..20 {
            let cut = whole[..whole.len() * share / 20].to_vec();
            let (status, seen) = officer.hand_in(UPLOADS, &name, cut, &fields).await;
            let same = status == StatusCode::OK && seen["counts"] == told["counts"];
            assert!(
                same || status == StatusCode::UNPROCESSABLE_ENTITY,
                "{end} cut to {share}/20: {status} {seen}"
            );
        }
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_formula_without_its_result_refuses_its_line_and_one_with_it_is_a_value(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let text = String::from_utf8(Person::sheet(
        &(0..3).map(person).collect::<Vec<_>>(),
        "东山街道第1期",
    ))
    .unwrap();
    let mut rows: Vec<Vec<String>> = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    rows[2][1] = "=VLOOKUP(A3,名册!A:B,2,0)".into();
    let (status, seen) = hand_in(&officer, county.plan, "a.xlsx", xlsx(&rows)).await;
    assert_eq!(
        (status, &seen["accepted"], &seen["refused"]),
        (StatusCode::OK, &json!(2), &json!(1)),
        "{seen}"
    );
    assert_eq!(seen["counts"][1]["code"], "formula_without_value", "{seen}");

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (r, row) in (0..).zip(&rows) {
        for (c, text) in (0..).zip(row) {
            if (r, c) == (2, 1) {
                let formula = Formula::new("T(\"王一\")").set_result("王一");
                sheet.write_formula(r, c, formula).unwrap();
            } else {
                sheet.write_string(r, c, text).unwrap();
            }
        }
    }
    let saved = book.save_to_buffer().unwrap();
    let (_, seen) = hand_in(&officer, county.plan, "b.xlsx", saved).await;
    assert_eq!(seen["accepted"], 3, "{seen}");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn odd_names_are_told_or_kept_and_never_become_formulas(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let mut people: Vec<Person> = (0..8).map(person).collect();
    people[0].name = "王".repeat(10_000);
    people[1].name = "=cmd|' /C calc'!A0".into();
    // So that it comes back on the sheet of refused lines.
    people[1].score = "@SUM(1+9)*cmd|' /C calc'!A0".into();
    people[2].name = "\u{202e}\u{200b}".into();
    people[3].name = "😀".into();
    people[4].name = "阿卜杜拉·买买提".into();
    people[5].name = "12345".into();
    people[6].name = "O'Brien <b>".into();
    let sheet = Person::sheet(&people, "东山街道第1期");
    let (status, seen) = hand_in(&officer, county.plan, "a.csv", sheet).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let path = format!("{UPLOADS}/{}", seen["id"].as_str().unwrap());
    let refused: Vec<_> = officer
        .all(&format!("{path}/lines?accepted=false"))
        .await
        .iter()
        .map(|line| {
            let name = line["name"].as_str().unwrap().chars().count();
            assert!(name <= 200, "what is kept of a name is bounded");
            (
                line["line"].as_i64().unwrap(),
                line["reason"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let told = |line: i64, why: &str| (line, why.to_owned());
    assert_eq!(
        refused,
        [
            told(1, "name_too_long"),
            told(2, "score_unreadable"),
            told(3, "name_missing"),
            told(4, "name_missing"),
            told(6, "name_missing")
        ]
    );
    let sheet = officer
        .request(Method::GET, &format!("{path}/refused.xlsx"))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(sheet.to_vec())).unwrap();
    let xml =
        std::io::read_to_string(archive.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert!(
        !xml.contains("<f") && !xml.contains("t=\"str\""),
        "no cell of it is a formula"
    );
    let part = archive.by_name("xl/sharedStrings.xml").unwrap();
    let texts = std::io::read_to_string(part).unwrap();
    for word in ["=cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0"] {
        assert!(texts.contains(word), "{word} is there, as text");
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn every_import_refuses_the_same_files(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let list = [
        ("frozen_on", "2020-12-31".to_owned()),
        ("source", "台账".to_owned()),
    ];
    for (path, fields) in [
        ("/v1/places/enterprise-imports", &[][..]),
        ("/v1/people/imports", &[]),
        ("/v1/certificates/claim-imports", &[]),
        ("/v1/certificates/due-list-imports", &list),
    ] {
        for (name, bytes, code) in [
            ("a.csv", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "not_a_sheet"),
            ("a.csv", Vec::new(), "empty_file"),
            ("a.csv", b"a,b,c\n1,2,3\n".to_vec(), "no_header"),
            ("a.xls", sample("xls")[..9_000].to_vec(), "file_broken"),
        ] {
            let (status, told) = officer.hand_in(path, name, bytes, fields).await;
            assert_eq!(
                (status, &told["code"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
                "{path} {code}: {told}"
            );
        }
    }
    assert!(officer.all("/v1/certificates/due-lists").await.is_empty());
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_text_that_grows_as_it_is_read_still_comes_back_on_the_refused_sheet(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    // One sign that is eighteen letters when written out, as often as a cell is kept.
    let grown = "\u{FDFA}".repeat(2_000);
    let name = &person(0).name;
    for text in [
        good_csv().replacen(name, &grown, 1),
        good_csv().replacen("考核成绩", &format!("考核成绩,{grown}"), 1),
        format!("地点：{grown},授课人：{grown}\n{}", good_csv()),
    ] {
        let text = format!("{text}99,,,,,,,,\n,某某,123,,,,,,\n");
        let (status, seen) = hand_in(&officer, county.plan, "a.csv", text.into_bytes()).await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        assert!(seen["refused"].as_i64().unwrap() > 0, "{seen}");
        let path = format!("{UPLOADS}/{}/refused.xlsx", seen["id"].as_str().unwrap());
        let (status, _) = answer(officer.request(Method::GET, &path)).await;
        assert_eq!(status, StatusCode::OK);
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_sheet_is_known_by_what_is_in_it_whatever_it_is_called(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let csv = good_csv();
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    let table: Vec<Vec<String>> = csv.lines().map(row).collect();
    for (name, bytes) in [
        ("签到表", csv.clone().into_bytes()),
        ("签到表.dat", csv.clone().into_bytes()),
        ("签到表.xls", csv.into_bytes()),
        ("签到表.csv", xlsx(&table)),
        ("签到表.xlsx", ods(&table)),
    ] {
        let (status, seen) = hand_in(&officer, county.plan, name, bytes).await;
        assert_eq!(
            (status, &seen["accepted"], &seen["refused"]),
            (StatusCode::OK, &json!(20), &json!(0)),
            "{name}: {seen}"
        );
    }
    drop(officer);
    app.finish().await;
}
