//! A row of the vectors, built by saying only what is out of the ordinary.

use anpei::codes::presentation::{Challenge, text};
use anpei::codes::tc1::Credential;
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::codes::made::{HOST, NOW, Phone, World};

/// A question with its verdict: now, by the bundle of today, nothing asked; told, valid, without doubts.
pub struct Row {
    pub name: String,
    text: String,
    now: i64,
    bundle: Option<&'static str>,
    for_item: Option<u16>,
    challenge: Option<Challenge>,
    seen_before: bool,
    live: Option<&'static str>,
    reason: &'static str,
    also: Vec<&'static str>,
    told: bool,
    status_as_of: Option<i64>,
    proof_key: Option<String>,
    items: Option<Value>,
}

impl Row {
    /// A text that is not to be read at all.
    pub fn text(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            now: NOW,
            bundle: Some("today"),
            for_item: None,
            challenge: None,
            seen_before: false,
            live: None,
            reason: "valid",
            also: Vec::new(),
            told: false,
            status_as_of: None,
            proof_key: None,
            items: None,
        }
    }

    /// Bytes as a printed code.
    pub fn paper(name: &str, bytes: &[u8]) -> Self {
        let mut row = Self::text(name, &text(HOST, bytes));
        (row.told, row.status_as_of) = (true, Some(NOW - 600));
        row
    }

    /// A credential shown by a phone at `t`.
    pub fn shown(
        name: &str,
        phone: &Phone,
        credential: &[u8],
        t: i64,
        answer: Option<&'static str>,
    ) -> Self {
        let answer = answer.map(digits);
        let mut row = Self::paper(name, &phone.show(credential, t, answer).encode());
        row.proof_key = Some(proof_key(&World::new().plain().id, t, answer));
        row
    }

    /// The usual code, or one changed, shown at `t`.
    pub fn screen(name: &str, t: i64, change: impl FnOnce(&mut Credential)) -> Self {
        let world = World::new();
        Self::shown(name, &world.phone, &world.credential(change), t, None)
    }

    /// The usual code shown with an answer.
    pub fn answered(name: &str, t: i64, answer: &'static str) -> Self {
        let world = World::new();
        Self::shown(
            name,
            &world.phone,
            &world.credential(|_| {}),
            t,
            Some(answer),
        )
    }

    /// With the verdict of another row.
    pub fn told_as_by(mut self, other: &Self) -> Self {
        self.told = other.told;
        self.status_as_of = other.status_as_of;
        self.proof_key.clone_from(&other.proof_key);
        self
    }

    pub fn now(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    /// By another bundle, of another time.
    pub fn by(mut self, bundle: &'static str, time: i64) -> Self {
        self.bundle = Some(bundle);
        if self.told {
            self.status_as_of = Some(time);
        }
        self
    }

    pub fn without_bundle(mut self) -> Self {
        self.bundle = None;
        self
    }

    pub fn for_item(mut self, item: u16) -> Self {
        self.for_item = Some(item);
        self
    }

    pub fn challenge(mut self, asked: &'static str) -> Self {
        self.challenge = Some(digits(asked));
        self
    }

    pub fn seen(mut self) -> Self {
        self.seen_before = true;
        self
    }

    /// As the server tells it; then the status is of now.
    pub fn live(mut self, status: &'static str) -> Self {
        self.live = Some(status);
        if self.told {
            self.status_as_of = Some(self.now);
        }
        self
    }

    /// The reason, and what stands beside it.
    pub fn is(mut self, reason: &'static str, also: &[&'static str]) -> Self {
        self.reason = reason;
        self.also = also.to_vec();
        self
    }

    /// Nothing of it is certain: no credential, no status, no proof to remember.
    pub fn untold(mut self) -> Self {
        self.told = false;
        (self.status_as_of, self.proof_key) = (None, None);
        self
    }

    /// The list does not reach it.
    pub fn unlisted(mut self) -> Self {
        self.status_as_of = None;
        self
    }

    /// The holder's signature is wrong, or was not looked at.
    pub fn unproved(mut self) -> Self {
        self.proof_key = None;
        self
    }

    /// What each certificate is by its own dates: number, reason, what stands beside it, days left.
    pub fn items(mut self, items: &[(u16, &str, &[&str], Option<i64>)]) -> Self {
        let item = |(item, reason, also, days): &(u16, &str, &[&str], Option<i64>)| json!({"item": item, "reason": reason, "also": also, "days_left": days});
        self.items = Some(items.iter().map(item).collect());
        self
    }

    pub fn json(&self, group: &str) -> Value {
        let mut verdict = Map::new();
        verdict.insert("colour".to_owned(), colour(self.reason).into());
        verdict.insert("reason".to_owned(), self.reason.into());
        verdict.insert("also".to_owned(), json!(self.also));
        verdict.insert("told".to_owned(), self.told.into());
        verdict.insert("status_as_of".to_owned(), json!(self.status_as_of));
        verdict.insert("proof_key".to_owned(), json!(self.proof_key));
        if let Some(items) = &self.items {
            verdict.insert("items".to_owned(), items.clone());
        }
        json!({
            "group": group, "name": self.name, "text": self.text, "now": self.now, "bundle": self.bundle,
            "for": self.for_item, "seen_before": self.seen_before, "live": self.live, "verdict": verdict,
            "challenge": self.challenge.map(|digits| String::from_utf8(digits.to_vec()).unwrap()),
        })
    }
}

pub fn digits(digits: &str) -> Challenge {
    digits.as_bytes().try_into().unwrap()
}

/// What a verifier remembers a proof by, written anew here.
fn proof_key(id: &[u8], t: i64, answer: Option<Challenge>) -> String {
    let answer = answer.map_or(Vec::new(), |digits| digits.to_vec());
    let whole = [id, &t.to_be_bytes(), &answer].concat();
    hex::encode(digest(&SHA256, &whole))
}

/// The colour of a reason, by hand.
fn colour(reason: &str) -> &'static str {
    match reason {
        "valid" => "green",
        "not_ours" | "no_bundle" | "unclaimed" => "grey",
        "paper" | "verifier_clock" | "clocks_differ" | "bundle_old" | "bundle_stale"
        | "choose_item" | "dates_unknown" | "unverified" | "expires_soon" | "review_soon" => {
            "yellow"
        }
        _ => "red",
    }
}
