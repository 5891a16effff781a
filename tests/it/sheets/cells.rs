//! One cell at a time.

use anpei::sheets::cells::{self, Score};
use anpei::sheets::posts::{TargetRole, role};
use anpei::sheets::{Cell, ids};
use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;

use crate::support::id_number;

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

#[test]
fn a_moment_is_read_however_it_is_written() {
    let day = NaiveDate::from_ymd_opt(2020, 5, 12);
    for written in [
        "2020-05-12 08:30",
        "2020-05-12 08:30:00",
        "2020/5/12 8:30",
        "2020.5.12 8:30",
        "2020年5月12日 8:30",
        "2020年5月12日8时30分",
        "2020年5月12日上午8:30",
        "2020-05-12T08:30",
        "２０２０－０５－１２　０８：３０",
        "20200512 8:30",
        "08:30",
        "8:30",
        "8：30",
        "8点30分",
        "8点半",
        "8时30分",
        "上午8:30",
        "8:30 AM",
        "AM 8:30",
        "43963.3541666667",
    ] {
        assert_eq!(
            cells::moment(&text(written), day),
            Some(at("2020-05-12 08:30")),
            "{written}"
        );
    }
    for written in [
        "下午4:30",
        "16:30",
        "4:30 PM",
        "16点30分",
        "16时30分",
        "16：30:00",
    ] {
        assert_eq!(
            cells::moment(&text(written), day),
            Some(at("2020-05-12 16:30")),
            "{written}"
        );
    }
    assert_eq!(
        cells::moment(&Cell::Number(0.354_166_666_7), day),
        Some(at("2020-05-12 08:30"))
    );
    for written in ["25:30", "8:75", "王军", "√", "2020-13-40 08:30"] {
        assert_eq!(cells::moment(&text(written), day), None, "{written}");
    }
    assert_eq!(cells::moment(&text("8:30"), None), None, "a time of no day");
}

