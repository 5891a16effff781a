//! Phones of the demo's people: each has a key whose private half nobody keeps, so whoever plays one of them moves the
//! code to a phone of his own.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::certificates;
use crate::codes::claim::{self, Bulk};
use crate::codes::{keys, presentation};
use crate::platform::{App, Caller, Code, Fault, Result};

/// People of one step.
const STEP: u64 = 2_000;

/// The demo's issuer keys, and a code for everybody whose claim was imported. Safe to run twice.
pub(super) async fn ensure(state: &App, by: &Caller) -> Result<usize> {
    match keys::init(state, by, true).await {
        Err(fault) if fault.code != Code::IssuerKeysExist => return Err(fault),
        _ => {}
    }
    let (mut after, mut made) = (None, 0);
    loop {
        let page = certificates::claimants(state.db.read(), by.county_id, after, STEP).await?;
        let Some(last) = page.last() else {
            return Ok(made);
        };
        after = Some(*last);
        let bulk = page.iter().map(|person_id| {
            Ok(Bulk {
                person_id: *person_id,
                holder_key: Some(phone()?),
            })
        });
        made += claim::issue_for(state, by, bulk.collect::<Result<_>>()?).await?;
    }
}

/// The public half of a new phone's key.
fn phone() -> Result<[u8; 33]> {
    let refused = || Fault::internal("no key for a phone of the demo");
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| refused())?;
    presentation::holder_key(pair.public_key().as_ref()).ok_or_else(refused)
}
