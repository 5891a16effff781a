//! The page `/v`: for somebody who scanned a code with an ordinary camera (普通相机扫码页).
//!
//! The code's text is an address whose fragment never leaves the phone, so the page knows nothing of it. It says that a
//! web page is no proof, how to get the verifier, and what stands behind a typed code, masked. No sign-in, no script, no
//! cookie, nothing fetched from elsewhere.

mod asked;
mod html;

use chrono::NaiveDate;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Request, Response, handler};

use super::verdicts::{VerdictView, masked_view};
use crate::certificates;
use crate::codes::check;
use crate::places;
use crate::platform::locale::Lang;
use crate::platform::{App, Code, Fault, Result, address};
use asked::Asked;
use html::{Answer, Page};

/// Serves the page.
#[handler]
pub async fn scanned(request: &Request, state: Data<&App>) -> Result<Response> {
    let asked = Asked::of(request.uri().query().unwrap_or_default());
    let lang = asked.lang.unwrap_or_else(|| Lang::of_request(request));
    let from = address::of(request, &state.settings.trusted_proxies);
    let (status, page) = page(&state, lang, asked, &from).await?;
    let mut response = Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header("content-security-policy", html::policy())
        .header("cache-control", "no-store")
        .header("content-language", lang.pick("zh", "en"))
        .body(page.html());
    if let Answer::Wait(seconds) = page.answer {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    Ok(response)
}

/// The page and its status.
async fn page(state: &App, lang: Lang, asked: Asked, from: &str) -> Result<(StatusCode, Page)> {
    let county = places::county(state, asked.county.as_deref()).await;
    let catalogues = certificates::catalogues(state.db.read()).await?;
    let today: NaiveDate = state.clock.today();
    let items = catalogues.on(today).map_or(&[][..], |known| &known.items);
    let items = items
        .iter()
        .map(|item| {
            (
                item.code.clone(),
                lang.pick(&item.item_zh, &item.item_en).to_owned(),
            )
        })
        .collect();
    let (mut status, mut answer) = (StatusCode::OK, Answer::None);
    if let Some(typed) = asked.code.as_deref() {
        let told = match &county {
            Ok(county) => {
                looked_up(state, county.id, from, (typed, asked.item.as_deref()), lang).await
            }
            Err(fault) => Err(fault.clone()),
        };
        (status, answer) = match told {
            Ok(verdict) => (StatusCode::OK, Answer::Verdict(Box::new(verdict))),
            Err(fault) => refused(fault, lang)?,
        };
    }
    let page = Page {
        lang,
        // Several counties on one service: which one has to be said.
        which_county: county.as_ref().is_err() || asked.county.is_some(),
        county: county.ok().map(|county| county.name),
        home: state.settings.public_url.trim_end_matches('/').to_owned(),
        hotline: state.settings.hotline.clone(),
        items,
        asked,
        answer,
    };
    Ok((status, page))
}

async fn looked_up(
    state: &App,
    county: uuid::Uuid,
    from: &str,
    (typed, item): (&str, Option<&str>),
    lang: Lang,
) -> Result<VerdictView> {
    let checked = check::typed(state, county, from, typed, item).await?;
    Ok(masked_view(state, lang, &checked))
}

/// What the page says where there is no verdict; what is our own fault is no page.
fn refused(fault: Fault, lang: Lang) -> Result<(StatusCode, Answer)> {
    let status = StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::NOT_FOUND);
    if status.is_server_error() {
        return Err(fault);
    }
    let answer = match (fault.code, fault.retry_after) {
        (_, Some(seconds)) => Answer::Wait(seconds),
        (Code::NotFound, _) => Answer::Unknown,
        _ => Answer::Problem(fault.problem(lang, "").detail),
    };
    Ok((status, answer))
}
