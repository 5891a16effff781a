//! Validators (ETag, If-Match): one way for all things, the hash of the answer that shows them.
//!
//! The server puts the hash of its own bytes beside each answer; a change compares what its caller saw with what the
//! same view shows now, inside its transaction and with the row held, so that the second of two officers is told.

use poem_openapi::types::ToJSON;

use super::error::{Code, Fault, Result};
use super::seal;

/// The validator of an answer's bytes.
#[must_use]
pub fn of(body: &[u8]) -> String {
    let hash = seal::sha256(body);
    format!("\"{}\"", hex::encode(hash.get(..16).unwrap_or(&hash)))
}

/// Whether a list of validators (`If-Match`, `If-None-Match`) names this one, whatever a proxy that compressed made of it.
#[must_use]
pub fn names(list: &str, tag: &str) -> bool {
    let bare = |tag: &str| -> String {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        let plain = tag
            .strip_suffix("-gzip")
            .or_else(|| tag.strip_suffix("-br"));
        plain.unwrap_or(tag).to_owned()
    };
    let wanted = bare(tag);
    list.split(',')
        .any(|one| one.trim() == "*" || bare(one) == wanted)
}

type Shown<T> = Box<dyn Fn(&T) -> Vec<u8> + Send + Sync>;

/// What the caller last saw of the thing he changes.
pub struct Seen<T> {
    tags: Option<String>,
    shown: Shown<T>,
}

impl<T> Seen<T> {
    /// From the request's If-Match, and the view by which the thing is shown.
    pub fn of<V: ToJSON>(
        if_match: Option<String>,
        view: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        let shown = move |thing: &T| serde_json::to_vec(&view(thing).to_json()).unwrap_or_default();
        Self {
            tags: if_match,
            shown: Box::new(shown),
        }
    }

    /// Nothing: the change is made whatever the thing is by now.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            tags: None,
            shown: Box::new(|_| Vec::new()),
        }
    }

    /// Asks whether the thing still is as its caller saw it; to be asked with the row held.
    ///
    /// # Errors
    /// `stale`.
    pub fn check(&self, now: &T) -> Result<()> {
        match &self.tags {
            Some(tags) if !names(tags, &of(&(self.shown)(now))) => Err(Fault::new(Code::Stale)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_is_found_in_a_list_however_it_was_dressed() {
        let tag = of(b"{}");
        let hash = tag.trim_matches('"').to_owned();
        for list in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            format!("\"{hash}-gzip\""),
            format!("W/\"{hash}-br\""),
            hash,
            "*".to_owned(),
        ] {
            assert!(names(&list, &tag), "{list}");
        }
        for list in ["", "\"\"", "\"other\"", &of(b"[]")] {
            assert!(!names(list, &tag), "{list}");
        }
    }

    #[test]
    fn what_was_seen_is_compared_with_what_is_shown_now() {
        let seen = |tag: Option<String>| Seen::<i64>::of(tag, |n| *n);
        let told = |tag, now| seen(tag).check(&now).map_err(|fault| fault.code);
        assert_eq!(told(None, 1), Ok(()));
        assert_eq!(told(Some(of(b"1")), 1), Ok(()));
        assert_eq!(told(Some(of(b"1")), 2), Err(Code::Stale));
        assert_eq!(told(Some("*".into()), 2), Ok(()));
        assert!(Seen::<i64>::nothing().check(&5).is_ok());
    }
}
