//! A small world of fixed keys: two roots, six issuer keys, holders, credentials, bundles. Benches use it too.

use anpei::codes::bundle::{self, Contents, Kept, Key, KeySet, Policy};
use anpei::codes::cose::{IssuerKey, PublicKey};
use anpei::codes::presentation::{Challenge, Presentation, claim_message, message, text};
use anpei::codes::status_list::{self, Status, StatusList};
use anpei::codes::tc1::{self, Credential, Item};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

/// 2026-07-01 10:00 in the county, 02:00 UTC.
pub const NOW: i64 = 1_782_871_200;
/// The county's day at [`NOW`], in days since 1970.
pub const TODAY: i32 = 20_635;
pub const DAY: i64 = 86_400;
pub const COUNTY: &str = "330624";
pub const HOST: &str = "M.EXAMPLE.CN";
/// Fusion welding and thermal cutting (熔化焊接与热切割作业): 2.1.
pub const WELDING: u16 = 32;
/// Low-voltage electrician (低压电工作业): 1.2.
pub const ELECTRIC: u16 = 17;

/// Places in the status list.
pub const GOOD: u32 = 70_123;
pub const REVOKED: u32 = 70_001;
pub const SUSPENDED: u32 = 70_002;
pub const SUPERSEDED: u32 = 70_003;
/// In the second shard, which the first bundles do not have.
pub const BEYOND: u32 = (1 << 20) + 5;

/// A phone with its key; signatures are those of RFC 6979, the same each time.
pub struct Phone(SigningKey);

impl Phone {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn key(&self) -> [u8; 33] {
        let point = self.0.verifying_key().to_encoded_point(true);
        point.as_bytes().try_into().unwrap()
    }

    pub fn point(&self) -> Vec<u8> {
        let point = self.0.verifying_key().to_encoded_point(false);
        point.as_bytes().to_vec()
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    pub fn show(&self, credential: &[u8], t: i64, challenge: Option<Challenge>) -> Presentation {
        Presentation {
            credential: credential.to_vec(),
            t,
            proof: self.sign(&message(credential, t, challenge)),
            challenge,
        }
    }

    /// What its screen shows.
    pub fn screen(&self, credential: &[u8], t: i64, challenge: Option<Challenge>) -> String {
        text(HOST, &self.show(credential, t, challenge).encode())
    }

    pub fn claim(&self, nonce: &[u8]) -> [u8; 64] {
        self.sign(&claim_message(nonce, &self.key()))
    }
}

/// The keys of this world.
pub struct World {
    pub root: IssuerKey,
    /// The second pinned root.
    pub spare: IssuerKey,
    /// In force until 200 days ago; what it signed then is good.
    pub old: IssuerKey,
    /// In force.
    pub issuer: IssuerKey,
    /// In force in 100 days.
    pub next: IssuerKey,
    /// Lost 60 days ago: what it signed until then is good.
    pub lost: IssuerKey,
    /// Revoked 10 days ago, and all it signed.
    pub revoked: IssuerKey,
    /// In no key set.
    pub stranger: IssuerKey,
    pub phone: Phone,
    pub other_phone: Phone,
}

fn key(seed: u8) -> IssuerKey {
    IssuerKey::from_seed(&[seed; 32]).unwrap()
}

impl World {
    pub fn new() -> Self {
        Self {
            root: key(1),
            spare: key(2),
            old: key(11),
            issuer: key(12),
            next: key(13),
            lost: key(14),
            revoked: key(15),
            stranger: key(99),
            phone: Phone::new(21),
            other_phone: Phone::new(22),
        }
    }

    pub fn roots(&self) -> Vec<[u8; 32]> {
        vec![self.root.public(), self.spare.public()]
    }

