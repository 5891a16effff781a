//! The printed card (纸质安全码): an SVG of A6 size, for somebody without a phone.
//!
//! All that stands in it is somebody's data and is escaped; nothing is fetched when it is opened.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;

use super::render::Matrix;
use crate::platform::drawing::{FONTS, text};

/// What stands on a card.
pub(super) struct Card<'a> {
    pub(super) matrix: &'a Matrix,
    /// The issuing county's name.
    pub(super) county: &'a str,
    pub(super) hotline: Option<&'a str>,
    pub(super) name: &'a str,
    /// The last four characters of the holder's ID number.
    pub(super) id_tail: &'a str,
    pub(super) typed_code: &'a str,
    pub(super) items: Vec<Line<'a>>,
    pub(super) issued: NaiveDate,
    /// A JPEG.
    pub(super) portrait: Option<&'a [u8]>,
}

/// A certificate on the card.
pub(super) struct Line<'a> {
    pub(super) item_code: String,
    pub(super) name_zh: &'a str,
    pub(super) name_en: &'a str,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) review_due: Option<NaiveDate>,
}

/// Width and height in millimetres.
const PAPER: (u32, u32) = (105, 148);
/// Up to so many certificates have an English line each.
const ROOMY: usize = 4;
/// The card as an SVG.
pub(super) fn svg(card: &Card<'_>) -> String {
    let (width, height) = PAPER;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>\
         <path fill=\"none\" stroke=\"#999\" stroke-width=\".3\" d=\"M2 2h101v144H2z\"/>"
    );
    head(&mut out, card);
    code(&mut out, card);
    holder(&mut out, card);
    warning(&mut out);
    items(&mut out, &card.items);
    foot(&mut out, card);
    out.push_str("</svg>");
    out
}

fn head(out: &mut String, card: &Card<'_>) {
    let title = format!("{} 特种作业人员安全码", card.county);
    text(6.0, 10.0, 5.0, 93.0).bold().put(out, &title);
    text(6.0, 14.6, 2.9, 93.0)
        .grey()
        .put(out, "Special-operation safety code, printed");
}

fn code(out: &mut String, card: &Card<'_>) {
    let place = "<svg x=\"4\" y=\"17\" width=\"64\" height=\"64\" ";
    out.push_str(&card.matrix.svg().replacen("<svg ", place, 1));
    let (first, last) = card
        .typed_code
        .split_at_checked(4)
        .unwrap_or((card.typed_code, ""));
    text(6.0, 85.4, 2.6, 30.0)
        .grey()
        .put(out, "输入码 Typed code");
    text(32.0, 86.0, 5.4, 40.0)
        .bold()
        .put(out, &format!("{first}-{last}"));
}

fn holder(out: &mut String, card: &Card<'_>) {
    let mut y = 22.0;
    if let Some(portrait) = card.portrait {
        let data = STANDARD.encode(portrait);
        let _ = write!(
            out,
            "<image x=\"71\" y=\"19\" width=\"28\" height=\"36\" preserveAspectRatio=\"xMidYMid slice\" \
             href=\"data:image/jpeg;base64,{data}\"/>\
             <path fill=\"none\" stroke=\"#999\" stroke-width=\".2\" d=\"M71 19h28v36H71z\"/>"
        );
        y = 60.0;
    }
    text(71.0, y, 2.6, 29.0).grey().put(out, "姓名 Name");
    text(71.0, y + 6.4, 6.0, 29.0).bold().put(out, card.name);
    text(71.0, y + 11.4, 2.6, 29.0)
        .grey()
        .put(out, "身份证末四位 ID ends in");
    text(71.0, y + 17.2, 5.4, 29.0)
        .bold()
        .put(out, card.id_tail);
}

fn warning(out: &mut String) {
    out.push_str(
        "<path fill=\"#fff4cc\" stroke=\"#8a5a00\" stroke-width=\".4\" d=\"M6 89h93v11H6z\"/>",
    );
    text(9.0, 94.0, 4.0, 88.0)
        .bold()
        .put(out, "打印码须核对身份证与本人");
    text(9.0, 98.2, 2.9, 88.0).put(out, "Printed code: compare the person with the ID card.");
}

fn items(out: &mut String, items: &[Line<'_>]) {
    text(6.0, 104.6, 2.6, 50.0).grey().put(out, "作业项目 Item");
    text(60.0, 104.6, 2.6, 20.0)
        .grey()
        .put(out, "有效期至 Until");
    text(80.0, 104.6, 2.6, 19.0)
        .grey()
        .put(out, "复审 Review by");
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
    let roomy = items.len() <= ROOMY;
    let step = if roomy { 7.8 } else { 3.2 };
    let mut y = if roomy { 109.4 } else { 108.6 };
    for item in items {
        let size = if roomy { 3.4 } else { 2.7 };
        let named = format!("{} {}", item.item_code, item.name_zh);
        text(6.0, y, size, 52.0).put(out, &named);
        text(60.0, y, size, 19.0).put(out, &day(item.valid_until));
        text(80.0, y, size, 19.0).put(out, &day(item.review_due));
        if roomy {
            text(6.0, y + 3.2, 2.4, 93.0).grey().put(out, item.name_en);
        }
        y += step;
    }
}

fn foot(out: &mut String, card: &Card<'_>) {
    let issued = format!("{} 应急管理部门签发 Issued {}", card.county, card.issued);
    text(6.0, 143.4, 2.6, 60.0).grey().put(out, &issued);
    if let Some(hotline) = card.hotline {
        text(68.0, 143.4, 2.6, 31.0)
            .grey()
            .put(out, &format!("电话 Tel. {hotline}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::render::matrix;

    fn card<'a>(matrix: &'a Matrix, name: &'a str, items: usize) -> Card<'a> {
        let day: NaiveDate = "2024-03-01".parse().unwrap();
        Card {
            matrix,
            county: "样例县",
            hotline: Some("0575-0000000"),
            name,
            id_tail: "002X",
            typed_code: "2345ABCD",
            items: (1..=items)
                .map(|n| Line {
                    item_code: format!("1.{n}"),
                    name_zh: "低压电工作业",
                    name_en: "Low-voltage electrical work",
                    valid_until: Some(day),
                    review_due: None,
                })
                .collect(),
            issued: day,
            portrait: Some(b"\xff\xd8\xff"),
        }
    }

    #[test]
    fn whatever_somebody_is_called_stays_text() {
        let matrix = matrix("A.CN", &[0xd2; 40]).unwrap();
        let drawn = svg(&card(&matrix, "<b>\"&'\u{0}\u{ffff}", 1));
        assert!(drawn.contains("&lt;b&gt;&quot;&amp;&#39;<"), "{drawn}");
        assert!(!drawn.contains("<b>"));
        assert!(drawn.contains("href=\"data:image/jpeg;base64,/9j/\""));
        assert!(drawn.contains("打印码须核对身份证") && drawn.contains("ID card"));
        assert!(drawn.contains("2345-ABCD") && drawn.contains("002X"));
        assert!(drawn.contains("样例县") && drawn.contains("0575-0000000"));
    }

    #[test]
    fn ten_certificates_and_a_long_name_stay_on_the_paper() {
        let matrix = matrix("A.CN", &[0xd2; 40]).unwrap();
        let long = "阿".repeat(50);
        let drawn = svg(&card(&matrix, &long, 10));
        assert!(drawn.contains("阿…"), "cut off rather than over the edge");
        assert!(drawn.contains("1.10 低压电工作业"));
        let lowest = drawn
            .split(" y=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok())
            .fold(0.0, f64::max);
        assert!(lowest < 146.0, "{lowest}");
    }
}
