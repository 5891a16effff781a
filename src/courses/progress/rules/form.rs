//! Open players as they are stored: ids, and numbers of seven bits a byte.

use uuid::Uuid;

use super::spans::{put, take};
use super::{Player, Run, Terms};

/// Players as bytes.
#[must_use]
pub fn encode_players(players: &[Player]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(players.len() * 96);
    for player in players {
        for id in [player.id, player.enrolment_id, player.lesson_id] {
            bytes.extend_from_slice(id.as_bytes());
        }
        let terms = player.terms;
        put(&mut bytes, player.opened_at);
        for number in [terms.seconds, terms.demanded, terms.presence_every] {
            put(&mut bytes, number);
        }
        put(
            &mut bytes,
            i64::try_from(player.runs.len()).unwrap_or_default(),
        );
        for run in &player.runs {
            // The opening stands before number 0.
            for number in [run.first + 1, run.last + 1, run.starts_at, run.starts_from] {
                put(&mut bytes, number);
            }
            for number in [run.ends_at, run.ends_to] {
                put(&mut bytes, number);
            }
        }
    }
    bytes
}

/// What [`encode_players`] wrote; none when it is not that.
#[must_use]
pub fn decode_players(bytes: &[u8]) -> Option<Vec<Player>> {
    let (mut rest, mut players) = (bytes, Vec::new());
    while !rest.is_empty() {
        let (id, enrolment_id, lesson_id) = (uuid(&mut rest)?, uuid(&mut rest)?, uuid(&mut rest)?);
        let opened_at = take(&mut rest)?;
        let terms = Terms {
            seconds: take(&mut rest)?,
            demanded: take(&mut rest)?,
            presence_every: take(&mut rest)?,
        };
        let count = take(&mut rest)?;
        let mut runs = Vec::new();
        for _ in 0..count {
            runs.push(Run {
                first: take(&mut rest)? - 1,
                last: take(&mut rest)? - 1,
                starts_at: take(&mut rest)?,
                starts_from: take(&mut rest)?,
                ends_at: take(&mut rest)?,
                ends_to: take(&mut rest)?,
            });
        }
        players.push(Player {
            id,
            enrolment_id,
            lesson_id,
            opened_at,
            terms,
            runs,
        });
    }
    Some(players)
}

fn uuid(bytes: &mut &[u8]) -> Option<Uuid> {
    let (head, rest) = bytes.split_at_checked(16)?;
    *bytes = rest;
    Uuid::from_slice(head).ok()
}
