//! One account of each role, a township officer for every township, kept in an owner-only file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::accounts::{self, Held, NewAccount};
use crate::certificates;
use crate::people;
use crate::places::{self, Region, RegionKind};
use crate::platform::config::write_private_file;
use crate::platform::{App, Caller, Fault, Result, Role, seal};

/// Holders of codes among whom the demo's worker is looked for.
const HOLDERS: u64 = 100;
/// Under the data folder.
pub const ACCOUNTS_FILE: &str = "demo-accounts.json";

/// A login of the demo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoAccount {
    pub role: String,
    pub login: String,
    pub password: String,
    /// Code of the region at which the role is held.
    pub region: String,
}

/// Makes the accounts that are missing; those in the file keep their passwords.
pub(super) async fn ensure(state: &App, by: &Caller, county: &Region) -> Result<Vec<DemoAccount>> {
    let path = state.settings.data.join(ACCOUNTS_FILE);
    let kept = read(&path)?;
    let existing = accounts::list(state.db.read(), county.id).await?;
    let mut made = Vec::new();
    for (login, name, region, held) in wanted(state, county).await? {
        let there = existing
            .iter()
            .any(|account| account.login == login && !account.disabled);
        if let (true, Some(known)) = (there, kept.iter().find(|account| account.login == login)) {
            made.push(known.clone());
            continue;
        }
        let password = password()?;
        let role = held.role.word().to_owned();
        let new = NewAccount {
            login: login.clone(),
            name,
            password: password.clone(),
            held,
        };
        accounts::add(state, by, new, true).await?;
        made.push(DemoAccount {
            role,
            login,
            password,
            region,
        });
    }
    // Accounts of another county loaded into the same data stay in the file.
    let others = kept
        .into_iter()
        .filter(|old| made.iter().all(|new| new.login != old.login));
    let all: Vec<DemoAccount> = made.iter().cloned().chain(others).collect();
    write_private_file(&path, &serde_json::to_vec_pretty(&all)?)?;
    Ok(made)
}

fn read(path: &Path) -> Result<Vec<DemoAccount>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(Fault::internal(format!("{}: {e}", path.display()))),
    }
}

type Wanted = (String, String, String, Held);

async fn wanted(state: &App, county: &Region) -> Result<Vec<Wanted>> {
    let regions = places::regions(state.db.read(), county.id).await?;
    let today = state.clock.today();
    let townships: Vec<&Region> = regions
        .iter()
        .filter(|r| r.kind != RegionKind::County && r.valid_to.is_none_or(|last| today <= last))
        .collect();
    let at = |role, region: &Region| Held {
        role,
        region_id: Some(region.id),
        enterprise_id: None,
        person_id: None,
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for (role, word) in [
        (Role::CountyAdmin, "县局管理员"),
        (Role::CountyOfficer, "县局业务员"),
        (Role::SystemAdmin, "系统管理员"),
        (Role::Auditor, "审计员"),
        (Role::Inspector, "执法员"),
    ] {
        let login = format!("{}-{}", role.word().replace('_', "-"), county.code);
        wanted.push((
            login,
            word.to_owned(),
            county.code.clone(),
            at(role, county),
        ));
    }
    for township in &townships {
        let login = format!("township-officer-{}", township.code);
        let name = format!("{}安监员", township.name);
        wanted.push((
            login,
            name,
            township.code.clone(),
            at(Role::TownshipOfficer, township),
        ));
    }
    if let Some(first) = townships.first() {
        let login = format!("trainer-{}", first.code);
        wanted.push((
            login,
            format!("{}培训教师", first.name),
            first.code.clone(),
            at(Role::Trainer, first),
        ));
    }
    // Somebody with a code to show, among the first who claimed one.
    let holders = certificates::claimants(state.db.read(), county.id, None, HOLDERS).await?;
    if let Some((person, post)) =
        people::first_employed(state.db.read(), county.id, &holders).await?
    {
        let region = post
            .enterprise_id
            .and(regions.get(post.region_id))
            .map(|r| r.code.clone())
            .unwrap_or_default();
        let worker = Held {
            role: Role::Worker,
            region_id: None,
            enterprise_id: None,
            person_id: Some(person.id),
        };
        wanted.push((
            format!("worker-{}", county.code),
            person.name,
            region.clone(),
            worker,
        ));
        if post.enterprise_id.is_some() {
            let manager = Held {
                role: Role::EnterpriseManager,
                region_id: None,
                enterprise_id: post.enterprise_id,
                person_id: None,
            };
            let login = format!("enterprise-manager-{}", county.code);
            wanted.push((
                login,
                format!("{}安全管理员", post.enterprise_name),
                region,
                manager,
            ));
        }
    }
    Ok(wanted)
}

/// Easy to read aloud, hard to guess: 20 letters and digits without look-alikes.
fn password() -> Result<String> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let bytes = seal::random::<20>()?;
    Ok(bytes
        .iter()
        .filter_map(|b| LETTERS.get(usize::from(*b) % LETTERS.len()))
        .map(|b| char::from(*b))
        .collect())
}
