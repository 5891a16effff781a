//! Small files that claim to be vast. A reader that takes their word ends the whole service, not one request.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use super::*;
use crate::support::id_number;

/// An archive of these parts.
pub(super) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A workbook with one part put in another's place.
pub(super) fn with_part(book: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let parts: Vec<(String, Vec<u8>)> = (0..archive.len())
        .map(|place| {
            let mut found = archive.by_index(place).unwrap();
            let name = found.name().unwrap().into_owned();
            let mut bytes = Vec::new();
            std::io::copy(&mut found, &mut bytes).unwrap();
            if name == part {
                bytes = change(String::from_utf8(bytes).unwrap()).into_bytes();
            }
            (name, bytes)
        })
        .collect();
    let parts: Vec<_> = parts
        .iter()
        .map(|(n, b)| (n.as_str(), b.as_slice()))
        .collect();
    zipped(&parts)
}

const SHEET: &str = "xl/worksheets/sheet1.xml";
const STRINGS: &str = "xl/sharedStrings.xml";

fn small_book() -> Vec<u8> {
    xlsx(&vec![
        vec!["姓名".into(), "身份证号码".into()],
        vec!["王军".into(), id_number(1)],
    ])
}

fn ods_of(rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content
        xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
        xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
        xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
        <table:table table:name="1">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", content.as_bytes()),
    ])
}

const NAMED: &str =
    r#"<table:table-cell office:value-type="string"><text:p>姓名</text:p></table:table-cell>"#;

/// One record of the old binary format.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
}

fn number_at(row: u16, column: u16) -> Vec<u8> {
    let head = [row, column, 0].map(u16::to_le_bytes).concat();
    record(0x0203, &[head, 1.0_f64.to_le_bytes().to_vec()].concat())
}

fn dimensions(rows: u32, columns: u16) -> Vec<u8> {
    let rows = [0, rows].map(u32::to_le_bytes).concat();
    let columns = [0, columns, 0].map(u16::to_le_bytes).concat();
    record(0x0200, &[rows, columns].concat())
}

/// A workbook of the old binary format with one sheet of these records.
fn old_book(sheet: &[u8]) -> Vec<u8> {
    let begin = |kind: u16| {
        let words = [0x0600, kind, 0, 0, 0, 0, 0, 0].map(u16::to_le_bytes);
        record(0x0809, &words.concat())
    };
    let bound = |at: u32| {
        record(
            0x0085,
            &[&at.to_le_bytes()[..], &[0, 0, 1, 0, b'1']].concat(),
        )
    };
    let end = record(0x000A, &[]);
    let head = begin(5).len() + bound(0).len() + end.len();
    let mut stream = [begin(5), bound(u32::try_from(head).unwrap()), end.clone()].concat();
    stream.extend(begin(0x10));
    stream.extend(sheet);
    stream.extend(end);
    stream.resize(stream.len().max(4_096).next_multiple_of(512), 0);
    contained(&stream)
}

/// The stream in its container: header, one sector of the chain table, one of the folder, then the stream.
fn contained(stream: &[u8]) -> Vec<u8> {
    let sectors = u32::try_from(stream.len() / 512).unwrap();
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(512, 0);
    let mut put = |at: usize, value: u32, bytes: usize| {
        header[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    };
    for (at, value, bytes) in [
        (24, 0x3E, 2),
        (26, 3, 2),
        (28, 0xFFFE, 2),
        (30, 9, 2),
        (32, 6, 2),
        (44, 1, 4),
        (48, 1, 4),
        (56, 4_096, 4),
        (60, u32::MAX - 1, 4),
        (68, u32::MAX - 1, 4),
        (76, 0, 4),
    ] {
        put(at, value, bytes);
    }
    header[80..].fill(0xFF);
    let mut chain = vec![u32::MAX - 2, u32::MAX - 1];
    chain.extend((0..sectors).map(|n| {
        if n + 1 == sectors {
            u32::MAX - 1
        } else {
            n + 3
        }
    }));
    chain.resize(128, u32::MAX);
    let entry = |name: &str, kind: u8, start: u32, length: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let named = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(128, 0);
        entry[64..66].copy_from_slice(&named.to_le_bytes());
        entry[66] = kind;
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&length.to_le_bytes());
        entry
    };
    let mut folder = entry("Root Entry", 5, u32::MAX - 1, 0);
    folder.extend(entry("Workbook", 2, 2, sectors * 512));
    folder.resize(512, 0);
    let chain: Vec<u8> = chain.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, chain, folder, stream.to_vec()].concat()
}

#[test]
fn an_old_workbook_made_by_hand_is_read() {
    let book = sheets::read(&old_book(&number_at(0, 0)), &Limits::default()).unwrap();
    assert_eq!(book.tabs[0].rows.len(), 1);
}

#[test]
fn a_workbook_that_claims_more_texts_than_it_has_bytes_is_broken() {
    for claim in ["99999999999", "4611686018427387904", "1000000000000"] {
        let book = with_part(&small_book(), STRINGS, |text| {
            let (head, tail) = text.split_once("uniqueCount=\"").unwrap();
            let (_, tail) = tail.split_once('"').unwrap();
            format!("{head}uniqueCount=\"{claim}\"{tail}")
        });
        assert_eq!(read(&book).err(), Some(SheetError::Broken), "{claim}");
    }
}

