//! The columns of a sheet of people.

use chrono::NaiveDate;

use super::Named;
use crate::platform::Code;
use crate::platform::intake::{LineFault, LinePlace, ReadLine};
use crate::sheets::posts::TargetRole;
use crate::sheets::{self, Field, Limits, Schema, SheetError, cells, ids, posts, words};

/// One line of a sheet of people.
pub(super) struct PersonLine {
    pub(super) place: LinePlace,
    pub(super) named: Named,
    pub(super) enterprise_name: String,
    pub(super) credit_code: String,
    pub(super) role: TargetRole,
    pub(super) from_day: Option<NaiveDate>,
}

const SCHEMA: Schema = Schema {
    fields: &[
        Field {
            key: "name",
            words: words::NAME,
        },
        Field {
            key: "id_number",
            words: words::ID_NUMBER,
        },
        Field {
            key: "enterprise",
            words: words::ENTERPRISE,
        },
        Field {
            key: "credit_code",
            words: words::CREDIT_CODE,
        },
        Field {
            key: "role",
            words: words::ROLE,
        },
        Field {
            key: "phone",
            words: words::PHONE,
        },
        Field {
            key: "from_day",
            words: &[
                "入职日期",
                "入职时间",
                "上岗日期",
                "到岗日期",
                "from",
                "start date",
            ],
        },
    ],
    required: &["name", "id_number"],
};

/// Reads a sheet of people; a line that cannot be read is a fault in its place.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ReadLine<PersonLine>>, SheetError> {
    let book = sheets::read(bytes, &Limits::default())?;
    let mut lines = Vec::new();
    for table in sheets::tables(&book, &SCHEMA)? {
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

fn one(line: &sheets::Line<'_>, place: LinePlace) -> Result<PersonLine, LineFault> {
    let name = sheets::person_name(line.cell("name"))?;
    let id = ids::id_number(line.cell("id_number"))
        .map_err(|fault| LineFault::new("id_number", fault.code()))?;
    let from = line.text("from_day");
    let from_day = cells::day(line.cell("from_day"));
    if from_day.is_none() && !from.is_empty() {
        return Err(LineFault::new("from_day", Code::DayUnreadable).with("value", from));
    }
    Ok(PersonLine {
        place,
        named: Named {
            id,
            name,
            phone: cells::phone(line.cell("phone")),
        },
        enterprise_name: line.text("enterprise"),
        credit_code: line.text("credit_code"),
        role: posts::role(&line.text("role")),
        from_day,
    })
}