    /// The key set of the first bundles.
    pub fn key_set(&self) -> KeySet {
        let key = |key: &IssuerKey, from: i64, to: i64| Key {
            public: PublicKey::new(&key.public()).unwrap(),
            not_before: NOW + from * DAY,
            not_after: NOW + to * DAY,
            cut_off: None,
            revoked_from: None,
        };
        let mut lost = key(&self.lost, -180, 20);
        lost.cut_off = Some(NOW - 60 * DAY);
        let mut revoked = key(&self.revoked, -180, 20);
        revoked.revoked_from = Some(NOW - 10 * DAY);
        KeySet {
            version: 3,
            issued: NOW - 20 * DAY,
            keys: vec![
                key(&self.old, -400, -200),
                key(&self.issuer, -200, 200),
                key(&self.next, 100, 300),
                lost,
                revoked,
            ],
        }
    }

    /// A bundle as it is, or changed.
    pub fn bundle(&self, change: impl FnOnce(&mut Draft)) -> Vec<u8> {
        let mut draft = Draft {
            version: 7,
            time: NOW - 600,
            county: COUNTY.to_owned(),
            policy: Policy::default(),
            keys: self.key_set(),
            root: key(1),
            signer: key(12),
            statuses: vec![
                (REVOKED, Status::Invalid),
                (SUSPENDED, Status::Suspended),
                (SUPERSEDED, Status::Superseded),
            ],
            shards: 1,
            list: None,
            signed: None,
            shard_signer: key(12),
        };
        change(&mut draft);
        draft.sign()
    }

    /// A verified bundle.
    pub fn kept(&self, change: impl FnOnce(&mut Draft)) -> Kept {
        bundle::read(&self.bundle(change), &self.roots(), None).unwrap()
    }

    /// A credential of the phone's holder with one certificate, signed by the key in force, as it is or changed.
    pub fn credential(&self, change: impl FnOnce(&mut Credential)) -> Vec<u8> {
        self.credential_by(&self.issuer, change)
    }

    pub fn credential_by(
        &self,
        issuer: &IssuerKey,
        change: impl FnOnce(&mut Credential),
    ) -> Vec<u8> {
        let mut credential = self.plain();
        change(&mut credential);
        tc1::sign(&credential, issuer).unwrap()
    }

    /// The credential before it is signed.
    pub fn plain(&self) -> Credential {
        Credential {
            id: *b"a code's 16 byte",
            issued: NOW - 30 * DAY,
            expires: None,
            name: "王建国".to_owned(),
            id_tail: "123X".to_owned(),
            items: vec![item(WELDING)],
            status_index: GOOD,
            holder: Some(self.phone.key()),
        }
    }
}

/// A certificate that is good for long.
pub fn item(number: u16) -> Item {
    Item {
        number,
        valid_until: Some(TODAY + 1000),
        review_due: Some(TODAY + 500),
        checked: true,
    }
}

/// Five certificates, each of the longer kind: their items take two bytes.
pub fn five() -> Vec<Item> {
    [32, 33, 48, 64, 80].map(item).to_vec()
}

/// A bundle to be signed.
pub struct Draft {
    pub version: u64,
    pub time: i64,
    pub county: String,
    pub policy: Policy,
    pub keys: KeySet,
    pub root: IssuerKey,
    pub signer: IssuerKey,
    pub statuses: Vec<(u32, Status)>,
    pub shards: u32,
    /// Instead of the statuses: any list.
    pub list: Option<StatusList>,
    /// Instead of any list: shards that are signed already.
    pub signed: Option<Vec<Vec<u8>>>,
    pub shard_signer: IssuerKey,
}

impl Draft {
    fn sign(&self) -> Vec<u8> {
        let lists = match &self.list {
            Some(list) => vec![list.clone()],
            None => status_list::shards(self.statuses.iter().copied(), self.shards),
        };
        let sign = |(number, list)| {
            let subject = status_list::subject(&self.county, number);
            status_list::sign(&subject, self.time, list, &self.shard_signer).unwrap()
        };
        let shards = match &self.signed {
            Some(shards) => shards.clone(),
            None => lists.iter().enumerate().map(sign).collect(),
        };
        let contents = Contents {
            version: self.version,
            time: self.time,
            county: &self.county,
            county_name: "新昌县（示例）",
            policy: self.policy,
            keys: &self.keys.sign(&self.root).unwrap(),
            shards: &shards,
        };
        bundle::build(&contents, &self.signer).unwrap()
    }
}
