//! Codes made: a place in the status list, a typed code, a signature; many at once.

use std::collections::HashSet;

use uuid::Uuid;

use super::ground::Ground;
use super::keys::{self, Signer};
use super::rules::{CodeState, Content, Method, TYPED_SIGNS, typed_code};
use super::store::{self, Issued};
use super::tc1::{self, Credential};
use crate::platform::idempotency::Work;
use crate::platform::{Fault, Result, seal};

/// Places of the smallest status list: two bits each, so nothing to fear, and a place tells nobody how many there are.
const LEAST_PLACES: u64 = 1 << 16;
/// Of so many places one is taken at most: drawing a free one at random stays cheap.
const PLACES_A_CODE: u64 = 4;
/// Rounds of drawing; with a quarter of the places taken, a thirtieth leaves one of 10¹⁸ without.
const ROUNDS: usize = 30;

/// Whose code is to be made.
pub(super) struct Want {
    pub(super) person_id: Uuid,
    pub(super) holder_key: Option<[u8; 33]>,
    pub(super) method: Method,
    pub(super) content: Content,
}

/// Makes codes and writes them. Whoever has a living code already must have lost it before.
///
/// # Errors
/// `issuer_key_missing`; database faults.
pub(super) async fn issue(
    work: &Work<'_>,
    ground: &Ground,
    wants: Vec<Want>,
) -> Result<Vec<Issued>> {
    if wants.is_empty() {
        return Ok(Vec::new());
    }
    let signer = keys::signer(work).await?;
    let mut places = draw_places(work, wants.len()).await?;
    let mut typed = draw_typed(work, wants.len()).await?;
    let mut made = Vec::with_capacity(wants.len());
    for want in wants {
        let (Some(place), Some(typed)) = (places.pop(), typed.pop()) else {
            return Err(Fault::internal("too few places were drawn"));
        };
        made.push(one(work, ground, &signer, want, place, typed)?);
    }
    store::insert_codes(work, &made).await?;
    store::keys::mark_stale(work).await?;
    Ok(made)
}

fn one(
    work: &Work<'_>,
    ground: &Ground,
    signer: &Signer,
    want: Want,
    status_index: u32,
    typed_code: String,
) -> Result<Issued> {
    let brief = ground.brief(want.person_id)?;
    let (region_id, enterprise_id) = ground
        .place(want.person_id)
        .ok_or_else(|| Fault::internal("a code without a certificate"))?;
    let id = seal::random::<16>()?;
    let credential = Credential {
        id,
        issued: work.now / 1_000_000,
        expires: None,
        name: brief.name.clone(),
        id_tail: brief.id_tail.clone(),
        items: want.content.items,
        status_index,
        holder: want.holder_key,
    };
    let signed = tc1::sign(&credential, &signer.key).map_err(|e| Fault::internal(e.to_string()))?;
    Ok(Issued {
        id: Uuid::from_bytes(id),
        county_id: work.by.county_id,
        person_id: want.person_id,
        person_name: brief.name.clone(),
        id_masked: String::new(),
        region_id,
        enterprise_id,
        status_index,
        typed_code,
        state: CodeState::Active,
        held_by: None,
        reason: String::new(),
        method: want.method,
        holder_key: want.holder_key.map(|key| key.to_vec()),
        kid: hex::encode(signer.key.kid()),
        credential: signed,
        replaced_by: None,
        issued_at: work.now,
        changed_at: work.now,
    })
}

/// Free places in the county's status list, drawn at random.
async fn draw_places(work: &Work<'_>, wanted: usize) -> Result<Vec<u32>> {
    let county = work.by.county_id;
    let made = store::count(&work.tx, county).await? + wanted as u64;
    let room = (made * PLACES_A_CODE).next_power_of_two().max(LEAST_PLACES);
    let mut free: HashSet<i64> = HashSet::with_capacity(wanted);
    for _ in 0..ROUNDS {
        let missing = wanted - free.len();
        if missing == 0 {
            break;
        }
        let mut drawn = Vec::with_capacity(missing);
        for _ in 0..missing {
            let number = u64::from_le_bytes(seal::random::<8>()?) % room;
            drawn.push(i64::try_from(number).unwrap_or(i64::MAX));
        }
        let taken = store::taken_places(&work.tx, county, &drawn).await?;
        free.extend(drawn.into_iter().filter(|place| !taken.contains(place)));
    }
    let places = free.into_iter().map(u32::try_from);
    places
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| Fault::internal("the status list is full"))
}

/// Free typed codes, drawn at random.
async fn draw_typed(work: &Work<'_>, wanted: usize) -> Result<Vec<String>> {
    let mut free: HashSet<String> = HashSet::with_capacity(wanted);
    for _ in 0..ROUNDS {
        let missing = wanted - free.len();
        if missing == 0 {
            break;
        }
        let drawn = (0..missing)
            .map(|_| one_typed())
            .collect::<Result<Vec<_>>>()?;
        let taken = store::taken_typed(&work.tx, work.by.county_id, &drawn).await?;
        free.extend(drawn.into_iter().filter(|typed| !taken.contains(typed)));
    }
    Ok(free.into_iter().collect())
}

/// A typed code drawn at random.
///
/// # Errors
/// When the machine has no randomness.
pub fn one_typed() -> Result<String> {
    let mut numbers = [0; TYPED_SIGNS];
    let mut filled = 0;
    while filled < TYPED_SIGNS {
        for byte in seal::random::<16>()? {
            // 248 is the largest multiple of 31 below 256: every sign is as likely.
            if byte < 248 && filled < TYPED_SIGNS {
                numbers[filled] = byte % 31;
                filled += 1;
            }
        }
    }
    Ok(typed_code(numbers))
}
