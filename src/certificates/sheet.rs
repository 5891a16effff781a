//! The columns of a sheet of certificates: due lists and claims alike.

use chrono::NaiveDate;

use crate::people::Named;
use crate::platform::Code;
use crate::platform::intake::{LineFault, LinePlace};
use crate::sheets::ids::IdNumber;
use crate::sheets::text::tight;
use crate::sheets::{self, Cell, Field, Limits, Schema, SheetError, cells, ids, words};

/// One line of a due list or of a sheet of claims, not yet matched to anything.
pub(super) struct RosterLine {
    pub(super) place: LinePlace,
    pub(super) named: Named,
    /// Code or name of the item, without spaces.
    pub(super) item: String,
    pub(super) first_issued: Option<NaiveDate>,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) reviewed_on: Option<NaiveDate>,
    pub(super) review_due: Option<NaiveDate>,
    pub(super) training_centre: String,
    /// Code and name of the township, as far as the line has them.
    pub(super) region: Vec<String>,
    pub(super) enterprise_name: String,
    pub(super) credit_code: String,
}

/// A line, or where it stands and why it cannot be read.
pub(super) type Read = Result<RosterLine, (LinePlace, LineFault)>;

/// Letters of a name of an enterprise or a training centre that are kept as written.
const MAX_NAME: usize = 200;

const SCHEMA: Schema = Schema {
    fields: &[
        Field {
            key: "name",
            words: words::NAME,
        },
        Field {
            key: "certificate_number",
            words: words::CERTIFICATE_NUMBER,
        },
        Field {
            key: "id_number",
            words: words::ID_NUMBER,
        },
        Field {
            key: "item_code",
            words: words::ITEM_CODE,
        },
        Field {
            key: "item",
            words: &[
                "操作项目",
                "准操项目",
                "作业项目",
                "操作项目名称",
                "准操项目名称",
                "作业项目名称",
            ],
        },
        Field {
            key: "first_issued",
            words: words::FIRST_ISSUED,
        },
        Field {
            key: "valid_until",
            words: words::VALID_UNTIL,
        },
        Field {
            key: "reviewed_on",
            words: words::REVIEWED_ON,
        },
        Field {
            key: "review_due",
            words: words::REVIEW_DUE,
        },
        Field {
            key: "training_centre",
            words: words::TRAINING_CENTRE,
        },
        Field {
            key: "phone",
            words: words::PHONE,
        },
        Field {
            key: "region_code",
            words: words::REGION_CODE,
        },
        Field {
            key: "region",
            words: words::REGION,
        },
        Field {
            key: "enterprise",
            words: words::ENTERPRISE,
        },
        Field {
            key: "credit_code",
            words: words::CREDIT_CODE,
        },
    ],
    required: &["name"],
};

/// Reads a sheet of certificates; a line that cannot be read is a fault in its place.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Read>, SheetError> {
    let book = sheets::read(bytes, &Limits::default())?;
    let mut tables = sheets::tables(&book, &SCHEMA)?;
    // Number and item stand in one of two columns each; a tab without them is another list.
    tables.retain(|table| {
        [["certificate_number", "id_number"], ["item_code", "item"]]
            .iter()
            .all(|keys| keys.iter().any(|key| table.has(key)))
    });
    if tables.is_empty() {
        return Err(SheetError::NoHeader);
    }
    let mut lines = Vec::new();
    for table in &tables {
        for line in table.lines() {
            let number = u32::try_from(lines.len() + 1).unwrap_or(u32::MAX);
            let place = LinePlace {
                line: number,
                sheet_row: line.sheet_row,
            };
            lines.push(one(&line, place).map_err(|fault| (place, fault)));
        }
    }
    Ok(lines)
}

fn one(line: &sheets::Line<'_>, place: LinePlace) -> Result<RosterLine, LineFault> {
    let name = sheets::person_name(line.cell("name"))?;
    let id = number(line)?;
    let item = ["item_code", "item"].map(|key| tight(&line.text(key)));
    let region = ["region_code", "region"].map(|key| line.text(key));
    let named = |key| -> String { cells::name(line.cell(key)).chars().take(MAX_NAME).collect() };
    Ok(RosterLine {
        place,
        named: Named {
            id,
            name,
            phone: cells::phone(line.cell("phone")),
        },
        item: item
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        first_issued: day(line, "first_issued", line.cell("first_issued"))?,
        valid_until: day(line, "valid_until", &end_of_span(line.cell("valid_until")))?,
        reviewed_on: day(line, "reviewed_on", line.cell("reviewed_on"))?,
        review_due: day(line, "review_due", line.cell("review_due"))?,
        training_centre: named("training_centre"),
        region: region.into_iter().filter(|text| !text.is_empty()).collect(),
        enterprise_name: named("enterprise"),
        credit_code: line.text("credit_code"),
    })
}

