//! What opens a door once: made at random or from a random seed, told to its owner, kept as a keyed hash.

use uuid::Uuid;

use super::store::secrets as rows;
use crate::platform::idempotency::Work;
use crate::platform::{Code, Fault, Result, State, seal};

/// Signs of a typed code, without look-alikes (0 O 1 I L).
const SIGNS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Signs of a typed code: 31⁸ are 8.5 × 10¹¹, and five failures lock.
const CODE_LENGTH: usize = 8;
const HOUR: i64 = 3_600_000_000;

/// Which door a secret opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// 邀请
    Invite,
    /// 重设密码
    Reset,
    /// 激活
    Activate,
}

impl Purpose {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reset => "reset",
            Self::Activate => "activate",
        }
    }

    /// How long it opens, in microseconds.
    const fn life(self) -> i64 {
        match self {
            Self::Invite | Self::Activate => 7 * 24 * HOUR,
            Self::Reset => HOUR,
        }
    }
}

/// Whom a secret lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Account(Uuid),
    Person(Uuid),
}

/// A secret as its owner gets it, once.
pub struct Told {
    pub secret: String,
    pub id: Uuid,
    /// Microseconds since 1970.
    pub expires_at: i64,
}

/// Makes a long secret for a link.
pub(super) async fn link(
    work: &Work<'_>,
    county_id: Uuid,
    purpose: Purpose,
    whose: Whose,
) -> Result<Told> {
    let secret = hex::encode(seal::random::<32>()?);
    keep(work, county_id, purpose, whose, secret).await
}

/// Makes a short code to be typed.
pub(super) async fn code(work: &Work<'_>, county_id: Uuid, person_id: Uuid) -> Result<Told> {
    let secret = typed_code(|| Ok(seal::random::<32>()?.to_vec()))?;
    let whose = Whose::Person(person_id);
    keep(work, county_id, Purpose::Activate, whose, secret).await
}

/// From which a printed code is made, together with the look-up key; alone it tells nothing of it.
pub(super) type Seed = String;

/// Makes a short code to be printed, and the seed by which [`printed_again`] makes the same one for a retried request.
///
/// The kept answer of such a request holds the seed in the place of the code. A sealed code in it would be one more value
/// to be sealed anew when keys change, in a table that knows nothing of what it keeps; the look-up key never changes.
pub(super) async fn printed(
    work: &Work<'_>,
    county_id: Uuid,
    person_id: Uuid,
) -> Result<(Told, Seed)> {
    let seed = hex::encode(seal::random::<32>()?);
    let secret = printed_again(work.state, person_id, &seed)?;
    let whose = Whose::Person(person_id);
    let told = keep(work, county_id, Purpose::Activate, whose, secret).await?;
    Ok((told, seed))
}

/// The code of a seed.
///
/// # Errors
/// `internal`, never so far: some of the bytes are always of use.
pub(super) fn printed_again(state: &State, person_id: Uuid, seed: &str) -> Result<String> {
    let mut round = 0_u8;
    typed_code(|| {
        round = round
            .checked_add(1)
            .ok_or_else(|| Fault::internal("no code of this seed"))?;
        let told = format!("{person_id}:{seed}:{round}");
        Ok(state.seal.lookup("secret.printed", &told))
    })
}

/// A code of the signs that these bytes choose.
fn typed_code(mut bytes: impl FnMut() -> Result<Vec<u8>>) -> Result<String> {
    let mut code = String::with_capacity(CODE_LENGTH);
    while code.len() < CODE_LENGTH {
        for byte in bytes()? {
            // 248 is the largest multiple of 31 below 256: every sign is as likely.
            if byte < 248 && code.len() < CODE_LENGTH {
                code.push(char::from(SIGNS[usize::from(byte) % SIGNS.len()]));
            }
        }
    }
    Ok(code)
}

async fn keep(
    work: &Work<'_>,
    county_id: Uuid,
    purpose: Purpose,
    whose: Whose,
    secret: String,
) -> Result<Told> {
    let expires_at = work.now + purpose.life();
    let new = rows::NewSecret {
        county_id,
        purpose,
        whose,
        hash: hash(work.state, purpose, whose, &secret),
        expires_at,
        made_by: work.by.account(),
    };
    let id = rows::keep(&work.tx, new, work.now).await?;
    Ok(Told {
        secret,
        id,
        expires_at,
    })
}

/// A typed code is short: its hash is bound to the person, so that it opens his door only.
fn hash(state: &State, purpose: Purpose, whose: Whose, secret: &str) -> Vec<u8> {
    let purpose = format!("secret.{}", purpose.word());
    match whose {
        Whose::Account(_) => state.seal.lookup(&purpose, secret),
        Whose::Person(id) => state.seal.lookup(&purpose, &format!("{id}:{secret}")),
    }
}

/// A code as people type it: small letters, spaces and dashes make no difference.
#[must_use]
pub fn cleaned(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The account an open link belongs to. It is not taken by that: asked before anything is held or hashed for it.
///
/// # Errors
/// `secret_refused` when it is unknown, used or too old.
pub(super) async fn account_of(state: &State, purpose: Purpose, secret: &str) -> Result<Uuid> {
    let hash = hash(state, purpose, Whose::Account(Uuid::nil()), secret);
    rows::look(state.db.read(), purpose, &hash, state.clock.now())
        .await?
        .and_then(|row| row.account_id)
        .ok_or_else(refused)
}

/// Takes a secret: it opens nothing any more. An account's row is held before.
///
/// # Errors
/// `secret_refused` when it is unknown, used or too old.
pub(super) async fn take(
    work: &Work<'_>,
    purpose: Purpose,
    whose: Option<Uuid>,
    secret: &str,
) -> Result<rows::Secret> {
    let whose = whose.map_or(Whose::Account(Uuid::nil()), Whose::Person);
    let hash = hash(work.state, purpose, whose, secret);
    let row = rows::open(&work.tx, purpose, &hash, work.now)
        .await?
        .ok_or_else(refused)?;
    rows::mark_used(&work.tx, row.id, work.now).await?;
    Ok(row)
}

pub(super) fn refused() -> Fault {
    Fault::new(Code::SecretRefused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_no_look_alikes_and_are_read_as_people_type_them() {
        for _ in 0..200 {
            let code = typed_code(|| Ok(seal::random::<32>()?.to_vec())).unwrap();
            assert_eq!(code.len(), CODE_LENGTH);
            assert!(code.chars().all(|c| !"0O1IL".contains(c)), "{code}");
        }
        assert_eq!(cleaned(" ab2c-d3ef "), "AB2CD3EF");
    }
}
