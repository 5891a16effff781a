//! How one entry is bound to the one before.

use uuid::Uuid;

/// What the first entry of a chain is bound to.
pub(super) const GENESIS: &[u8] = &[0; 32];

/// One entry of the record.
#[derive(Clone, Debug)]
pub struct Entry {
    pub county_id: Uuid,
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    /// JSON.
    pub detail: String,
}

/// SHA-256 over the hash before and every field, each with its length, so that no two entries read alike.
pub(super) fn link(prev: &[u8], entry: &Entry) -> Vec<u8> {
    let mut bytes = prev.to_vec();
    bytes.extend_from_slice(entry.county_id.as_bytes());
    bytes.extend_from_slice(&entry.seq.to_be_bytes());
    bytes.extend_from_slice(&entry.at.to_be_bytes());
    for text in [
        &entry.actor,
        &entry.action,
        &entry.subject_kind,
        &entry.subject_id,
        &entry.detail,
    ] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    crate::platform::seal::sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_covered() {
        let entry = Entry {
            county_id: Uuid::from_u128(1),
            seq: 1,
            at: 2,
            actor: "a".into(),
            action: "b".into(),
            subject_kind: "c".into(),
            subject_id: "d".into(),
            detail: "{}".into(),
        };
        let first = link(GENESIS, &entry);
        let changes: [fn(&mut Entry); 8] = [
            |e| e.county_id = Uuid::from_u128(2),
            |e| e.seq = 2,
            |e| e.at = 3,
            |e| e.actor = "x".into(),
            |e| e.action = "x".into(),
            // The same letters, cut elsewhere.
            |e| (e.subject_kind, e.subject_id) = ("cd".into(), String::new()),
            |e| e.subject_id = "x".into(),
            |e| e.detail = "[]".into(),
        ];
        for change in changes {
            let mut other = entry.clone();
            change(&mut other);
            assert_ne!(link(GENESIS, &other), first, "{other:?}");
        }
        assert_ne!(link(&first, &entry), first);
    }
}
