//! Lines of people with certificates, as due lists and claims have them: judged alike, put on file alike.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::refresh;
use super::regime::IssuerState;
use super::rules::{Catalogues, Facts, Said, Sheet, counted_at, full_number};
use super::sheet::{Read, RosterLine};
use super::store;
use super::store::register::{Held, Saved, held, save_certificates};
use crate::people::{self, Known, Named, Sighting};
use crate::places::{self, EnterpriseIndex, Regions};
use crate::platform::idempotency::Work;
use crate::platform::intake::{ImportReport, LineFault};
use crate::platform::{Code, Fault, Result, Scope, clock};
use crate::sheets::posts::TargetRole;

/// What lines are judged by.
pub(super) struct Ground {
    /// The day as of which the sheet speaks.
    day: NaiveDate,
    regions: Regions,
    catalogues: Catalogues,
    enterprises: EnterpriseIndex,
    on_file: HashMap<String, Known>,
    /// Look-up hash of each certificate number, by ID number.
    hashes: HashMap<String, Vec<u8>>,
    held: HashMap<(Vec<u8>, String), Held>,
    /// Where the due list has these certificates; empty when the lines are a due list themselves.
    due: HashMap<Uuid, Uuid>,
    /// Where these people work now; asked only of claims.
    posts: HashMap<Uuid, Uuid>,
}

/// A line that goes in.
pub(super) struct Taken {
    named: Named,
    number_hash: Vec<u8>,
    item_code: String,
    catalogue_version: String,
    facts: Facts,
    /// The certificate, where it is on the register.
    held: Option<Held>,
    pub(super) region_id: Uuid,
    /// The due list has it.
    pub(super) on_list: bool,
}

impl Taken {
    /// The certificate's id, where it is on the register.
    pub(super) fn certificate_id(&self) -> Option<Uuid> {
        self.held.as_ref().map(|held| held.id)
    }

    /// The row to be written after a sheet of this kind told of it; none where that changes nothing.
    fn saved(&self, id: Uuid, person_id: Uuid, sheet: Sheet) -> Option<Saved<'_>> {
        let (facts, issuer_state, region_id) = match &self.held {
            None => {
                let state = match sheet {
                    Sheet::Claims => IssuerState::Unverified,
                    Sheet::NewestList | Sheet::OlderList => IssuerState::Listed,
                };
                (self.facts.clone(), state, self.region_id)
            }
            Some(held) => {
                let (facts, state) =
                    held.facts
                        .weighed(held.issuer_state, &self.facts, sheet, held.not_found);
                let newest = sheet == Sheet::NewestList;
                let region_id = if newest {
                    self.region_id
                } else {
                    held.region_id
                };
                let same = held.facts == facts && held.issuer_state == state;
                if same && held.region_id == region_id {
                    return None;
                }
                (facts, state, region_id)
            }
        };
        Some(Saved {
            id,
            person_id,
            number: full_number(self.named.id.number()),
            number_hash: &self.number_hash,
            item_code: &self.item_code,
            catalogue_version: &self.catalogue_version,
            region_id,
            facts,
            issuer_state,
        })
    }
}

/// A line that went in.
#[derive(Clone, Copy)]
pub(super) struct OnFile {
    pub(super) certificate_id: Uuid,
    pub(super) person_id: Uuid,
    /// The person was put on file by this sheet.
    pub(super) new_person: bool,
}

/// The lines that could be read, and a report that names the others.
pub(super) fn readable(
    work: &Work<'_>,
    read: Vec<Read>,
    preview: bool,
) -> (Vec<RosterLine>, ImportReport) {
    let mut report = ImportReport {
        preview,
        lines: i64::try_from(read.len()).unwrap_or(i64::MAX),
        ..Default::default()
    };
    let mut good = Vec::with_capacity(read.len());
    for line in read {
        match line {
            Ok(line) => good.push(line),
            Err((place, fault)) => report.refuse(place, &fault, work.by.lang),
        }
    }
    (good, report)
}

