//! What was asked of the page, as it stands in the address.

use std::fmt::Write;

use crate::platform::locale::Lang;

/// The longest value of a field that is looked at.
const MOST_LETTERS: usize = 40;

/// What was asked in the address.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) code: Option<String>,
    pub(super) item: Option<String>,
    pub(super) county: Option<String>,
    pub(super) lang: Option<Lang>,
}

impl Asked {
    /// Reads the fields; what is empty or too long is as if it were not there.
    pub(super) fn of(query: &str) -> Self {
        let mut asked = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value).trim().to_owned();
            if value.is_empty() || value.chars().count() > MOST_LETTERS {
                continue;
            }
            match name {
                "code" => asked.code = Some(value),
                "for" => asked.item = Some(value),
                "county" => asked.county = Some(value),
                "lang" if value == "zh" => asked.lang = Some(Lang::Zh),
                "lang" if value == "en" => asked.lang = Some(Lang::En),
                _ => {}
            }
        }
        asked
    }

    /// The same question in another language.
    pub(super) fn in_lang(&self, lang: &str) -> String {
        let mut address = format!("/v?lang={lang}");
        for (name, value) in [
            ("code", &self.code),
            ("for", &self.item),
            ("county", &self.county),
        ] {
            if let Some(value) = value {
                let _ = write!(address, "&amp;{name}={}", encoded(value));
            }
        }
        address
    }
}

/// A value of a query, as browsers write forms.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let pair: Vec<u8> = rest.by_ref().take(2).collect();
                bytes.extend(hex::decode(&pair).unwrap_or_default());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encoded(value: &str) -> String {
    let sign = |byte: u8| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    value.bytes().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_queries_are_read_as_far_as_they_go() {
        for query in [
            "",
            "&&",
            "code",
            "code=%",
            "code=%4",
            "code=%zz",
            "=",
            "code=%ff%fe",
        ] {
            let _ = Asked::of(query);
        }
        assert!(
            Asked::of(&format!("code={}", "A".repeat(41)))
                .code
                .is_none()
        );
    }
}
