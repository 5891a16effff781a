//! The bad files, made or cut from good ones.

use std::io::{Cursor, Write};

use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;

use crate::sheets::{files::ods, hostile};
use crate::support::{Person, person};

/// A file, and the code of its refusal.
pub(super) struct Bad {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) code: &'static str,
}

fn bad(name: &'static str, bytes: impl Into<Vec<u8>>, code: &'static str) -> Bad {
    Bad {
        name,
        bytes: bytes.into(),
        code,
    }
}

pub(super) fn good_csv() -> String {
    let people: Vec<Person> = (0..20).map(person).collect();
    String::from_utf8(Person::sheet(&people, "东山街道第1期")).unwrap()
}

/// A workbook of these texts; a text that begins with `=` is a formula whose result was never saved.
pub(super) fn xlsx(rows: &[Vec<String>]) -> Vec<u8> {
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

/// About a megabyte that unpacks to 1.1 GB; where it lies, it says that it unpacks to nothing.
fn bomb(lies: bool) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().large_file(true);
    archive.start_file("xl/workbook.xml", options).unwrap();
    archive.write_all(b"<workbook/>").unwrap();
    archive
        .start_file("xl/worksheets/sheet1.xml", options)
        .unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..1_100 {
        archive.write_all(&spaces).unwrap();
    }
    let mut bytes = archive.finish().unwrap().into_inner();
    let told = (1_100_u32 << 20).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4)
        .filter(|at| lies && bytes[*at..*at + 4] == told)
        .collect();
    assert_eq!(places.is_empty(), !lies);
    for at in places {
        bytes[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
    }
    bytes
}

pub(super) fn sample(end: &str) -> Vec<u8> {
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

pub(super) fn all() -> Vec<Bad> {
    [vast(), no_sheets(), damaged()]
        .into_iter()
        .flatten()
        .collect()
}

/// More than a sheet may be, or more than it says.
fn vast() -> Vec<Bad> {
    let csv = good_csv();
    let [vast, circular] = hostile::vast_and_circular();
    vec![
        bad("bomb.xlsx", bomb(false), "file_too_large_unzipped"),
        bad("liar.xlsx", bomb(true), "file_broken"),
        bad("claims.xlsx", claiming(), "file_broken"),
        bad("vast.xls", vast, "file_broken"),
        bad("circular.xls", circular, "file_broken"),
        bad("repeats.ods", ods_of_repeats(), "too_many_rows"),
        bad("wide.csv", wide(1_000), "too_many_columns"),
        bad("wide.xlsx", xlsx(&wide_rows()), "too_many_columns"),
        bad(
            "long.csv",
            format!("{csv}{}", "\n1".repeat(200_001)),
            "too_many_rows",
        ),
    ]
}

/// Something else under a sheet's name.
fn no_sheets() -> Vec<Bad> {
    let png = [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &[0, 0, 0, 13, 73, 72, 68, 82, 0, 7],
    ]
    .concat();
    vec![
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
        bad(
            "letter.docx",
            zipped(&[("word/document.xml", b"<a/>")]),
            "not_a_sheet",
        ),
        bad(
            "paper.pdf",
            b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\0".as_slice(),
            "not_a_sheet",
        ),
    ]
}

/// Cut, empty, or without what makes it a sheet.
fn damaged() -> Vec<Bad> {
    let csv = good_csv();
    let xls = sample("xls");
    let mut broken_xlsx = sample("xlsx");
    broken_xlsx.truncate(broken_xlsx.len() / 2);
    let stray = csv.replacen("王丂", "\"王丂", 1);
    vec![
        bad("half.xls", &xls[..xls.len() / 3], "file_broken"),
        bad("half.xlsx", broken_xlsx, "file_broken"),
        bad("half.ods", cut_ods(), "file_broken"),
        bad("end.xlsx", &sample("xlsx")[..30], "file_broken"),
        bad("empty.csv", "", "empty_file"),
        bad("blank.csv", " \n\n ,,\n", "empty_file"),
        bad(
            "no-header.csv",
            csv.lines().skip(2).collect::<Vec<_>>().join("\n"),
            "no_header",
        ),
        bad(
            "nobody.csv",
            csv.lines().take(2).collect::<Vec<_>>().join("\n"),
            "empty_file",
        ),
        bad("end.csv", format!("{csv}\""), "stray_quote"),
        bad(
            "open.csv",
            format!("{csv}21,\"王某,,,,,,,\n"),
            "stray_quote",
        ),
        bad("prose.csv", "东山街道第1期\n今天来了很多人\n", "no_header"),
        bad("stray.csv", stray, "stray_quote"),
    ]
}

/// A workbook that claims more texts than any memory holds.
fn claiming() -> Vec<u8> {
    let whole = xlsx(&[vec!["姓名".into(), "身份证号码".into()]]);
    hostile::with_part(&whole, "xl/sharedStrings.xml", |text| {
        text.replacen("uniqueCount=\"2\"", "uniqueCount=\"99999999999\"", 1)
    })
}

fn cut_ods() -> Vec<u8> {
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    let mut whole = ods(&good_csv().lines().map(row).collect());
    whole.truncate(whole.len() / 2);
    whole
}

fn wide_rows() -> Vec<Vec<String>> {
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    wide(1_000).lines().map(row).collect()
}
