//! The reader's language: Chinese first, English when asked for.

use serde::{Deserialize, Serialize};

/// The two languages everything is said in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The language an `Accept-Language` header asks for; Chinese unless English is preferred.
    #[must_use]
    pub fn of_header(header: Option<&str>) -> Self {
        let mut best = (Self::Zh, 0.0_f32);
        for part in header.unwrap_or_default().split(',') {
            let mut pieces = part.trim().split(';');
            let tag = pieces
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse().ok()))
                .unwrap_or(1.0);
            let lang = match tag.split('-').next() {
                Some("zh") => Self::Zh,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// The header of a request, read.
    #[must_use]
    pub fn of_request(request: &poem::Request) -> Self {
        Self::of_header(request.header("accept-language"))
    }

    /// Picks the words of this language.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lang::{self, En, Zh};

    #[test]
    fn the_header_decides_and_chinese_is_the_default() {
        let table = [
            (None, Zh),
            (Some(""), Zh),
            (Some("en"), En),
            (Some("en-GB,en;q=0.9"), En),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), Zh),
            (Some("fr, en;q=0.4, zh;q=0.5"), Zh),
            (Some("en;q=0"), Zh),
            (Some("en;q=x"), En),
        ];
        for (header, lang) in table {
            assert_eq!(Lang::of_header(header), lang, "{header:?}");
        }
    }
}
