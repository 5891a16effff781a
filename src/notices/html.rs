//! A mail's words as a page: the same words, so that a reader of either sees all; nothing is fetched from anywhere.

use super::Words;
use crate::platform::drawing::escaped;

/// A line, with an address in it made a link.
fn line(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let safe = escaped(word);
        if word.starts_with("https://") || word.starts_with("http://") {
            format!("<a href=\"{safe}\">{safe}</a>")
        } else {
            safe
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The page; `picture` says that one comes with the mail, by the content id `code`.
#[must_use]
pub(super) fn page(words: &Words, picture: bool) -> String {
    let paragraphs = words.text.trim().split("\n\n").map(|paragraph| {
        let lines: Vec<String> = paragraph.lines().map(line).collect();
        format!("<p style=\"margin:0 0 16px\">{}</p>", lines.join("<br>"))
    });
    let shown = if picture {
        "<p><img src=\"cid:code\" alt=\"安全码 Certificate code\" width=\"240\" style=\"background:#fff;padding:16px\"></p>"
    } else {
        ""
    };
    format!(
        "<!doctype html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"margin:0;padding:24px;font:16px/1.6 sans-serif;color:#13202b;background:#fff\">\
         <h1 style=\"font-size:18px;margin:0 0 16px\">{}</h1>{}{shown}</body></html>",
        escaped(&words.subject),
        escaped(&words.subject),
        paragraphs.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_the_same_words_and_runs_nothing_of_theirs() {
        let words = Words {
            subject: "<b>通知</b>".to_owned(),
            text: "王军，您好：\n第二行\n\nhttps://a.example/x?a=1&b=2 <script>".to_owned(),
        };
        let page = page(&words, false);
        for part in [
            "&lt;b&gt;通知&lt;/b&gt;",
            "王军，您好：<br>第二行</p>",
            "<a href=\"https://a.example/x?a=1&amp;b=2\">https://a.example/x?a=1&amp;b=2</a>",
            "&lt;script&gt;",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains("<script") && !page.contains("cid:code"));
        assert!(super::page(&words, true).contains("cid:code"));
    }
}