#[test]
fn a_name_is_cleaned_and_a_number_is_none() {
    for (written, name) in [
        ("王军", "王军"),
        (" 王　军 ", "王军"),
        ("王 军\n", "王军"),
        ("'王军", "王军"),
        ("欧阳建国", "欧阳建国"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("John  Smith", "John Smith"),
        ("12345", ""),
        ("——", ""),
        ("", ""),
    ] {
        assert_eq!(cells::name(&text(written)), name, "{written:?}");
    }
}

#[test]
fn a_score_is_points_or_a_word() {
    for (written, score) in [
        ("80", Some(Score::Hundredths(8_000))),
        ("79.5分", Some(Score::Hundredths(7_950))),
        ("９０", Some(Score::Hundredths(9_000))),
        ("合格", Some(Score::Passed)),
        ("√", Some(Score::Passed)),
        ("不合格", Some(Score::Failed)),
        ("缺考", Some(Score::Failed)),
        ("", None),
        ("/", None),
    ] {
        assert_eq!(cells::score(&text(written)), Ok(score), "{written}");
    }
    for written in ["八十", "-5", "1001", "90/100"] {
        assert!(cells::score(&text(written)).is_err(), "{written}");
    }
}

#[test]
fn a_post_belongs_to_one_of_four_kinds() {
    for (written, kind) in [
        ("主要负责人", TargetRole::Principal),
        ("法定代表人", TargetRole::Principal),
        ("总经理", TargetRole::Principal),
        ("安全员", TargetRole::SafetyManager),
        ("专职安全管理人员", TargetRole::SafetyManager),
        ("安全负责人", TargetRole::SafetyManager),
        ("电工", TargetRole::KeyPost),
        ("叉车司机", TargetRole::KeyPost),
        ("车间负责人", TargetRole::Other),
        ("操作工", TargetRole::Other),
        ("", TargetRole::Other),
    ] {
        assert_eq!(role(written), kind, "{written}");
    }
}

proptest! {
    #[test]
    fn a_valid_id_number_survives_any_writing(n in 0_usize..20_000, way in 0_u8..6) {
        let number = id_number(n);
        let wide = |c: char| char::from_u32(c as u32 + 0xFEE0).unwrap();
        let written = match way {
            0 => number.to_lowercase(),
            1 => number.chars().map(wide).collect(),
            2 => format!("'{number}"),
            3 => format!(" {} {} {}\u{3000}", &number[..6], &number[6..14], &number[14..]),
            4 => format!("\u{feff}{number}\u{a0}"),
            _ => number.clone(),
        };
        let read = ids::id_number(&text(&written)).map(|id| id.number().to_owned());
        prop_assert_eq!(read, Ok(number));
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(n in 0_usize..20_000, place in 0_usize..17, by in 1_u8..10) {
        let mut digits = id_number(n).into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert!(ids::id_number(&text(&wrong)).is_err(), "{}", wrong);
    }

    #[test]
    fn a_number_of_another_length_never_passes(n in 0_usize..20_000, cut in 1_usize..12) {
        let number = id_number(n);
        prop_assert!(ids::id_number(&text(&number[..18 - cut])).is_err());
        let longer = format!("{}{number}", "1".repeat(cut));
        prop_assert!(ids::id_number(&text(&longer)).is_err());
    }

    #[test]
    fn a_written_day_reads_back(days in 0_u64..30_000) {
        let day = NaiveDate::from_ymd_opt(1960, 1, 1).unwrap() + chrono::Days::new(days);
        for form in ["%Y-%m-%d", "%Y/%-m/%-d", "%Y.%m.%d", "%Y年%-m月%-d日", "%Y%m%d"] {
            let written = day.format(form).to_string();
            prop_assert_eq!(cells::day(&text(&written)), Some(day), "{}", written);
        }
    }

    #[test]
    fn no_cell_makes_a_reader_panic(written in "\\PC{0,60}") {
        let cell = text(&written);
        let _ = (cells::name(&cell), cells::phone(&cell), cells::day(&cell), cells::score(&cell));
        let _ = (cells::moment(&cell, None), ids::id_number(&cell), role(&written));
    }
}

/// The ways to write a minute of a day: with the day, or alone where the class tells the day.
fn ways(at: NaiveDateTime) -> Vec<Cell> {
    let hour = at.format("%-H").to_string().parse::<u32>().unwrap();
    let (half, twelve) = match hour {
        0 => ("凌晨", 12),
        1..=11 => ("上午", hour),
        12 => ("中午", 12),
        _ => ("下午", hour - 12),
    };
    let minute = at.format("%M").to_string();
    let wide = |text: String| -> String {
        let wide = |c: char| match c {
            '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap(),
            c => c,
        };
        text.chars().map(wide).collect()
    };
    let serial = {
        let zero = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
        let minutes = (at - zero.and_time(chrono::NaiveTime::MIN)).num_minutes();
        f64::from(i32::try_from(minutes).unwrap()) / 1_440.0
    };
    let formats = [
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y/%-m/%-d %-H:%M",
        "%Y.%-m.%-d %-H:%M",
        "%Y年%-m月%-d日%-H时%-M分",
        "%Y年%-m月%-d日 %-H点%M分",
        "%Y-%m-%dT%H:%M:%S",
        "%Y%m%d %H:%M",
        "%H:%M",
        "%-H：%M",
        "%-H时%-M分",
        "%-I:%M %p",
        "%Y-%m-%d %I:%M %p",
    ];
    let mut ways: Vec<Cell> = formats
        .iter()
        .map(|form| text(&at.format(form).to_string()))
        .collect();
    ways.push(text(&wide(at.format("%Y-%m-%d %H:%M").to_string())));
    ways.push(text(&format!("{half}{twelve}:{minute}")));
    ways.push(text(&format!("{} {half}{twelve}:{minute}", at.date())));
    ways.push(Cell::Number(serial));
    ways.push(Cell::Number(serial.fract()));
    ways.push(text(&format!("{serial:.10}")));
    ways.push(Cell::DateTime(at));
    ways
}

proptest! {
    #[test]
    fn every_minute_is_read_from_every_way_to_write_it(days in 0_u64..25_000, minute in 0_i64..1_440) {
        let day = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + chrono::Days::new(days);
        let at = day.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::minutes(minute);
        for way in ways(at) {
            // Midnight as a number or a date alone is a day, not a time.
            let midnight = minute == 0 && !matches!(way, Cell::Text(_) | Cell::DateTime(_));
            if !midnight {
                prop_assert_eq!(cells::moment(&way, Some(day)), Some(at), "{:?}", way);
            }
        }
    }
}