impl Ground {
    /// Everything a due list's lines are judged by.
    pub(super) async fn of_list(
        work: &Work<'_>,
        lines: &[RosterLine],
        frozen_on: NaiveDate,
    ) -> Result<Self> {
        let (tx, county) = (&work.tx, work.by.county_id);
        let numbers: HashSet<&str> = lines.iter().map(|line| line.named.id.number()).collect();
        let on_file = people::known(tx, work.state, county, numbers.iter().copied()).await?;
        let hash = |number: &&str| {
            (
                (*number).to_owned(),
                store::number_hash(work.state, &full_number(number)),
            )
        };
        let hashes: HashMap<String, Vec<u8>> = numbers.iter().map(hash).collect();
        let wanted: Vec<Vec<u8>> = hashes.values().cloned().collect();
        let codes: HashSet<&String> = lines.iter().map(|line| &line.credit_code).collect();
        let names: HashSet<&String> = lines.iter().map(|line| &line.enterprise_name).collect();
        let [codes, names] =
            [codes, names].map(|texts| texts.into_iter().cloned().collect::<Vec<_>>());
        Ok(Self {
            day: frozen_on,
            regions: places::regions(tx, county).await?,
            catalogues: store::catalogues(tx).await?,
            enterprises: places::enterprise_index(tx, county, &codes, &names).await?,
            on_file,
            held: held(tx, county, &wanted, frozen_on).await?,
            hashes,
            due: HashMap::new(),
            posts: HashMap::new(),
        })
    }

    /// Everything the lines of a sheet of claims are judged by: the newest due list and present posts besides.
    pub(super) async fn of_claims(work: &Work<'_>, lines: &[RosterLine]) -> Result<Self> {
        let mut ground = Self::of_list(work, lines, work.state.clock.today()).await?;
        if let Some(list) = store::due_lists::newest(&work.tx, work.by.county_id).await? {
            let certificates: Vec<Uuid> = ground.held.values().map(|held| held.id).collect();
            ground.due = store::due_lists::regions_on(&work.tx, list.id, &certificates).await?;
        }
        let persons: Vec<Uuid> = ground
            .on_file
            .values()
            .map(|known| known.person_id)
            .collect();
        ground.posts = store::posts(&work.tx, &persons).await?;
        Ok(ground)
    }

    /// Judges every line; refused ones are named in the report.
    pub(super) fn judge(
        &self,
        work: &Work<'_>,
        scope: &Scope,
        lines: Vec<RosterLine>,
        report: &mut ImportReport,
    ) -> Vec<Taken> {
        let mut names: HashMap<String, String> = HashMap::new();
        let mut seen = HashSet::new();
        let mut taken = Vec::with_capacity(lines.len());
        for line in lines {
            let place = line.place;
            match self.one(line, scope, &mut names, &mut seen) {
                Ok(line) => {
                    report.accepted += 1;
                    taken.push(line);
                }
                Err(fault) => report.refuse(place, &fault, work.by.lang),
            }
        }
        taken
    }

    fn one(
        &self,
        line: RosterLine,
        scope: &Scope,
        names: &mut HashMap<String, String>,
        seen: &mut HashSet<(Vec<u8>, String)>,
    ) -> Result<Taken, LineFault> {
        let number = line.named.id.number();
        let known = self.on_file.get(number);
        let other_name = known.map(|known| &known.name).or_else(|| names.get(number));
        if other_name.is_some_and(|name| *name != line.named.name) {
            return Err(LineFault::new(
                "certificate_number",
                Code::IdBelongsToAnotherName,
            ));
        }
        let item = self
            .catalogues
            .item(&line.item, line.first_issued, self.day);
        let unknown = || LineFault::new("item_code", Code::ItemUnknown).with("code", &line.item);
        let (catalogue, item) = item.ok_or_else(unknown)?;
        let number_hash = self.hashes.get(number).cloned().unwrap_or_default();
        let key = (number_hash, item.code.clone());
        if seen.contains(&key) {
            return Err(LineFault::new("certificate_number", Code::DuplicateInFile));
        }
        let held = self.held.get(&key).cloned();
        let enterprise = self
            .enterprises
            .find(&line.credit_code, &line.enterprise_name);
        let due = held
            .as_ref()
            .and_then(|held| self.due.get(&held.id))
            .copied();
        let works_at = enterprise.map(|e| e.region_id).or_else(|| self.post(known));
        let region_id = self.region(&line, due, works_at, scope)?;
        names
            .entry(number.to_owned())
            .or_insert_with(|| line.named.name.clone());
        seen.insert(key.clone());
        Ok(Taken {
            facts: Facts {
                first_issued: line.first_issued,
                valid_until: line.valid_until,
                reviewed_on: line.reviewed_on,
                review_due: line.review_due,
                training_centre: line.training_centre,
                enterprise_id: enterprise.map(|e| e.id),
                enterprise_name: enterprise.map_or(line.enterprise_name, |e| e.name.clone()),
            },
            named: line.named,
            number_hash: key.0,
            item_code: key.1,
            catalogue_version: catalogue.version.clone(),
            held,
            region_id,
            on_list: due.is_some(),
        })
    }

