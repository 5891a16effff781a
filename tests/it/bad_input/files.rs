//! Files: damaged, hostile, or no sheets at all.

use std::io::{Cursor, Write};
use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::support::{Client, County, Kind, Person, TestApp, person};

const UPLOADS: &str = "/v1/classes/attendance-uploads";

/// A file, and the code of its refusal.
struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
    code: &'static str,
}

fn bad(name: &'static str, bytes: impl Into<Vec<u8>>, code: &'static str) -> Bad {
    Bad {
        name,
        bytes: bytes.into(),
        code,
    }
}

fn good_csv() -> String {
    let people: Vec<Person> = (0..20).map(person).collect();
    String::from_utf8(Person::sheet(&people, "东山街道第1期")).unwrap()
}

/// A workbook of these texts; a text that begins with `=` is a formula whose result was never saved.
fn xlsx(rows: &[Vec<String>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (r, row) in (0..).zip(rows) {
        for (c, text) in (0..).zip(row) {
            match text.strip_prefix('=') {
                Some(formula) => {
                    sheet.write_formula(r, c, formula).unwrap();
                }
                None => {
                    sheet.write_string(r, c, text).unwrap();
                }
            }
        }
    }
    without_results(&book.save_to_buffer().unwrap())
}

/// The same workbook as a program writes it that does not calculate: formulas, and no results beside them.
fn without_results(book: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let parts: Vec<(String, Vec<u8>)> = (0..archive.len())
        .map(|place| {
            let mut part = archive.by_index(place).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut text = Vec::new();
            std::io::copy(&mut part, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            (
                name,
                text.replace("</f><v>0</v>", "</f><v></v>").into_bytes(),
            )
        })
        .collect();
    let parts: Vec<_> = parts
        .iter()
        .map(|(n, b)| (n.as_str(), b.as_slice()))
        .collect();
    zipped(&parts)
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A few hundred kilobytes that unpack to 400 MB.
fn bomb() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().large_file(true);
    archive.start_file("xl/workbook.xml", options).unwrap();
    archive.write_all(b"<workbook/>").unwrap();
    archive
        .start_file("xl/worksheets/sheet1.xml", options)
        .unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..400 {
        archive.write_all(&spaces).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn sample(end: &str) -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/xinchang_2020/attendance"
    );
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == end))
        .collect();
    paths.sort();
    std::fs::read(&paths[0]).unwrap()
}

/// An .ods that says one filled row a million times.
fn ods_of_repeats() -> Vec<u8> {
    let content = r#"<?xml version="1.0"?><office:document-content
        xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
        xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
        xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
        <table:table table:name="1"><table:table-row table:number-rows-repeated="1000000">
        <table:table-cell office:value-type="string"><text:p>姓名</text:p></table:table-cell>
        </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;
    zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", content.as_bytes()),
    ])
}

fn protected() -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(2_048, 0);
    bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(4_096, 0);
    bytes
}

fn wide(columns: usize) -> String {
    let words: Vec<String> = (0..columns).map(|n| format!("列{n}")).collect();
    let cells = vec!["1"; columns];
    format!(
        "姓名,身份证号码,{}\n王一,,{}\n",
        words.join(","),
        cells.join(",")
    )
}

fn all() -> Vec<Bad> {
    let csv = good_csv();
    let xls = sample("xls");
    let mut broken_xlsx = sample("xlsx");
    broken_xlsx.truncate(broken_xlsx.len() / 2);
    let stray = csv.replacen("王丂", "\"王丂", 1);
    let png = [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &[0, 0, 0, 13, 73, 72, 68, 82, 0, 7],
    ]
    .concat();
    vec![
        bad("bomb.xlsx", bomb(), "file_too_large_unzipped"),
        bad("repeats.ods", ods_of_repeats(), "too_many_rows"),
        bad("half.xls", &xls[..xls.len() / 3], "file_broken"),
        bad("half.xlsx", broken_xlsx, "file_broken"),
        bad("end.xlsx", &sample("xlsx")[..30], "file_broken"),
        bad("other.xlsx", zipped(&[("a.txt", b"a")]), "not_a_sheet"),
        bad("protected.xlsx", protected(), "file_protected"),
        bad("picture.csv", png.clone(), "not_a_sheet"),
        bad("picture.xlsx", png, "not_a_sheet"),
        bad(
            "page.xls",
            "<html><table><tr><td>姓名</td></tr></table></html>",
            "not_a_sheet",
        ),
        bad("zeros.csv", [0; 4_096], "not_a_sheet"),
        bad(
            "neither.csv",
            [0xFF, 0xFF, 0x80, 0x00, 0xFF].repeat(50),
            "not_a_sheet",
        ),
        bad("empty.csv", "", "empty_file"),
        bad("blank.csv", " \n\n ,,\n", "empty_file"),
        bad(
            "no-header.csv",
            csv.lines().skip(2).collect::<Vec<_>>().join("\n"),
            "no_header",
        ),
        bad("prose.csv", "东山街道第1期\n今天来了很多人\n", "no_header"),
        bad("stray.csv", stray, "stray_quote"),
        bad("wide.csv", wide(1_000), "too_many_columns"),
        bad("wide.xlsx", xlsx(&wide_rows()), "too_many_columns"),
        bad(
            "long.csv",
            format!("{csv}{}", "\n1".repeat(200_001)),
            "too_many_rows",
        ),
    ]
}

fn wide_rows() -> Vec<Vec<String>> {
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    wide(1_000).lines().map(row).collect()
}

async fn hand_in(by: &Client, plan: uuid::Uuid, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    by.hand_in(UPLOADS, name, bytes, &[("plan_id", plan.to_string())])
        .await
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
        let (status, told) = hand_in(&officer, county.plan, name, bytes).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
            "{name}: {told}"
        );
        let words = told["detail"].as_str().unwrap();
        assert!(
            words
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
                && !words.contains('{'),
            "{name}: {words}"
        );
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
    let part = reqwest::multipart::Part::bytes(stray.into_bytes()).file_name("a.csv");
    let form = reqwest::multipart::Form::new()
        .part("file", part)
        .text("plan_id", county.plan.to_string());
    let request = officer
        .request(Method::POST, UPLOADS)
        .header("Accept-Language", "en")
        .multipart(form);
    let (_, told) = crate::support::answer(request).await;
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
    for end in ["xls", "xlsx"] {
        let whole = sample(end);
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
    let part = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    let xml = std::io::read_to_string(part).unwrap();
    assert!(!xml.contains("<f>"), "no cell of it is a formula");
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
