//! The page's words and shape: plain HTML that any phone shows.

use std::fmt::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::asked::Asked;
use crate::codes::api::verdicts::{VerdictColour, VerdictItem, VerdictView};
use crate::platform::drawing::escaped;
use crate::platform::locale::Lang;
use crate::platform::seal;

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#f4f5f7;color:#1a1d21;font:16px/1.55 system-ui,-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif}\
main{max-width:34rem;margin:0 auto;padding:1rem}\
header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;margin-bottom:1rem}\
header p{margin:0;font-weight:600}\
header a{white-space:nowrap}\
h1{font-size:1.35rem;line-height:1.3;margin:0 0 .5rem}\
h2{font-size:1.05rem;margin:0 0 .4rem}\
p{margin:.4rem 0}\
section{background:#fff;border:1px solid #d5d9de;border-radius:.6rem;padding:1rem;margin:0 0 1rem}\
.warn{border:2px solid #b3261e;background:#fff6f5}\
a{color:#0b57a4}\
label{display:block;font-weight:600;margin:.7rem 0 .25rem}\
input,select{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid #6b7280;border-radius:.4rem;background:#fff;color:inherit}\
input{text-transform:uppercase;letter-spacing:.12em}\
button{width:100%;margin-top:1rem;font:inherit;font-weight:600;padding:.75rem;border:0;border-radius:.4rem;background:#0b57a4;color:#fff}\
:focus-visible{outline:3px solid #f2a900;outline-offset:2px}\
.told{border-left:.6rem solid #5b6470}\
.told h2{display:flex;gap:.6rem;align-items:center;font-size:1.2rem}\
.told svg{width:2rem;height:2rem;flex:none}\
.green{border-left-color:#1b7f3b}.green svg{color:#1b7f3b}\
.yellow{border-left-color:#b27700}.yellow svg{color:#8a5a00}\
.red{border-left-color:#b3261e}.red svg{color:#b3261e}\
.grey svg{color:#5b6470}\
ul{list-style:none;margin:.6rem 0;padding:0}\
li{border-top:1px solid #e3e6ea;padding:.5rem 0}\
.told li{display:flex;gap:.6rem}\
.told li svg{width:1.3rem;height:1.3rem;margin-top:.15rem}\
small{color:#4a525c}\
.no{font-weight:600;color:#8c1d18}";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(seal::sha256(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// What a browser may do with the page: show it, and send its form back here.
pub(super) fn policy() -> &'static str {
    &POLICY
}

/// What came of a typed code.
pub(super) enum Answer {
    /// None was typed.
    None,
    Verdict(Box<VerdictView>),
    /// There is none like it.
    Unknown,
    /// Seconds to wait: too many were asked from there.
    Wait(u32),
    /// What is wrong with what was typed.
    Problem(String),
}

/// The page.
pub(super) struct Page {
    pub(super) lang: Lang,
    pub(super) county: Option<String>,
    pub(super) which_county: bool,
    /// Where the app is.
    pub(super) home: String,
    pub(super) hotline: Option<String>,
    /// Items of the catalogue: code and name.
    pub(super) items: Vec<(String, String)>,
    pub(super) asked: Asked,
    pub(super) answer: Answer,
}

impl Page {
    /// Its HTML.
    pub(super) fn html(&self) -> String {
        let title = self.pick("安全码核验说明", "About the code you scanned");
        let language = self.pick("zh-CN", "en");
        let mut out = format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head><body><main>"
        );
        self.head(&mut out);
        self.told(&mut out);
        self.no_proof(&mut out);
        self.verifier(&mut out);
        self.form(&mut out);
        out.push_str("</main></body></html>");
        out
    }

    const fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn head(&self, out: &mut String) {
        let county = escaped(self.county.as_deref().unwrap_or_default());
        let name = self.pick("特种作业人员安全码", "Special-operation safety code");
        let (other, lang) = match self.lang {
            Lang::Zh => ("English", "en"),
            Lang::En => ("中文", "zh"),
        };
        let other_language = if lang == "en" { "en" } else { "zh-CN" };
        let address = self.asked.in_lang(lang);
        let _ = write!(
            out,
            "<header><p>{county} {name}</p><a href=\"{address}\" lang=\"{other_language}\" hreflang=\"{other_language}\">{other}</a></header>"
        );
    }

    fn no_proof(&self, out: &mut String) {
        let title = self.pick("网页不能证明证件真假", "A web page proves nothing");
        let first = self.pick(
            "假网站也能显示“有效”。请不要凭任何网页放行，包括本页。",
            "A forged site can say “valid” just as well. Let nobody in because of a web page, this one included.",
        );
        let came = self.pick(
            "您用普通相机扫了安全码，手机打开了这个网页。码的内容只留在您的手机里，没有发给本网站，所以本页不知道您扫的是谁的码。",
            "You scanned a safety code with an ordinary camera, and your phone opened this page. What the code holds stayed on \
             your phone and was not sent here, so this page does not know whose code it is.",
        );
        let _ = write!(
            out,
            "<section class=\"warn\"><h1>{title}</h1><p>{first}</p>"
        );
        // Whoever has typed a code knows how he came here.
        if matches!(self.answer, Answer::None) {
            let _ = write!(out, "<p>{came}</p>");
        }
        out.push_str("</section>");
    }

    fn verifier(&self, out: &mut String) {
        let title = self.pick("怎样真正核验", "How to check it properly");
        let home = escaped(&self.home);
        let get = self.pick(
            "在浏览器中自己输入下面的地址（不要点别人发来的链接），打开“核验”，可添加到桌面，断网也能用：",
            "Type this address into your browser yourself (follow no link that somebody sent you) and open “Verify”; it can be \
             added to the home screen and works without a network:",
        );
        let then = self.pick(
            "用核验端扫码：它用内置的密钥在本机判断，不联网、不打开网址，并能让持证人当面输入四位数字。",
            "Scan the code with it: it judges on your phone by the keys built into it, opens no address, and can ask the holder \
             to type four digits before you.",
        );
        let _ = write!(
            out,
            "<section><h2>{title}</h2><p>{get}</p><p><a href=\"{home}/\">{home}</a></p><p>{then}</p>"
        );
        if let Some(hotline) = &self.hotline {
            let call = self.pick("咨询电话", "Questions: call");
            let _ = write!(out, "<p>{call} {}</p>", escaped(hotline));
        }
        out.push_str("</section>");
    }

    fn form(&self, out: &mut String) {
        let title = self.pick(
            "手机屏幕坏了？查输入码",
            "Broken screen? Look a typed code up",
        );
        let why = self.pick(
            "持证人可报出 8 位输入码。查询结果与纸质码相当：须核对身份证与本人。",
            "The holder can read out a code of 8 signs. What you learn is worth as much as paper: compare the person with the \
             ID card.",
        );
        let code = self.pick("输入码", "Typed code");
        let item = self.pick("要做的作业（可不选）", "Work to be done (may be left open)");
        let any = self.pick("不限", "Any");
        let send = self.pick("查询", "Look up");
        let typed = escaped(self.asked.code.as_deref().unwrap_or_default());
        let lang = self.pick("zh", "en");
        let _ = write!(
            out,
            "<section><h2>{title}</h2><p>{why}</p><form method=\"get\" action=\"/v\">\
             <input type=\"hidden\" name=\"lang\" value=\"{lang}\">\
             <label for=\"code\">{code}</label>\
             <input id=\"code\" name=\"code\" value=\"{typed}\" required maxlength=\"20\" autocomplete=\"off\" \
             autocapitalize=\"characters\" spellcheck=\"false\">\
             <label for=\"for\">{item}</label><select id=\"for\" name=\"for\"><option value=\"\">{any}</option>"
        );
        for (code, name) in &self.items {
            let chosen = self.asked.item.as_deref() == Some(code);
            let chosen = if chosen { " selected" } else { "" };
            let (code, name) = (escaped(code), escaped(name));
            let _ = write!(
                out,
                "<option value=\"{code}\"{chosen}>{code} {name}</option>"
            );
        }
        out.push_str("</select>");
        if self.which_county {
            let label = self.pick("县区划代码（6 位）", "The county's code (6 digits)");
            let county = escaped(self.asked.county.as_deref().unwrap_or_default());
            let _ = write!(
                out,
                "<label for=\"county\">{label}</label><input id=\"county\" name=\"county\" value=\"{county}\" maxlength=\"20\">"
            );
        }
        let _ = write!(out, "<button>{send}</button></form></section>");
    }

    fn told(&self, out: &mut String) {
        let (title, words) = match &self.answer {
            Answer::None => return,
            Answer::Verdict(verdict) => return self.verdict(out, verdict),
            Answer::Unknown => (
                self.pick("查无此码", "There is no such code").to_owned(),
                self.pick(
                    "请与持证人核对 8 位输入码后重新输入；仍查不到，不予放行。",
                    "Compare the 8 signs with the holder and type them again; if there still is none, let him not in.",
                )
                .to_owned(),
            ),
            Answer::Wait(seconds) => {
                let wait = match self.lang {
                    Lang::Zh => format!("请 {seconds} 秒后再试。"),
                    Lang::En => format!("Try again in {seconds} seconds."),
                };
                let title = self.pick("查询过于频繁", "Too many look-ups from here");
                (title.to_owned(), wait)
            }
            Answer::Problem(detail) => (
                self.pick("无法查询", "This cannot be looked up").to_owned(),
                detail.clone(),
            ),
        };
        let icon = icon(VerdictColour::Grey);
        let _ = write!(
            out,
            "<section class=\"told grey\" role=\"status\"><h2>{icon}<span>{}</span></h2><p>{}</p></section>",
            escaped(&title),
            escaped(&words)
        );
    }

    fn verdict(&self, out: &mut String, verdict: &VerdictView) {
        let title = format!("{} · {}", self.colour(verdict.colour), verdict.reason.title);
        let _ = write!(
            out,
            "<section class=\"told {}\" role=\"status\"><h2>{}<span>{}</span></h2><p>{}</p>",
            class(verdict.colour),
            icon(verdict.colour),
            escaped(&title),
            escaped(&verdict.reason.remedy)
        );
        for also in &verdict.also {
            let words = format!("{}: {}", also.title, also.remedy);
            let _ = write!(out, "<p>{}</p>", escaped(&words));
        }
        if let Some(name) = &verdict.name {
            let label = self.pick("姓名（部分隐去）", "Name (partly hidden)");
            let _ = write!(out, "<p>{label}: <strong>{}</strong></p>", escaped(name));
        }
        out.push_str("<ul>");
        for item in &verdict.items {
            self.item(out, item);
        }
        let as_of = verdict.status_as_of.unwrap_or(verdict.computed);
        let label = self.pick("状态截至", "Status as of");
        let no = self.pick(
            "本页不是证明；请核对身份证，并用核验端扫码。",
            "This page is no proof: compare the ID card, and scan with the verifier.",
        );
        let _ = write!(
            out,
            "</ul><p><small>{label} {}</small></p><p class=\"no\">{no}</p></section>",
            as_of.format("%Y-%m-%d %H:%M")
        );
    }

    fn item(&self, out: &mut String, item: &VerdictItem) {
        let known = self.items.iter().find(|(code, _)| *code == item.item_code);
        let name = known.map_or("", |(_, name)| name);
        let day = |label: &str, day: Option<chrono::NaiveDate>| {
            day.map(|day| format!(" · {label} {day}"))
                .unwrap_or_default()
        };
        let words = format!(
            "{} · {}{}{}",
            self.colour(item.colour),
            item.reason.title,
            day(self.pick("有效期至", "valid until"), item.valid_until),
            day(self.pick("复审截止", "re-examination by"), item.review_due),
        );
        let _ = write!(
            out,
            "<li class=\"{}\">{}<span>{} {}<br><small>{}</small></span></li>",
            class(item.colour),
            icon(item.colour),
            escaped(&item.item_code),
            escaped(name),
            escaped(&words)
        );
    }

    const fn colour(&self, colour: VerdictColour) -> &'static str {
        match colour {
            VerdictColour::Green => self.pick("绿", "Green"),
            VerdictColour::Yellow => self.pick("黄", "Yellow"),
            VerdictColour::Red => self.pick("红", "Red"),
            VerdictColour::Grey => self.pick("灰", "Grey"),
        }
    }
}

const fn class(colour: VerdictColour) -> &'static str {
    match colour {
        VerdictColour::Green => "green",
        VerdictColour::Yellow => "yellow",
        VerdictColour::Red => "red",
        VerdictColour::Grey => "grey",
    }
}

/// A sign of its own shape for each colour: a tick, a triangle, a cross, a question.
fn icon(colour: VerdictColour) -> String {
    let shape = match colour {
        VerdictColour::Green => {
            "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12.5l3.5 3.5L17 8.5\"/>"
        }
        VerdictColour::Yellow => {
            "<path d=\"M12 2.5L22.5 21h-21z\"/><path d=\"M12 9v6M12 17.6v.8\"/>"
        }
        VerdictColour::Red => {
            "<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/><path d=\"M8 8l8 8M16 8l-8 8\"/>"
        }
        VerdictColour::Grey => {
            "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M9 9.5a3 3 0 1 1 4 2.8c-.7.3-1 .7-1 1.7M12 17v.8\"/>"
        }
    };
    format!(
        "<svg viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" \
         stroke-linejoin=\"round\" aria-hidden=\"true\">{shape}</svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_as_text() {
        let asked = Asked::of("code=%3Cscript%3E%22+2345&for=2.1&lang=en&x=1&county=");
        assert_eq!(asked.code.as_deref(), Some("<script>\" 2345"));
        assert_eq!(asked.item.as_deref(), Some("2.1"));
        assert_eq!(
            (asked.county.as_deref(), asked.lang),
            (None, Some(Lang::En))
        );
        assert_eq!(
            asked.in_lang("zh"),
            "/v?lang=zh&amp;code=%3Cscript%3E%22%202345&amp;for=2.1"
        );
        let page = Page {
            lang: Lang::En,
            county: Some("<b>".into()),
            which_county: true,
            home: "https://m.example.cn".into(),
            hotline: None,
            items: vec![("2.1".into(), "Welding".into())],
            asked,
            answer: Answer::Problem("<i>".into()),
        };
        let html = page.html();
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<i>"));
        assert!(html.contains("<option value=\"2.1\" selected>2.1 Welding</option>"));
    }
}