/// The holder's ID number: the certificate's is "T" and that number, and where both stand they must agree.
fn number(line: &sheets::Line<'_>) -> Result<IdNumber, LineFault> {
    let [certificate, id] = ["certificate_number", "id_number"].map(|key| {
        let cell = line.cell(key);
        let read = ids::certificate_number(cell).map_err(|fault| LineFault::new(key, fault.code()));
        (!cell.is_blank()).then_some(read)
    });
    match (certificate.transpose()?, id.transpose()?) {
        (Some(certificate), Some(id)) if certificate != id => {
            Err(LineFault::new("certificate_number", Code::IdNumberInvalid))
        }
        (Some(number), _) | (None, Some(number)) => Ok(number),
        (None, None) => Err(LineFault::new("certificate_number", Code::IdMissing)),
    }
}

fn day(
    line: &sheets::Line<'_>,
    key: &'static str,
    cell: &Cell,
) -> Result<Option<NaiveDate>, LineFault> {
    let text = tight(&line.text(key));
    match cells::day(cell) {
        None if !matches!(text.as_str(), "" | "-" | "/" | "—" | "无") => {
            Err(LineFault::new(key, Code::DayUnreadable).with("value", text))
        }
        day => Ok(day),
    }
}

/// The second day of a cell with two: "2015-02-18至2021-02-18", "2015.02.18-2021.02.18".
fn end_of_span(cell: &Cell) -> Cell {
    let Cell::Text(text) = cell else {
        return cell.clone();
    };
    let day_in = |text: &str| cells::day(&Cell::Text(text.to_owned())).is_some();
    let marks = text.match_indices(['至', '到', '~', '～', '—', '–', '-']);
    let mut ends =
        marks.filter_map(|(at, mark)| Some((text.get(..at)?, text.get(at + mark.len()..)?)));
    let end = ends
        .find(|(from, until)| day_in(from) && day_in(until))
        .map(|(_, until)| until);
    Cell::Text(end.unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Result<(String, String, Option<NaiveDate>), Code>;

    fn lines(csv: &str) -> Vec<Read> {
        let read = read(csv.as_bytes()).unwrap();
        read.into_iter()
            .map(|line| match line {
                Ok(line) => Ok((
                    line.named.id.number().to_owned(),
                    line.item,
                    line.valid_until,
                )),
                Err((_, fault)) => Err(fault.code),
            })
            .collect()
    }

    #[test]
    fn a_span_ends_on_its_second_day() {
        let until = NaiveDate::from_ymd_opt(2021, 2, 18);
        for text in [
            "2021-02-18",
            "2015-02-18至2021-02-18",
            "2015-02-18-2021-02-18",
            "2015.02.18-2021.02.18",
            "2015年2月18日~2021年2月18日",
            "20150218—20210218",
            "至2021-02-18",
        ] {
            assert_eq!(
                cells::day(&end_of_span(&Cell::Text(text.into()))),
                until,
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_stands_in_one_column_or_in_two_that_agree() {
        let id = "11010519491231002X";
        let until = NaiveDate::from_ymd_opt(2021, 2, 18);
        let good = |item: &str| Ok((id.to_owned(), item.to_owned(), until));
        let one_column = format!(
            "姓名,证件号码,作业代码,有效期至\n甲某,T{id},1.2,2021-02-18\n乙某,,1.2,2021-02-18\n"
        );
        assert_eq!(lines(&one_column), [good("1.2"), Err(Code::IdMissing)]);
        let two_columns = format!(
            "姓名,身份证号码,证书编号,准操项目,有效期限\n\
             甲某,{id},T{id},低压电工 作业,2015-02-18至2021年2月18日\n\
             乙某,330699198405089240,T{id},1.2,2021-02-18\n\
             丙某,330699198405089241,T{id},1.2,2021-02-18\n\
             丁某,{id},T{id},1.10,看证书\n"
        );
        let expected = [
            good("低压电工作业"),
            Err(Code::IdNumberInvalid),
            Err(Code::IdChecksum),
            Err(Code::DayUnreadable),
        ];
        assert_eq!(lines(&two_columns), expected);
        assert!(matches!(
            read("姓名,身份证号码\n甲某,1\n".as_bytes()),
            Err(SheetError::NoHeader)
        ));
    }
}
