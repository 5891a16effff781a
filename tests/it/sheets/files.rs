//! Kinds of files and encodings, and anything at all.

use std::io::{Cursor, Write};

use encoding_rs::GB18030;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;
use crate::support::id_number;

pub(crate) fn ods(rows: &Rows) -> Vec<u8> {
    let mut content = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content
        xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
        xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
        xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
        <office:body><office:spreadsheet><table:table table:name="1">"#,
    );
    for row in rows {
        content.push_str("<table:table-row>");
        for text in row {
            let cell = match text.as_str() {
                "" => "<table:table-cell/>".to_owned(),
                text => format!(
                    r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
                ),
            };
            content.push_str(&cell);
        }
        content.push_str("</table:table-row>");
    }
    content.push_str("</table:table></office:spreadsheet></office:body></office:document-content>");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let manifest = r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", &content),
    ] {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// The same table in every kind of file that is written by hand or by a program.
fn kinds(table: &Rows) -> Vec<(&'static str, Vec<u8>)> {
    let text = String::from_utf8(csv(table, b',')).unwrap();
    let tabs = String::from_utf8(csv(table, b'\t')).unwrap();
    vec![
        ("xlsx", xlsx(table)),
        ("ods", ods(table)),
        ("csv in UTF-8", text.clone().into_bytes()),
        (
            "csv with a mark",
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        ),
        ("csv in GB18030", GB18030.encode(&text).0.into_owned()),
        ("csv with semicolons", csv(table, b';')),
        (
            "csv as Windows ends lines",
            text.replace('\n', "\r\n").into_bytes(),
        ),
        (
            "csv as a Macintosh ends lines",
            text.replace('\n', "\r").into_bytes(),
        ),
        ("csv with a hint", format!("sep=,\n{text}").into_bytes()),
        ("tsv", tabs.clone().into_bytes()),
        ("tsv in GB18030", GB18030.encode(&tabs).0.into_owned()),
        ("Excel's Unicode text", utf16(&tabs)),
    ]
}

#[test]
fn every_kind_of_file_gives_the_same_lines() {
    let (a, b) = (id_number(1), id_number(2));
    let table = rows(&format!(
        "
东山街道第3期
序号|姓名|身份证号码|工作单位|签到时间|签退时间|考核成绩
1|王军|{a}|新昌某某轴承（191）有限公司|2020-05-12 08:30|2020-05-12 16:30|90
2|㛃𠀀|{b}|乙厂, 二车间|2020-05-12 08:31|2020-05-12 16:29|合格"
    ));
    for (kind, bytes) in kinds(&table) {
        let sheet = read(&bytes).unwrap_or_else(|e| panic!("{kind}: {e:?}"));
        assert_eq!(
            told(&sheet),
            [
                format!(
                    "王军|{a}|新昌某某轴承(191)有限公司|05-12 08:30|05-12 16:30|Hundredths(9000)"
                ),
                format!("㛃𠀀|{b}|乙厂, 二车间|05-12 08:31|05-12 16:29|Passed")
            ],
            "{kind}"
        );
    }
}

#[test]
fn an_ods_tells_days_and_times_of_day_in_its_own_way() {
    let table = rows(&format!(
        "
东山街道第3期 2020年5月12日
姓名|身份证号码|签到时间|签退时间
王军|{}|IN|OUT",
        id_number(1)
    ));
    let text = |word: &str| {
        format!(
            r#"<table:table-cell office:value-type="string"><text:p>{word}</text:p></table:table-cell>"#
        )
    };
    let time = r#"<table:table-cell office:value-type="time" office:time-value="PT08H30M00S"><text:p>08:30</text:p></table:table-cell>"#;
    let moment = r#"<table:table-cell office:value-type="date" office:date-value="2020-05-12T16:30:00"><text:p>16:30</text:p></table:table-cell>"#;
    let book = hostile::with_part(&ods(&table), "content.xml", |content| {
        content
            .replace(&text("IN"), time)
            .replace(&text("OUT"), moment)
    });
    let line = &read(&book).unwrap().lines[0];
    let at = |cell: &TimeCell| cell.at().unwrap().to_string();
    assert_eq!(
        (at(&line.check_in), at(&line.check_out)),
        (
            "2020-05-12 08:30:00".to_owned(),
            "2020-05-12 16:30:00".to_owned()
        )
    );
}

#[test]
fn a_huge_declared_range_with_few_cells_costs_nothing() {
    let mut table = vec![vec!["姓名".to_owned(), "身份证号码".to_owned()]];
    table.push(vec!["王军".to_owned(), id_number(1)]);
    let bytes = xlsx(&table);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        let text = text.replace("ref=\"A1:B2\"", "ref=\"A1:XFD1048576\"");
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    let sheet = read(&out.finish().unwrap().into_inner()).unwrap();
    assert_eq!(sheet.lines.len(), 1);
}

/// A person as he stands in a random table.
#[derive(Clone, Debug)]
struct Someone {
    name: String,
    number: usize,
    score: u8,
}

fn someone() -> impl Strategy<Value = Someone> {
    (
        "[王李张陈赵钱孙周吴郑][一-鿿]{1,2}",
        0_usize..20_000,
        0_u8..=100,
    )
        .prop_map(|(name, number, score)| Someone {
            name,
            number,
            score,
        })
}

const NAMES: &[&str] = &[
    "姓名",
    "学员姓名",
    "姓　名",
    "参训人员姓名",
    "姓名（必填）",
    "Name",
];
const NUMBERS: &[&str] = &[
    "身份证号码",
    "证件号码",
    "公民身份号码",
    "身份证号(18位)",
    "ID No.",
];
const SCORES: &[&str] = &["考核成绩", "成绩(分)", "得分", "考试分数", "Score"];

#[derive(Clone, Debug)]
struct Layout {
    words: (usize, usize, usize),
    /// The order of name, number, score and a column nobody asked for.
    order: Vec<usize>,
    titles: usize,
    /// After how many people a blank row stands.
    blank_after: usize,
    total: bool,
    kind: usize,
}

fn layout() -> impl Strategy<Value = Layout> {
    let words = (0..NAMES.len(), 0..NUMBERS.len(), 0..SCORES.len());
    let order = Just(vec![0, 1, 2, 3]).prop_shuffle();
    (
        words,
        order,
        0..4_usize,
        1..8_usize,
        any::<bool>(),
        0..12_usize,
    )
        .prop_map(|(words, order, titles, blank_after, total, kind)| Layout {
            words,
            order,
            titles,
            blank_after,
            total,
            kind,
        })
}

fn laid_out(people: &[Someone], layout: &Layout) -> Rows {
    let mut table: Rows = (0..layout.titles)
        .map(|n| vec![["东山街道安全培训签到表", "2020年5月12日", "地点：三楼"][n].to_owned()])
        .collect();
    let row = |cells: [String; 4]| -> Vec<String> {
        layout
            .order
            .iter()
            .map(|place| cells[*place].clone())
            .collect()
    };
    let (name, number, score) = layout.words;
    table.push(row(
        [NAMES[name], NUMBERS[number], SCORES[score], "备注"].map(str::to_owned)
    ));
    for (n, person) in people.iter().enumerate() {
        if n > 0 && n % layout.blank_after == 0 {
            table.push(vec![String::new(); 4]);
        }
        table.push(row([
            person.name.clone(),
            id_number(person.number),
            person.score.to_string(),
            String::new(),
        ]));
    }
    if layout.total {
        table.push(vec![format!("合计：{}人", people.len())]);
    }
    table
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_reasonable_layout_reads_back_to_its_people(
        people in prop::collection::vec(someone(), 1..25), layout in layout()
    ) {
        let table = laid_out(&people, &layout);
        let (kind, bytes) = kinds(&table).swap_remove(layout.kind);
        let sheet = read(&bytes).map_err(|e| TestCaseError::fail(format!("{kind}: {e:?}")))?;
        let expected: Vec<String> = people
            .iter()
            .map(|p| {
                let points = i32::from(p.score) * 100;
                format!("{}|{}||||Hundredths({points})", p.name, id_number(p.number))
            })
            .collect();
        prop_assert_eq!(told(&sheet), expected, "{}", kind);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused_but_never_worse(
        people in prop::collection::vec(someone(), 1..6),
        layout in layout(),
        wounds in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let (_, mut bytes) = kinds(&laid_out(&people, &layout)).swap_remove(layout.kind);
        for (place, byte) in wounds {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = read(&bytes);
    }

    #[test]
    fn any_bytes_at_all_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..3_000), start in 0_usize..4) {
        let magic: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\xFF\xFE"];
        let _ = read(&[magic[start], &bytes].concat());
    }
}
