//! A certificate of training on paper: an SVG of A4 across, whose QR code anybody's camera opens.

use std::fmt::Write;

use chrono::NaiveDate;

use super::Proof;
use crate::codes::render::Matrix;
use crate::platform::drawing::{FONTS, text};

/// Width and height in millimetres.
const PAPER: (u32, u32) = (297, 210);
const MIDDLE: f64 = 148.5;

/// What is drawn.
pub(super) struct Sheet<'a> {
    pub(super) proof: &'a Proof,
    pub(super) matrix: &'a Matrix,
    /// What the QR code says.
    pub(super) address: &'a str,
    pub(super) issued: NaiveDate,
    pub(super) hotline: Option<&'a str>,
}

/// The drawing.
pub(super) fn svg(sheet: &Sheet<'_>) -> String {
    let (width, height) = PAPER;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>\
         <path fill=\"none\" stroke=\"#b3261e\" stroke-width=\"1.6\" d=\"M10 10h277v190H10z\"/>\
         <path fill=\"none\" stroke=\"#b3261e\" stroke-width=\".4\" d=\"M13 13h271v184H13z\"/>"
    );
    let content = &sheet.proof.content;
    text(MIDDLE, 40.0, 15.0, 240.0)
        .bold()
        .middle()
        .put(&mut out, "安全生产培训合格证明");
    text(MIDDLE, 49.5, 5.0, 240.0)
        .grey()
        .middle()
        .put(&mut out, "Certificate of work-safety training");
    holder(&mut out, sheet);
    words(&mut out, sheet);
    code(&mut out, sheet);
    let issuer = format!("{}应急管理局", content.county);
    text(225.0, 165.0, 6.4, 105.0)
        .bold()
        .middle()
        .put(&mut out, &issuer);
    let day = sheet.issued.format("%Y年%-m月%-d日").to_string();
    text(225.0, 174.0, 5.0, 105.0).middle().put(&mut out, &day);
    out.push_str("</svg>");
    out
}

fn holder(out: &mut String, sheet: &Sheet<'_>) {
    let content = &sheet.proof.content;
    text(30.0, 68.0, 4.4, 60.0).grey().put(out, "姓名 Name");
    text(30.0, 77.5, 9.0, 80.0).bold().put(out, &content.name);
    text(118.0, 68.0, 4.4, 80.0)
        .grey()
        .put(out, "身份证号码 ID number");
    text(118.0, 77.0, 6.4, 80.0).put(out, &content.id_masked);
    text(206.0, 68.0, 4.4, 70.0)
        .grey()
        .put(out, "证明编号 Number");
    text(206.0, 77.0, 5.4, 72.0)
        .bold()
        .put(out, &sheet.proof.number);
    let place = content.enterprise.as_ref().map_or_else(
        || content.region.clone(),
        |enterprise| format!("{enterprise}（{}）", content.region),
    );
    text(30.0, 88.5, 4.4, 60.0)
        .grey()
        .put(out, "工作单位 Enterprise");
    text(30.0, 97.0, 6.0, 235.0).put(out, &place);
}

fn words(out: &mut String, sheet: &Sheet<'_>) {
    let content = &sheet.proof.content;
    let day = |day: NaiveDate| day.format("%Y年%-m月%-d日").to_string();
    let hours = hours(content.minutes, content.minutes_per_hour);
    let said = [
        format!("参加{}组织的《{}》培训，", content.county, content.plan),
        format!(
            "培训周期 {} 至 {}，共完成 {hours} 学时，",
            day(content.period_from),
            day(content.period_to)
        ),
        format!(
            "于 {} 达到方案规定的全部要求，成绩合格，特此证明。",
            day(content.completed_on)
        ),
    ];
    for (line, y) in said.iter().zip([113.0, 123.0, 133.0]) {
        text(30.0, y, 6.4, 237.0).put(out, line);
    }
    let english = format!(
        "has met all that the plan asks for: {hours} training hours of {} minutes, completed on {}.",
        content.minutes_per_hour, content.completed_on
    );
    text(30.0, 142.0, 4.2, 237.0).grey().put(out, &english);
}

fn code(out: &mut String, sheet: &Sheet<'_>) {
    let place = "<svg x=\"26\" y=\"148\" width=\"40\" height=\"40\" ";
    out.push_str(&sheet.matrix.svg().replacen("<svg ", place, 1));
    text(69.0, 158.0, 4.4, 90.0).put(out, "扫码查验真伪 Scan to verify");
    text(69.0, 165.0, 3.6, 90.0).grey().put(out, sheet.address);
    text(69.0, 171.0, 3.6, 90.0)
        .grey()
        .put(out, "台账更正后不再符合要求的，查验时会提示失效");
    if let Some(hotline) = sheet.hotline {
        let told = format!("电话 Tel. {hotline}");
        text(69.0, 177.0, 3.6, 90.0).grey().put(out, &told);
    }
    let _ = write!(
        out,
        "<path stroke=\"#999\" stroke-width=\".2\" d=\"M190 168h70\"/>"
    );
}

/// Hours of training with at most one decimal, never rounded up.
pub(super) fn hours(minutes: i64, minutes_per_hour: i32) -> String {
    let tenths = minutes * 10 / i64::from(minutes_per_hour.max(1));
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::hours;

    #[test]
    fn hours_are_never_rounded_up() {
        for (minutes, of, told) in [
            (0, 45, "0"),
            (45, 45, "1"),
            (89, 45, "1.9"),
            (90, 45, "2"),
            (480, 45, "10.6"),
            (60, 60, "1"),
            (7, 0, "7"),
        ] {
            assert_eq!(hours(minutes, of), told, "{minutes}");
        }
    }
}
