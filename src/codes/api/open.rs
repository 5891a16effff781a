//! What anybody may ask of codes, without signing in: the trust bundle, a verdict, a typed code.

use bytes::Bytes;
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::verdicts::{VerdictView, masked_view};
use super::views::{CodeCheckInput, question};
use crate::codes::{check, keys, trust};
use crate::places;
use crate::platform::locale::Lang;
use crate::platform::tag::Tag;
use crate::platform::{App, Result, address};

/// The roots of a county.
#[derive(Debug, Object)]
pub struct CodeRootsView {
    /// The county's code.
    pub county: String,
    /// The county's name.
    pub county_name: String,
    /// Ed25519 public keys in hex, which a verifier pins: a trust bundle that none of them vouches for is refused.
    pub roots: Vec<String>,
}

/// A trust bundle.
#[derive(ApiResponse)]
enum Bundle {
    /// The bundle, a `COSE_Sign1`.
    #[oai(status = 200, content_type = "application/cose")]
    Signed(
        Binary<Bytes>,
        /// Its validator: sent back as `If-None-Match`, an unchanged bundle costs no bytes.
        #[oai(header = "ETag")]
        String,
    ),
}

/// Codes, for anybody.
pub struct OpenCodesApi;

#[OpenApi(prefix_path = "/v1/codes", tag = "Tag::Codes")]
impl OpenCodesApi {
    /// Fetch the trust bundle
    ///
    /// All that a verifier needs to judge codes without a network: keys, status list, settings, in one signed file. Its
    /// version never goes back. To be kept and fetched anew with its ETag when it is older than an hour.
    #[oai(
        path = "/trust-bundle",
        method = "get",
        operation_id = "getTrustBundle"
    )]
    async fn get_trust_bundle(
        &self,
        state: Data<&App>,
        /// The county's code, where this service has several.
        county: Query<Option<String>>,
    ) -> Result<Bundle> {
        let county = places::county(&state, county.0.as_deref()).await?;
        let bundle = trust::served(&state, county.id).await?;
        Ok(Bundle::Signed(
            Binary(bundle.bytes.clone()),
            bundle.tag.clone(),
        ))
    }

    /// Show the roots
    ///
    /// What a verifier pins when it is installed; compare it with what the county publishes elsewhere.
    #[oai(path = "/roots", method = "get", operation_id = "getCodeRoots")]
    async fn get_code_roots(
        &self,
        state: Data<&App>,
        /// The county's code, where this service has several.
        county: Query<Option<String>>,
    ) -> Result<Json<CodeRootsView>> {
        let county = places::county(&state, county.0.as_deref()).await?;
        let roots = keys::roots(state.db.read(), county.id).await?;
        Ok(Json(CodeRootsView {
            county: county.code,
            county_name: county.name,
            roots: roots.iter().map(hex::encode).collect(),
        }))
    }

    /// Check a code
    ///
    /// The verdict on what was scanned, with the status of this moment; the holder's name is masked. Nothing is kept of
    /// the check. Whoever is on duty signs in and asks `checkCode`.
    #[oai(path = "/verification", method = "post", operation_id = "verifyCode")]
    async fn verify_code(
        &self,
        state: Data<&App>,
        request: &Request,
        /// The county's code, where this service has several.
        county: Query<Option<String>>,
        body: Json<CodeCheckInput>,
    ) -> Result<Json<VerdictView>> {
        let county = places::county(&state, county.0.as_deref()).await?;
        let question = question(&body.0)?;
        let checked = check::verify(&state, county.id, &question).await?;
        Ok(Json(masked_view(
            &state,
            Lang::of_request(request),
            &checked,
        )))
    }

    /// Look a typed code up
    ///
    /// For a phone whose screen is broken: eight signs, the last a check sign. As good as paper: genuine, and to be
    /// compared with the ID card. So many a minute from one address.
    #[oai(
        path = "/typed/:typed_code",
        method = "get",
        operation_id = "lookUpTypedCode"
    )]
    async fn look_up_typed_code(
        &self,
        state: Data<&App>,
        request: &Request,
        /// The code as it was read out; small letters, spaces and dashes make no difference.
        typed_code: Path<String>,
        /// The item of work he is to do, as 2.1.
        #[oai(name = "for", validator(max_length = 8))]
        for_item: Query<Option<String>>,
        /// The county's code, where this service has several.
        county: Query<Option<String>>,
    ) -> Result<Json<VerdictView>> {
        let county = places::county(&state, county.0.as_deref()).await?;
        let from = address::of(request, &state.settings.trusted_proxies);
        let item = for_item.0.as_deref().filter(|item| !item.is_empty());
        let checked = check::typed(&state, county.id, &from, &typed_code.0, item).await?;
        Ok(Json(masked_view(
            &state,
            Lang::of_request(request),
            &checked,
        )))
    }
}