#[test]
fn an_old_workbook_that_claims_a_vast_range_is_broken() {
    for rows in [0x0100_0000, 0x7FFF_FFFF, u32::MAX] {
        let sheet = [dimensions(rows, 256), number_at(0, 0)].concat();
        assert_eq!(
            read(&old_book(&sheet)).err(),
            Some(SheetError::Broken),
            "{rows}"
        );
    }
}

#[test]
fn an_old_workbook_with_cells_far_apart_is_refused() {
    let far = [number_at(0, 0), number_at(u16::MAX, u16::MAX)].concat();
    let refused = read(&old_book(&far)).err();
    assert_eq!(refused, Some(SheetError::TooManyColumns { limit: 256 }));
}

#[test]
fn an_old_workbook_whose_chain_runs_in_a_circle_is_broken() {
    let whole = old_book(&number_at(0, 0));
    // The folder's sector, and the stream's second one, lead to themselves.
    for sector in [1_u32, 3] {
        let mut book = whole.clone();
        let at = 512 + sector as usize * 4;
        book[at..at + 4].copy_from_slice(&sector.to_le_bytes());
        // The stream claims as much as its length can say.
        let length = 512 * 2 + 128 + 120;
        book[length..length + 4].copy_from_slice(&(u32::MAX - 1).to_le_bytes());
        assert_eq!(read(&book).err(), Some(SheetError::Broken), "{sector}");
    }
}

#[test]
fn a_cell_behind_thousands_of_repeated_blanks_is_refused() {
    let row = format!(
        r#"<table:table-row><table:table-cell table:number-columns-repeated="16383"/>{NAMED}</table:table-row>"#
    );
    let refused = read(&ods_of(&row.repeat(30_000))).err();
    assert_eq!(refused, Some(SheetError::TooManyColumns { limit: 256 }));
}

#[test]
fn repeats_are_counted_however_they_are_written() {
    let covered = NAMED.replace("table-cell", "covered-table-cell");
    for row in [
        format!("<table:table-row table:number-rows-repeated='1000000'>{NAMED}"),
        format!("<table:table-row a=\">\" table:number-rows-repeated=\"1000000\">{NAMED}"),
        format!("<table:table-row table:number-rows-repeated=\"&#49;000000\">{NAMED}"),
        format!(
            "<table:table-row table:number-rows-repeated=\"1000000\"><!-- <table:table-row> -->{NAMED}"
        ),
        format!(
            "<table:table-row table:number-rows-repeated=\"1000000\" a=\"<table:table-row>\">{NAMED}"
        ),
        format!("<table:table-row table:number-rows-repeated = \"1000000\">{covered}"),
    ] {
        let refused = read(&ods_of(&format!("{row}</table:table-row>"))).err();
        let told = matches!(refused, Some(SheetError::TooManyRows { .. }));
        assert!(told, "{refused:?}: {row}");
    }
}

#[test]
fn a_text_that_unfolds_or_repeats_without_end_is_refused() {
    let spaces = r#"<table:table-row><table:table-cell office:value-type="string"><text:p>a<text:s text:c="3000000000"/></text:p></table:table-cell></table:table-row>"#;
    let long = format!(
        r#"<table:table-row table:number-rows-repeated="150000"><table:table-cell office:value-type="string" table:number-columns-repeated="40"><text:p>{}</text:p></table:table-cell></table:table-row>"#,
        "长".repeat(50_000)
    );
    for rows in [spaces, &long] {
        let refused = read(&ods_of(rows)).err();
        assert_eq!(refused, Some(SheetError::TooLargeUnzipped));
    }
}

#[test]
fn rows_that_each_hold_one_far_cell_are_refused_before_they_fill_memory() {
    let book = with_part(&small_book(), SHEET, |_| {
        let rows: String = (1..=200_000)
            .map(|n| format!("<row r=\"{n}\"><c r=\"IV{n}\"><v>1</v></c></row>"))
            .collect();
        format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
    });
    let refused = read(&book).err();
    assert!(
        matches!(refused, Some(SheetError::TooManyRows { .. })),
        "{refused:?}"
    );
}

#[test]
fn one_long_text_in_very_many_cells_is_refused_before_it_fills_memory() {
    let book = with_part(&small_book(), SHEET, |_| {
        let cells = "<c t=\"s\"><v>0</v></c>".repeat(30);
        let rows: String = (1..=20_000)
            .map(|n| format!("<row r=\"{n}\">{cells}</row>"))
            .collect();
        format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
    });
    let book = with_part(&book, STRINGS, |_| {
        format!("<sst><si><t>{}</t></si></sst>", "a".repeat(100_000))
    });
    assert_eq!(read(&book).err(), Some(SheetError::TooLargeUnzipped));
}

#[test]
fn long_prose_and_many_merged_cells_above_no_header_cost_little() {
    let book = with_part(&small_book(), SHEET, |_| {
        let cells = "<c t=\"s\"><v>0</v></c>".repeat(100);
        let rows: String = (1..=200)
            .map(|n| format!("<row r=\"{n}\">{cells}<c r=\"IV{n}\"><v>1</v></c></row>"))
            .collect();
        let merges = "<mergeCell ref=\"A300:B300\"/>".repeat(300_000);
        format!(
            "<worksheet><sheetData>{rows}</sheetData><mergeCells>{merges}</mergeCells></worksheet>"
        )
    });
    let book = with_part(&book, STRINGS, |_| {
        format!("<sst><si><t>{}</t></si></sst>", "学".repeat(2_000))
    });
    assert_eq!(read(&book).err(), Some(SheetError::NoHeader));
}
