//! What a region and an enterprise are, and how a text names one.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::{Code, Fault, Result};
use crate::sheets::ids;

/// Longest name of a place, in characters.
const MAX_NAME: usize = 100;

/// What kind of region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum RegionKind {
    /// 县
    County,
    /// 乡镇（街道）
    Township,
    /// 考核单位，如开发区管委会
    ReportingUnit,
}

impl RegionKind {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::Township => "township",
            Self::ReportingUnit => "reporting_unit",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "county" => Self::County,
            "reporting_unit" => Self::ReportingUnit,
            _ => Self::Township,
        }
    }
}

/// A county, township or reporting unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    pub id: Uuid,
    pub county_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub code: String,
    pub name: String,
    pub kind: RegionKind,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub successor_id: Option<Uuid>,
}

/// What is told of a new region.
#[derive(Clone, Debug, Serialize)]
pub struct NewRegion {
    pub code: String,
    pub name: String,
    pub kind: RegionKind,
    pub valid_from: NaiveDate,
}

impl Region {
    pub(super) fn made(id: Uuid, county_id: Uuid, parent_id: Option<Uuid>, new: NewRegion) -> Self {
        Self {
            id,
            county_id,
            parent_id,
            code: new.code,
            name: new.name,
            kind: new.kind,
            valid_from: new.valid_from,
            valid_to: None,
            successor_id: None,
        }
    }

    /// Whether it existed on that day.
    #[must_use]
    pub fn stood_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

pub(super) fn check_region(new: &NewRegion) -> Result<()> {
    if new.kind == RegionKind::County {
        return Err(Fault::field("/kind", "township | reporting_unit"));
    }
    if !(1..=32).contains(&new.code.len()) || !new.code.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Fault::field("/code", "1–32 [0-9A-Za-z]"));
    }
    if !(1..=MAX_NAME).contains(&new.name.trim().chars().count()) {
        return Err(Fault::field("/name", "1–100"));
    }
    Ok(())
}

/// A county's regions: few, so matched in memory.
pub struct Regions(Vec<Region>);

impl Regions {
    pub(super) fn new(mut all: Vec<Region>) -> Self {
        all.sort_by(|a, b| a.code.cmp(&b.code).then(a.valid_from.cmp(&b.valid_from)));
        Self(all)
    }

    /// In code order.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.0.iter()
    }

    /// The region with this id.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Region> {
        self.0.iter().find(|region| region.id == id)
    }

    /// The region that has this code on that day.
    #[must_use]
    pub fn by_code_on(&self, code: &str, day: NaiveDate) -> Option<&Region> {
        self.0
            .iter()
            .find(|region| region.code == code && region.stood_on(day))
    }

    /// The township a cell names by code or by name, as of `day`; a predecessor's name means its successor.
    #[must_use]
    pub fn named(&self, text: &str, day: NaiveDate) -> Option<&Region> {
        let text = text.trim();
        let found = self
            .townships()
            .find(|r| r.stood_on(day) && (r.code == text || r.name == text));
        found.or_else(|| {
            self.townships()
                .find(|r| r.code == text || r.name == text)
                .and_then(|r| self.on(r, day))
        })
    }

    /// The township mentioned inside free text (a title, a file's name): the longest name or code found in it.
    #[must_use]
    pub fn mentioned(&self, text: &str, day: NaiveDate) -> Option<&Region> {
        let hits = self.townships().filter_map(|region| {
            let by_code = text
                .contains(&region.code)
                .then_some(region.code.chars().count() + MAX_NAME);
            let by_name = text
                .contains(&region.name)
                .then_some(region.name.chars().count());
            by_code
                .or(by_name)
                .map(|weight| (weight, region.stood_on(day), region))
        });
        let (_, _, region) = hits.max_by_key(|(weight, stood, _)| (*weight, *stood))?;
        self.on(region, day)
    }

    /// The region itself with all it took over, so that its officer keeps seeing their rows.
    #[must_use]
    pub fn with_predecessors(&self, id: Uuid) -> Vec<Uuid> {
        let mut ids = vec![id];
        let mut next = 0;
        while let Some(current) = ids.get(next).copied() {
            for region in &self.0 {
                if region.successor_id == Some(current) && !ids.contains(&region.id) {
                    ids.push(region.id);
                }
            }
            next += 1;
        }
        ids
    }

    fn townships(&self) -> impl Iterator<Item = &Region> {
        self.0
            .iter()
            .filter(|region| region.kind != RegionKind::County)
    }

    /// The region that stood for this one on `day`: itself, or whoever had taken it over.
    #[must_use]
    pub fn standing(&self, id: Uuid, day: NaiveDate) -> Option<Uuid> {
        self.on(self.get(id)?, day).map(|region| region.id)
    }

    /// The region, or whoever had taken it over by `day`.
    fn on<'a>(&'a self, region: &'a Region, day: NaiveDate) -> Option<&'a Region> {
        let mut current = region;
        // Each step goes to another region, so as many steps as regions are enough even for a ring.
        for _ in 0..=self.0.len() {
            if current.valid_to.is_none_or(|last| day <= last) {
                return Some(current);
            }
            current = self.get(current.successor_id?)?;
        }
        None
    }
}