    /// Where a line counts, if that is known and in scope.
    fn region(
        &self,
        line: &RosterLine,
        due: Option<Uuid>,
        works_at: Option<Uuid>,
        scope: &Scope,
    ) -> Result<Uuid, LineFault> {
        let fault = |code, key| LineFault::new("region", code).with(key, line.region.join(" "));
        let region = counted_at(due, self.said(&line.region), works_at);
        let region = region.ok_or_else(|| fault(Code::RegionUnknown, "region"))?;
        if scope.reaches_region(region) {
            Ok(region)
        } else {
            Err(fault(Code::OutsideScope, "what"))
        }
    }

    fn post(&self, known: Option<&Known>) -> Option<Uuid> {
        self.posts.get(&known?.person_id).copied()
    }

    /// Which township a line's own cells name, its predecessors' names included.
    fn said(&self, texts: &[String]) -> Said {
        let exactly = || {
            texts
                .iter()
                .find_map(|text| self.regions.named(text, self.day))
        };
        let within = || {
            texts
                .iter()
                .find_map(|text| self.regions.mentioned(text, self.day))
        };
        match exactly().or_else(within) {
            Some(region) => Said::Region(region.id),
            None if texts.is_empty() => Said::Nothing,
            None => Said::Unknown,
        }
    }

    /// Who is not on file yet, each once, with the first phone any of his lines tells.
    fn new_people(&self, taken: &[Taken]) -> Vec<Named> {
        let mut new: HashMap<&str, Named> = HashMap::new();
        for line in taken {
            let number = line.named.id.number();
            if !self.on_file.contains_key(number) {
                let person = new.entry(number).or_insert_with(|| line.named.clone());
                person.phone = person.phone.take().or_else(|| line.named.phone.clone());
            }
        }
        new.into_values().collect()
    }

    /// Puts people and certificates on file, all at once, in the order of the lines.
    ///
    /// The newest due list changes what is on the register; any other sheet only fills in what is missing there.
    pub(super) async fn put_on_file(
        &self,
        work: &Work<'_>,
        taken: &[Taken],
        sheet: Sheet,
    ) -> Result<Vec<OnFile>> {
        let new = self.new_people(taken);
        let added = people::add_people(work, &new).await?;
        let mut on_file = Vec::with_capacity(taken.len());
        let (mut saved, mut changed) = (Vec::new(), Vec::new());
        for line in taken {
            let number = line.named.id.number();
            let known = self.on_file.get(number).or_else(|| added.get(number));
            let known = known.ok_or_else(|| Fault::internal("a person just added is unknown"))?;
            let certificate_id = line.certificate_id().unwrap_or_else(clock::new_id);
            let (person_id, before) = (known.person_id, line.held.as_ref());
            if let Some(row) = line.saved(certificate_id, person_id, sheet) {
                saved.push(row);
                changed.extend(before.map(|held| held.id));
            }
            on_file.push(OnFile {
                certificate_id,
                person_id,
                new_person: added.contains_key(number),
            });
        }
        save_certificates(work, &saved).await?;
        refresh::facts_changed(work, &changed).await?;
        Ok(on_file)
    }
}

/// A holder seen at work where his line says.
pub(super) fn sighting(line: &Taken, person_id: Uuid, day: NaiveDate) -> (Uuid, Sighting) {
    let sighting = Sighting {
        region_id: line.region_id,
        enterprise_id: line.facts.enterprise_id,
        enterprise_name: line.facts.enterprise_name.clone(),
        role: TargetRole::KeyPost,
        day,
    };
    (person_id, sighting)
}

/// Whether a line tells where its holder works.
pub(super) fn tells_employer(line: &Taken) -> bool {
    !line.facts.enterprise_name.is_empty()
}
