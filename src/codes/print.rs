//! A code for paper: the credential alone, as a picture or as a card to be cut out (打印码).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use uuid::Uuid;

use super::card::{self, Card, Line};
use super::ground::day;
use super::render::{self, Matrix};
use super::store::{self, Issued};
use super::tc1::{self, item_code};
use super::{reviews, trust};
use crate::platform::{Action, Caller, Code, Fault, Result, State};
use crate::{audit, certificates, places};

/// The picture of a living code in the caller's reach: what the holder of a phone shows, without his proof.
///
/// Whoever prints another's code is audited.
///
/// # Errors
/// `forbidden`, `not_found`; `code_not_so` for one that does not live.
pub async fn picture(state: &State, by: &Caller, id: Uuid) -> Result<Matrix> {
    let code = to_print(state, by, id).await?;
    drawn(state, &code)
}

/// The card of a living code in the caller's reach, as an SVG.
///
/// # Errors
/// As [`picture`].
pub async fn card(state: &State, by: &Caller, id: Uuid) -> Result<String> {
    let code = to_print(state, by, id).await?;
    let matrix = drawn(state, &code)?;
    let db = state.db.read();
    let parsed = tc1::decode(&code.credential).map_err(|e| Fault::internal(e.to_string()))?;
    let credential = parsed.credential;
    let regions = places::regions(db, code.county_id).await?;
    let county = regions.get(code.county_id).ok_or_else(Fault::not_found)?;
    let catalogues = certificates::catalogues(db).await?;
    let today = state.clock.today();
    let known = catalogues.on(today).map_or(&[][..], |known| &known.items);
    let names: HashMap<&str, &certificates::rules::Item> = known
        .iter()
        .map(|item| (item.code.as_str(), item))
        .collect();
    let portrait = reviews::portrait(state, code.county_id, code.person_id).await?;
    let items = credential.items.iter().map(|item| {
        let (_, item_code) = item_code(item.number);
        let named = names.get(item_code.as_str());
        Line {
            name_zh: named.map_or("", |named| &named.item_zh),
            name_en: named.map_or("", |named| &named.item_en),
            item_code,
            valid_until: item.valid_until.and_then(day),
            review_due: item.review_due.and_then(day),
        }
    });
    Ok(card::svg(&Card {
        matrix: &matrix,
        county: &county.name,
        hotline: state.settings.hotline.as_deref(),
        name: &credential.name,
        id_tail: &credential.id_tail,
        typed_code: &code.typed_code,
        items: items.collect(),
        issued: state.clock.local(code.issued_at).date_naive(),
        portrait: portrait.as_deref(),
    }))
}

async fn to_print(state: &State, by: &Caller, id: Uuid) -> Result<Issued> {
    let scope = by.may(Action::ReadCodes)?;
    let code = store::code(state.db.read(), &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if !code.state.lives() {
        return Err(Fault::new(Code::CodeNotSo).with("state", code.state.word()));
    }
    if by.person() != Some(code.person_id) {
        let work = state.begin_plain(by).await?;
        let subject = ("certificate_code", id.to_string());
        audit::record(&work, "codes.print", subject, json!({})).await?;
        work.commit(&()).await?;
    }
    Ok(code)
}

/// Pixels a module of a picture in a mail.
const INLINE: usize = 4;

/// The picture of a code as a mail carries it: PNG, base64.
///
/// # Errors
/// `internal` for a credential that fits no code.
pub(super) fn inline(state: &State, code: &Issued) -> Result<String> {
    Ok(STANDARD.encode(drawn(state, code)?.png(INLINE)))
}

fn drawn(state: &State, code: &Issued) -> Result<Matrix> {
    let host = trust::host(&state.settings.public_url);
    render::matrix(&host, &code.credential).map_err(|e| Fault::internal(e.to_string()))
}