/// An enterprise (企业).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    pub id: Uuid,
    pub region_id: Uuid,
    pub name: String,
    pub credit_code: Option<String>,
    pub industry: String,
}

/// What is told of an enterprise.
#[derive(Clone, Debug, Serialize)]
pub struct NewEnterprise {
    pub region_id: Uuid,
    pub name: String,
    pub credit_code: Option<String>,
    pub industry: String,
}

impl Enterprise {
    pub(super) fn made(id: Uuid, region: &Region, new: NewEnterprise) -> Self {
        Self {
            id,
            region_id: region.id,
            name: new.name,
            credit_code: new.credit_code,
            industry: new.industry,
        }
    }
}

/// Checks and tidies what is told of an enterprise (credit code: GB 32100).
pub(super) fn check_enterprise(mut new: NewEnterprise) -> Result<NewEnterprise> {
    new.name = new.name.trim().to_owned();
    if !(2..=MAX_NAME).contains(&new.name.chars().count()) {
        return Err(Fault::field("/name", "2–100"));
    }
    if new.industry.chars().count() > 50 {
        return Err(Fault::field("/industry", "0–50"));
    }
    if let Some(code) = new
        .credit_code
        .take()
        .filter(|code| !code.trim().is_empty())
    {
        let checked = ids::credit_code(&code).map_err(|_| {
            Fault::new(Code::CreditCodeInvalid)
                .with("code", &code)
                .at("/credit_code")
        })?;
        new.credit_code = Some(checked);
    }
    Ok(new)
}

/// Finds enterprises as sheets name them: by credit code first, by exact name second.
pub struct EnterpriseIndex {
    all: Vec<Enterprise>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl EnterpriseIndex {
    pub(super) fn new(all: Vec<Enterprise>) -> Self {
        let (mut by_code, mut by_name) = (HashMap::new(), HashMap::<_, Vec<usize>>::new());
        for (place, enterprise) in all.iter().enumerate() {
            if let Some(code) = &enterprise.credit_code {
                by_code.insert(code.clone(), place);
            }
            by_name
                .entry(enterprise.name.clone())
                .or_default()
                .push(place);
        }
        Self {
            all,
            by_code,
            by_name,
        }
    }

    /// The enterprise meant; a name that several share is no answer.
    #[must_use]
    pub fn find(&self, credit_code: &str, name: &str) -> Option<&Enterprise> {
        let by_name = || match self.by_name.get(name).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            _ => None,
        };
        let place = self.by_code.get(credit_code).copied().or_else(by_name)?;
        self.all.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn region(
        id: u128,
        code: &str,
        name: &str,
        to: Option<&str>,
        successor: Option<u128>,
    ) -> Region {
        Region {
            id: Uuid::from_u128(id),
            county_id: Uuid::from_u128(99),
            parent_id: None,
            code: code.into(),
            name: name.into(),
            kind: RegionKind::Township,
            valid_from: day("2000-01-01"),
            valid_to: to.map(day),
            successor_id: successor.map(Uuid::from_u128),
        }
    }

    #[test]
    fn a_text_names_the_township_that_stood_that_day() {
        let all = Regions::new(vec![
            region(1, "330624004", "澄潭街道", None, None),
            region(2, "330624101", "澄潭镇", Some("2019-12-31"), Some(1)),
            region(3, "330624102", "梅渚镇", Some("2019-12-31"), Some(2)),
            region(4, "330624110", "儒岙镇", None, None),
        ]);
        let table = [
            (
                "澄潭街道企业员工安全培训签到表（第3期）",
                "2020-05-01",
                Some(1),
            ),
            ("澄潭镇第1期", "2019-05-01", Some(2)),
            ("澄潭镇第1期", "2020-05-01", Some(1)),
            ("梅渚镇", "2020-05-01", Some(1)),
            ("330624110-某班", "2020-05-01", Some(4)),
            // A code outweighs a name: files are named by the office, titles are copied.
            ("330624110-澄潭街道", "2020-05-01", Some(4)),
            ("全县大培训", "2020-05-01", None),
        ];
        for (text, on, expected) in table {
            let found = all.mentioned(text, day(on)).map(|r| r.id);
            assert_eq!(found, expected.map(Uuid::from_u128), "{text} {on}");
        }
        assert_eq!(
            all.named("澄潭镇", day("2021-01-01")).unwrap().code,
            "330624004"
        );
        assert!(all.named("澄潭", day("2021-01-01")).is_none());
        assert_eq!(all.with_predecessors(Uuid::from_u128(1)).len(), 3);
    }
}
