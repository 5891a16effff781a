//! Small files that claim to be vast. A reader that takes their word ends the whole service, not one request.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::old_format::{dimensions, number_at, old_book, old_table};
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
pub(crate) fn with_part(book: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
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
        (
            "META-INF/manifest.xml",
            br#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#,
        ),
        ("content.xml", content.as_bytes()),
    ])
}

const NAMED: &str =
    r#"<table:table-cell office:value-type="string"><text:p>姓名</text:p></table:table-cell>"#;

/// Old workbooks that would end a service which takes their word.
pub(crate) fn vast_and_circular() -> [Vec<u8>; 2] {
    let vast = old_book(&[dimensions(0x0100_0000, 256), number_at(0, 0)].concat());
    let mut circular = old_book(&number_at(0, 0));
    circular[516..520].copy_from_slice(&1_u32.to_le_bytes());
    [vast, circular]
}

#[test]
fn an_ods_made_by_hand_is_read() {
    let row = format!(r#"<table:table-row>{NAMED}</table:table-row>"#);
    let book = sheets::read(&ods_of(&row), &Limits::default()).unwrap();
    assert_eq!(book.tabs[0].rows.len(), 1);
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
        let told = matches!(
            refused,
            Some(SheetError::TooManyRows { .. } | SheetError::Broken)
        );
        assert!(told, "{refused:?}: {row}");
    }
}

#[test]
fn an_ods_whose_table_never_ends_is_broken() {
    let row = format!("<table:table-row>{NAMED}</table:table-row>");
    let whole = ods_of(&row);
    for cut in [
        "</table:table>",
        "</table:table-row>",
        "</table:table-cell>",
        "</text:p>",
        "</office:document-content>",
    ] {
        let book = with_part(&whole, "content.xml", |text| {
            text.split_once(cut).unwrap().0.to_owned()
        });
        assert_eq!(read(&book).err(), Some(SheetError::Broken), "{cut}");
    }
    // Closed in the wrong order, or with an end that is none.
    for (from, to) in [
        ("</table:table>", "</table:tabla>"),
        ("</table:table-row>", "</table:table>"),
        ("</table:table-cell>", "</table:table-row>"),
        ("<text:p>", "<office:annotation>"),
    ] {
        let book = with_part(&whole, "content.xml", |text| text.replacen(from, to, 1));
        assert_eq!(read(&book).err(), Some(SheetError::Broken), "{from} {to}");
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

#[test]
fn an_old_table_made_by_hand_is_read() {
    let sheet = read(&old_table()).unwrap();
    assert_eq!(sheet.lines[0].name.as_deref(), Ok("王军"));
}

type Wound = (prop::sample::Index, String);

fn wounds() -> impl Strategy<Value = Vec<Wound>> {
    let wound = (any::<prop::sample::Index>(), "[<>/\"'=&#;!0-9A-Za-z ]{1,9}");
    prop::collection::vec(wound, 0..6)
}

fn cut() -> impl Strategy<Value = Option<prop::sample::Index>> {
    prop::option::weighted(0.3, any::<prop::sample::Index>())
}

/// A part's text written over here and there, and cut. It is packed again after, so that it is the reader that meets
/// the wound, not the archive's checksum.
fn wounded(text: &str, wounds: &[Wound], cut: Option<prop::sample::Index>) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (place, other) in wounds {
        let place = place.index(chars.len());
        for (at, other) in (place..chars.len()).zip(other.chars()) {
            chars[at] = other;
        }
    }
    chars.truncate(cut.map_or(chars.len(), |cut| cut.index(chars.len())));
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_wounded_old_workbook_never_ends_the_service(
        // The container's header, its chains, its folder, and the records themselves.
        wounds in prop::collection::vec((prop_oneof![0_usize..80, 512_usize..620, 1_024_usize..1_280, 1_536_usize..1_860], any::<u8>()), 1..6),
    ) {
        let mut book = old_table();
        for (place, byte) in wounds {
            book[place] = byte;
        }
        let _ = read(&book);
    }

    #[test]
    fn a_wounded_ods_never_ends_the_service(wounds in wounds(), cut in cut()) {
        let row = |n: u32, m: u32| format!(r#"<table:table-row table:number-rows-repeated="{n}"><table:table-cell table:number-columns-repeated="{m}"/>{NAMED}</table:table-row>"#);
        let whole = ods_of(&format!("{}{}", row(2, 3), row(1, 1)));
        let _ = read(&with_part(&whole, "content.xml", |text| wounded(&text, &wounds, cut)));
    }

    #[test]
    fn a_workbook_with_strange_insides_never_ends_the_service(
        part in 0_usize..5, wounds in wounds(), cut in cut()
    ) {
        let part = [SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"][part];
        let _ = read(&with_part(&small_book(), part, |text| wounded(&text, &wounds, cut)));
    }
}
