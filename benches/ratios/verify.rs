//! A code checked online, beside a handler that does the two signature checks and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anpei::codes::bundle::{self, Kept};
use anpei::codes::presentation::{self, Presentation, Read};
use anpei::codes::tc1;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::{Data, Json};
use poem::{EndpointExt, Response, Route, handler, post};
use serde_json::{Value, json};

use crate::county::{self, Kind, Place};
use crate::load::{self, CLIENTS, Load};
use crate::report::{Report, Rounds};
use crate::{Out, Told};

/// What the limit knows: the keys, and the very bytes that ours answered.
#[derive(Clone)]
struct Limit {
    kept: Arc<Kept>,
    body: Arc<Vec<u8>>,
}

#[derive(serde::Deserialize)]
struct Asked {
    scanned: String,
}

#[handler]
fn two_signatures(limit: Data<&Limit>, Json(asked): Json<Asked>) -> Response {
    let genuine = || {
        let Read::Presentation(shown) = presentation::read_text(&asked.scanned) else {
            return None;
        };
        let parsed = tc1::decode(&shown.credential).ok()?;
        let key = limit.kept.keys.get(parsed.kid)?;
        let holder = parsed.credential.holder.as_ref()?;
        (parsed.verify(&key.public) && shown.is_by(holder)).then_some(())
    };
    match genuine() {
        Some(()) => Response::builder()
            .content_type("application/json")
            .body(limit.body.as_ref().clone()),
        None => StatusCode::FORBIDDEN.into(),
    }
}

async fn serve(limit: Limit) -> Out<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Route::new().at("/verify", post(two_signatures)).data(limit);
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
    Ok(address)
}

pub async fn measure(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let place = Place::demo(kind).await?;
    let address = place.serve().await?;
    let county = anpei::places::county(&place.state, None).await?;
    let phone = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let code = claimed(&place, address, &phone).await?;
    let credential = BASE64.decode(code["credential"].as_str().ok_or("no credential")?)?;
    let shown = || -> Out<String> {
        let t = place.state.clock.now() / 1_000_000;
        let message = presentation::message(&credential, t, None);
        let proof = phone.sign(&SystemRandom::new(), &message)?;
        let shown = Presentation {
            credential: credential.clone(),
            t,
            proof: proof.as_ref().try_into()?,
            challenge: None,
        };
        Ok(json!({"scanned": presentation::text("ANPEI.TEST", &shown.encode())}).to_string())
    };
    let body = county::tell(address, "/v1/codes/verification", "", shown()?).await?;
    let bytes = anpei::codes::trust::current(&place.state, county.id).await?;
    let roots = anpei::codes::keys::roots(place.state.db.read(), county.id).await?;
    let kept = bundle::read(&bytes, &roots, None)?;
    let beside = serve(Limit {
        kept: Arc::new(kept),
        body: Arc::new(body),
    })
    .await?;
    let time = Duration::from_millis(told.millis);
    let mut rounds = Rounds::default();
    let mut costs = [Vec::new(), Vec::new()];
    for round in 0..=told.rounds {
        let text = shown()?;
        let ours = Arc::new(vec![load::post("/v1/codes/verification", "", &text)]);
        let bare = Arc::new(vec![load::post("/verify", "", &text)]);
        let ours = load.run(address, &ours, CLIENTS, time).await?;
        let limit = load.run(beside, &bare, CLIENTS, time).await?;
        if ours.refused + limit.refused > 0 {
            return Err("a genuine code was refused".into());
        }
        if round > 0 {
            rounds.ours.push(ours.per_second);
            rounds.limit.push(limit.per_second);
            costs[0].push(ours.cost);
            costs[1].push(limit.cost);
        }
    }
    let name = format!("{} · verifyCode", kind.word());
    report.row(
        &name,
        "its two signature checks in a bare handler",
        &rounds,
        "req/s",
        "",
    );
    report.note(format!(
        "{name}: {:.1} / {:.1} µs of processor an answer (ours / the two checks)",
        crate::report::median(&costs[0]),
        crate::report::median(&costs[1]),
    ));
    Ok(())
}

/// The demo's worker moves his code to a phone of the bench.
async fn claimed(place: &Place, address: SocketAddr, phone: &EcdsaKeyPair) -> Out<Value> {
    let token = place.token(address, "worker").await?;
    let told = json!({"new_phone": true}).to_string();
    let begun = county::tell(address, "/v1/codes/claims", &token, told).await?;
    let begun: Value = serde_json::from_slice(&begun)?;
    let nonce = BASE64.decode(begun["nonce"].as_str().ok_or("no nonce")?)?;
    let raw = phone.public_key().as_ref();
    let key = presentation::holder_key(raw).ok_or("no key")?;
    let signed = phone.sign(
        &SystemRandom::new(),
        &presentation::claim_message(&nonce, &key),
    )?;
    let proof = json!({"holder_key": BASE64.encode(raw), "signature": BASE64.encode(signed)});
    let id = begun["id"].as_str().ok_or("no claim")?;
    let path = format!("/v1/codes/claims/{id}/proof");
    let code = county::tell(address, &path, &token, proof.to_string()).await?;
    Ok(serde_json::from_slice(&code)?)
}
