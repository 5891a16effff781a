//! The columns of an enterprise sheet.

use super::tags::rules;
use crate::platform::Code;
use crate::platform::intake::{LineFault, LinePlace, ReadLine};
use crate::sheets::{self, Field, Limits, Schema, SheetError, cells, ids};

/// One line of an enterprise sheet, read but not yet matched to a region.
pub(super) struct EnterpriseLine {
    pub(super) place: LinePlace,
    pub(super) name: String,
    pub(super) credit_code: Option<String>,
    /// Code or name of the township.
    pub(super) region: Vec<String>,
    pub(super) industry: String,
    /// Words of the tags it is to bear; none where the cell is empty.
    pub(super) tags: Vec<&'static str>,
}

const SCHEMA: Schema = Schema {
    fields: &[
        Field {
            key: "name",
            words: &[
                "企业名称",
                "单位名称",
                "工作单位",
                "公司名称",
                "企业",
                "单位",
                "name",
                "enterprise",
                "company",
            ],
        },
        Field {
            key: "credit_code",
            words: &[
                "统一社会信用代码",
                "社会信用代码",
                "信用代码",
                "credit code",
                "uscc",
            ],
        },
        Field {
            key: "region_code",
            words: &[
                "乡镇代码",
                "区划代码",
                "街道代码",
                "所在乡镇代码",
                "region code",
                "township code",
            ],
        },
        Field {
            key: "region",
            words: &[
                "所在乡镇",
                "乡镇",
                "乡镇街道",
                "乡镇（街道）",
                "所在镇",
                "街道",
                "所属乡镇",
                "属地",
                "township",
                "region",
            ],
        },
        Field {
            key: "industry",
            words: &["行业类别", "行业", "所属行业", "行业类型", "industry"],
        },
        Field {
            key: "tags",
            words: &["企业标签", "标签", "监管类别", "tags"],
        },
    ],
    required: &["name"],
};

/// Reads an enterprise sheet; a line that cannot be read is a fault in its place.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ReadLine<EnterpriseLine>>, SheetError> {
    let book = sheets::read(bytes, &Limits::default())?;
    let mut lines = Vec::new();
    for table in sheets::tables(&book, &SCHEMA)? {
        for line in table.lines() {
            let number = u32::try_from(lines.len() + 1).unwrap_or(u32::MAX);
            let place = LinePlace {
                line: number,
                sheet_row: line.sheet_row,
            };
            let name = cells::name(line.cell("name"));
            if name.is_empty() {
                lines.push(Err((place, LineFault::new("name", Code::NameMissing))));
                continue;
            }
            let code = line.text("credit_code");
            let credit_code = match ids::credit_code(&code) {
                _ if code.is_empty() => None,
                Ok(code) => Some(code),
                Err(_) => {
                    let fault =
                        LineFault::new("credit_code", Code::CreditCodeInvalid).with("code", code);
                    lines.push(Err((place, fault)));
                    continue;
                }
            };
            let tags = match tags(&line.text("tags")) {
                Ok(tags) => tags,
                Err(text) => {
                    let fault = LineFault::new("tags", Code::TagUnknown).with("tag", text);
                    lines.push(Err((place, fault)));
                    continue;
                }
            };
            let region = ["region_code", "region"].map(|key| line.text(key));
            lines.push(Ok(EnterpriseLine {
                place,
                name,
                credit_code,
                region: region.into_iter().filter(|text| !text.is_empty()).collect(),
                industry: line.text("industry"),
                tags,
            }));
        }
    }
    Ok(lines)
}

/// The tags a cell lists, parted as clerks part them; else the text that names none.
fn tags(cell: &str) -> Result<Vec<&'static str>, &str> {
    let parts = cell.split(['、', ',', '，', ';', '；', '/', '\n']);
    let named = parts.map(str::trim).filter(|part| !part.is_empty());
    named
        .map(|text| rules::of_text(text).map(|tag| tag.word).ok_or(text))
        .collect()
}
