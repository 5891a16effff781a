//! The page `/t`: what anybody sees who scans a certificate of training (合格证明查验页).
//!
//! It works without sign-in, script or cookie, and shows a masked name only.

use std::fmt::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::http::StatusCode;
use poem::web::{Data, Query};
use poem::{Request, Response, handler};
use serde::Deserialize;

use crate::platform::drawing::escaped;
use crate::platform::locale::Lang;
use crate::platform::{App, Code, Fault, Result, address, seal};
use crate::proofs::{LookedUp, look_up, sheet};

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#f4f5f7;color:#1a1d21;font:16px/1.55 system-ui,-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif}\
main{max-width:34rem;margin:0 auto;padding:1rem}\
header{display:flex;justify-content:space-between;gap:1rem}\
h1{font-size:1.35rem;margin:.5rem 0}\
section{background:#fff;border:1px solid #d5d9de;border-left:.6rem solid #5b6470;border-radius:.6rem;padding:1rem;margin:0 0 1rem}\
.good{border-left-color:#1b7f3b}.bad{border-left-color:#b3261e}\
h2{font-size:1.2rem;margin:0 0 .4rem}\
dl{margin:0}dt{color:#4a525c;font-size:.85rem}dd{margin:0 0 .5rem;font-weight:600}\
label{display:block;font-weight:600;margin:.4rem 0 .25rem}\
input{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid #6b7280;border-radius:.4rem;text-transform:uppercase}\
button{width:100%;margin-top:1rem;font:inherit;font-weight:600;padding:.75rem;border:0;border-radius:.4rem;background:#0b57a4;color:#fff}\
a{color:#0b57a4}\
:focus-visible{outline:3px solid #f2a900;outline-offset:2px}";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(seal::sha256(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// What stands in the address.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// The number.
    n: Option<String>,
    lang: Option<String>,
}

/// Serves the page.
#[handler]
pub async fn proof(
    request: &Request,
    state: Data<&App>,
    asked: Result<Query<Asked>, poem::Error>,
) -> Result<Response> {
    let asked = asked.map(|asked| asked.0).unwrap_or_default();
    let lang = match asked.lang.as_deref() {
        Some("en") => Lang::En,
        Some("zh") => Lang::Zh,
        _ => Lang::of_request(request),
    };
    let number = asked.n.as_deref().map(str::trim).filter(|n| !n.is_empty());
    let told = match number {
        None => None,
        Some(number) => {
            let from = address::of(request, &state.settings.trusted_proxies);
            Some(look_up(&state, &from, number).await)
        }
    };
    let (status, wait) = match &told {
        None | Some(Ok(_)) => (StatusCode::OK, None),
        Some(Err(fault)) if fault.code.status() >= 500 => return Err(fault.clone()),
        Some(Err(fault)) => (
            StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::NOT_FOUND),
            fault.retry_after,
        ),
    };
    let mut response = Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header("content-security-policy", POLICY.as_str())
        .header("cache-control", "no-store")
        .header("content-language", lang.pick("zh", "en"))
        .body(html(&state, lang, number.unwrap_or_default(), told));
    if let Some(seconds) = wait {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    Ok(response)
}

fn html(state: &App, lang: Lang, number: &str, told: Option<Result<LookedUp>>) -> String {
    let pick = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let title = pick("培训合格证明查验", "Certificate of training, checked");
    let (other, word) = match lang {
        Lang::Zh => ("English", "en"),
        Lang::En => ("中文", "zh"),
    };
    let mut out = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head><body><main>\
         <header><h1>{title}</h1><a lang=\"{word}\" href=\"/t?n={}&amp;lang={word}\">{other}</a></header>",
        pick("zh-CN", "en"),
        escaped(&number.replace(' ', "")),
    );
    match told {
        None => {}
        Some(Ok(found)) => shown(&mut out, state, lang, &found),
        Some(Err(fault)) => refused(&mut out, lang, &fault),
    }
    let _ = write!(
        out,
        "<form method=\"get\" action=\"/t\"><label for=\"n\">{}</label>\
         <input id=\"n\" name=\"n\" value=\"{}\" maxlength=\"40\" autocomplete=\"off\" required>\
         <input type=\"hidden\" name=\"lang\" value=\"{}\"><button>{}</button></form></main></body></html>",
        pick("证明编号", "Number of the certificate"),
        escaped(number),
        pick("zh", "en"),
        pick("查验", "Check"),
    );
    out
}

fn shown(out: &mut String, state: &App, lang: Lang, found: &LookedUp) {
    let pick = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let (class, title, words) = if found.is_valid {
        (
            "good",
            pick("✓ 证明有效", "✓ Genuine and in force"),
            pick(
                "请核对持证人身份证与下列信息。",
                "Compare the holder's ID card with what stands below.",
            ),
        )
    } else {
        (
            "bad",
            pick("✕ 证明已失效", "✕ No longer in force"),
            pick(
                "台账更正后不再满足方案要求。",
                "After a correction of the ledger the plan's demand is no longer met.",
            ),
        )
    };
    let issued = state.clock.local(found.issued_at).date_naive();
    let rows = [
        (pick("姓名", "Name"), found.name_masked.clone()),
        (pick("编号", "Number"), found.number.clone()),
        (pick("方案", "Plan"), found.plan.clone()),
        (
            pick("学时", "Training hours"),
            sheet::hours(found.minutes, found.minutes_per_hour),
        ),
        (
            pick("完成日期", "Completed on"),
            found.completed_on.to_string(),
        ),
        (pick("开具日期", "Issued on"), issued.to_string()),
        (
            pick("开具单位", "Issued by"),
            format!("{}应急管理局", found.county),
        ),
    ];
    let _ = write!(
        out,
        "<section class=\"{class}\"><h2>{title}</h2><p>{words}</p><dl>"
    );
    for (name, value) in rows {
        let _ = write!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
    }
    out.push_str("</dl></section>");
}

fn refused(out: &mut String, lang: Lang, fault: &Fault) {
    let (title, words) = match fault.code {
        Code::NotFound => (
            lang.pick("✕ 查无此证明", "✕ There is no such certificate"),
            lang.pick(
                "请核对编号；编号无误时，此证明不是本局开具的。",
                "Compare the number. If it is right, the certificate was not issued here.",
            )
            .to_owned(),
        ),
        _ => (
            lang.pick("未能查验", "Not checked"),
            fault.problem(lang, "").detail,
        ),
    };
    let _ = write!(
        out,
        "<section class=\"bad\"><h2>{title}</h2><p>{}</p></section>",
        escaped(&words)
    );
}
