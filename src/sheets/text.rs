//! Letters: what counts as space, and how two writings of one word become the same.

use unicode_normalization::UnicodeNormalization;

/// White space of any kind, and what has no width at all.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{00ad}')
        || c.is_control()
}

/// Full-width to half-width, compatibility forms to plain ones.
#[must_use]
pub fn plain(text: &str) -> String {
    text.nfkc().collect()
}

/// Plain, without any space.
#[must_use]
pub fn tight(text: &str) -> String {
    text.nfkc().filter(|c| !is_space(*c)).collect()
}

/// Plain, spaces at the ends gone and those inside made one.
#[must_use]
pub fn tidy(text: &str) -> String {
    let plain: String = text
        .nfkc()
        .map(|c| if is_space(c) { ' ' } else { c })
        .collect();
    plain
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A header word stripped of all that varies: case, spaces, marks, and what stands in brackets.
#[must_use]
pub fn header_word(text: &str) -> String {
    let mut depth = 0_u32;
    let mut word = String::new();
    for c in tight(text).chars() {
        match c {
            '(' | '[' | '【' | '〔' | '{' => depth += 1,
            ')' | ']' | '】' | '〕' | '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '*' | ':' | '★' | '、' | '.' | '。' | '_' | '-' | '/' | '\\' | ',' => {}
            _ => word.extend(c.to_lowercase()),
        }
    }
    word
}

/// The Chinese part of a header word written in two languages: 姓名name → 姓名. The word itself where it has one only.
#[must_use]
pub fn chinese_part(word: &str) -> String {
    let chinese: String = word.chars().filter(|c| !c.is_ascii_alphabetic()).collect();
    if chinese.is_ascii() {
        word.to_owned()
    } else {
        chinese
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_one_word_become_the_same() {
        for text in [
            "姓名",
            "姓\u{3000}名",
            " 姓 名：",
            "*姓名",
            "姓名（必填）",
            "姓\n名",
        ] {
            assert_eq!(header_word(text), "姓名", "{text:?}");
        }
        assert_eq!(header_word("ID No."), "idno");
        assert_eq!(header_word("职务/岗位"), "职务岗位");
        assert_eq!(tidy(" 新昌\u{3000}某 厂 "), "新昌 某 厂");
        assert_eq!(tight("３３０６ ９９\u{200b}"), "330699");
    }
}
