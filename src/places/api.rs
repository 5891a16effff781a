//! Regions and enterprises on the wire.

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{Enterprise, NewEnterprise, NewRegion, Region, RegionKind};
use super::{imports, store};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::intake::{self, ImportReport};
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

/// A county, township or reporting unit.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RegionView {
    /// Id.
    pub id: Uuid,
    /// The region above; the county has none.
    pub parent_id: Option<Uuid>,
    /// Statistical code (区划代码).
    pub code: String,
    /// Name.
    pub name: String,
    /// County, township or reporting unit.
    pub kind: RegionKind,
    /// First day it existed.
    pub valid_from: NaiveDate,
    /// Last day it existed; absent while it stands.
    pub valid_to: Option<NaiveDate>,
    /// Who took over.
    pub successor_id: Option<Uuid>,
}

/// A region to be created.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct RegionInput {
    /// Statistical code, digits and letters.
    #[oai(validator(min_length = 1, max_length = 32))]
    pub code: String,
    /// Name.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    /// Township or reporting unit.
    pub kind: RegionKind,
    /// First day it exists.
    pub valid_from: NaiveDate,
}

/// Who takes over a region, and when it ends.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct SuccessionInput {
    /// The region that takes over.
    pub successor_id: Uuid,
    /// The last day of the old region.
    pub last_day: NaiveDate,
}

/// An enterprise.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct EnterpriseView {
    /// Id.
    pub id: Uuid,
    /// The township it belongs to.
    pub region_id: Uuid,
    /// Name.
    pub name: String,
    /// Unified social credit code (GB 32100).
    pub credit_code: Option<String>,
    /// Industry as the county names it.
    pub industry: String,
}

/// What is told of an enterprise.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct EnterpriseInput {
    /// The township it belongs to.
    pub region_id: Uuid,
    /// Name.
    #[oai(validator(min_length = 2, max_length = 100))]
    pub name: String,
    /// Unified social credit code; checked (GB 32100).
    #[oai(validator(max_length = 40))]
    pub credit_code: Option<String>,
    /// Industry as the county names it.
    #[oai(default, validator(max_length = 50))]
    pub industry: String,
}

page_of!(
    /// A page of regions.
    RegionPage,
    RegionView
);
page_of!(
    /// A page of enterprises.
    EnterprisePage,
    EnterpriseView
);

/// A sheet handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct SheetForm {
    /// The sheet: .xlsx, .xls, .ods, .csv or .tsv, at most 32 MB.
    file: Upload,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    preview: bool,
}

/// Places.
pub struct PlacesApi;

#[OpenApi(prefix_path = "/v1/places", tag = "Tag::Places")]
impl PlacesApi {
    /// List regions
    ///
    /// The county and the townships in the caller's reach, in code order, those of the past included unless a day is given.
    #[oai(path = "/regions", method = "get", operation_id = "listRegions")]
    async fn list_regions(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only regions that stood on this day.
        on: Query<Option<NaiveDate>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<RegionPage>> {
        let scope = caller.0.may(Action::ReadPlaces)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let all = store::visible_regions(state.db.read(), &scope).await?;
        let wanted = all
            .iter()
            .filter(|region| on.is_none_or(|day| region.stood_on(day)));
        let rest: Vec<_> = match page.after {
            Some(after) => wanted
                .skip_while(|region| region.id != after)
                .skip(1)
                .map(view)
                .collect(),
            None => wanted.map(view).collect(),
        };
        Ok(Json(RegionPage::new(page.cut(rest, |region| region.id))))
    }

    /// Create a region
    ///
    /// A township or reporting unit of the county, from a day on.
    #[oai(path = "/regions", method = "post", operation_id = "createRegion")]
    async fn create_region(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<RegionInput>,
    ) -> Result<Json<RegionView>> {
        let RegionInput {
            code,
            name,
            kind,
            valid_from,
        } = body.0;
        let new = NewRegion {
            code,
            name,
            kind,
            valid_from,
        };
        let retry = Retry::of(key.0, "createRegion", &new)?;
        Ok(Json(view(
            &super::create_region(&state, &caller.0, retry, new).await?,
        )))
    }

    /// Show a region
    ///
    /// The county or one region in the caller's reach, standing or past.
    #[oai(
        path = "/regions/:region_id",
        method = "get",
        operation_id = "getRegion"
    )]
    async fn get_region(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The region.
        region_id: Path<Uuid>,
    ) -> Result<Json<RegionView>> {
        let scope = caller.0.may(Action::ReadPlaces)?;
        let all = store::visible_regions(state.db.read(), &scope).await?;
        all.get(region_id.0)
            .map(|region| Json(view(region)))
            .ok_or_else(Fault::not_found)
    }

    /// End a region and name its successor
    ///
    /// From the day after, sheets that name the old region mean the new one, and its officer sees both.
    #[oai(
        path = "/regions/:region_id/successor",
        method = "post",
        operation_id = "succeedRegion"
    )]
    async fn succeed_region(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The region that ends.
        region_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<SuccessionInput>,
    ) -> Result<Json<RegionView>> {
        let retry = Retry::of(key.0, "succeedRegion", &(region_id.0, &body.0))?;
        let SuccessionInput {
            successor_id,
            last_day,
        } = body.0;
        let region = super::succeed_region(
            &state,
            &caller.0,
            retry,
            region_id.0,
            successor_id,
            last_day,
            Seen::of(if_match.0, view),
        )
        .await?;
        Ok(Json(view(&region)))
    }

    /// List enterprises
    ///
    /// Enterprises in the caller's reach, by id; filtered by township or searched by name or credit code.
    #[oai(
        path = "/enterprises",
        method = "get",
        operation_id = "listEnterprises"
    )]
    async fn list_enterprises(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those of this township.
        region_id: Query<Option<Uuid>>,
        /// Part of a name, or a whole credit code.
        #[oai(validator(max_length = 100))]
        q: Query<Option<String>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<EnterprisePage>> {
        let scope = caller.0.may(Action::ReadEnterprises)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows =
            store::visible_enterprises(state.db.read(), &scope, region_id.0, q.0.as_deref(), &page)
                .await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(EnterprisePage::new((
            rows.into_iter().map(enterprise_view).collect(),
            next,
        ))))
    }

    /// Create an enterprise
    ///
    /// An enterprise of a township in the caller's reach; its credit code is checked.
    #[oai(
        path = "/enterprises",
        method = "post",
        operation_id = "createEnterprise"
    )]
    async fn create_enterprise(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<EnterpriseInput>,
    ) -> Result<Json<EnterpriseView>> {
        let new = told(body.0);
        let retry = Retry::of(key.0, "createEnterprise", &new)?;
        Ok(Json(enterprise_view(
            super::create_enterprise(&state, &caller.0, retry, new).await?,
        )))
    }

    /// Show an enterprise
    ///
    /// One enterprise in the caller's reach.
    #[oai(
        path = "/enterprises/:enterprise_id",
        method = "get",
        operation_id = "getEnterprise"
    )]
    async fn get_enterprise(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enterprise.
        enterprise_id: Path<Uuid>,
    ) -> Result<Json<EnterpriseView>> {
        let scope = caller.0.may(Action::ReadEnterprises)?;
        let row = store::enterprise(state.db.read(), &scope, enterprise_id.0).await?;
        row.map(|row| Json(enterprise_view(row)))
            .ok_or_else(Fault::not_found)
    }

    /// Change an enterprise
    ///
    /// Name, code, industry or township; what was counted before stays where it was.
    #[oai(
        path = "/enterprises/:enterprise_id",
        method = "put",
        operation_id = "updateEnterprise"
    )]
    async fn update_enterprise(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enterprise.
        enterprise_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<EnterpriseInput>,
    ) -> Result<Json<EnterpriseView>> {
        let new = told(body.0);
        let retry = Retry::of(key.0, "updateEnterprise", &(enterprise_id.0, &new))?;
        let seen = Seen::of(if_match.0, |row: &Enterprise| enterprise_view(row.clone()));
        let changed =
            super::update_enterprise(&state, &caller.0, retry, enterprise_id.0, new, seen).await?;
        Ok(Json(enterprise_view(changed)))
    }

    /// Import enterprises from a sheet
    ///
    /// Good lines go in, refused ones come back with reason and remedy; with `preview` nothing is written.
    #[oai(
        path = "/enterprise-imports",
        method = "post",
        operation_id = "importEnterprises"
    )]
    async fn import_enterprises(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: SheetForm,
    ) -> Result<Json<ImportReport>> {
        let sheet = intake::take(form.file).await?;
        let retry = Retry::of(key.0, "importEnterprises", &(&sheet.hash, form.preview))?;
        Ok(Json(
            imports::import_enterprises(&state, &caller.0, retry, sheet.bytes, form.preview)
                .await?,
        ))
    }
}

fn told(input: EnterpriseInput) -> NewEnterprise {
    let EnterpriseInput {
        region_id,
        name,
        credit_code,
        industry,
    } = input;
    NewEnterprise {
        region_id,
        name,
        credit_code,
        industry,
    }
}

fn view(region: &Region) -> RegionView {
    RegionView {
        id: region.id,
        parent_id: region.parent_id,
        code: region.code.clone(),
        name: region.name.clone(),
        kind: region.kind,
        valid_from: region.valid_from,
        valid_to: region.valid_to,
        successor_id: region.successor_id,
    }
}

fn enterprise_view(row: Enterprise) -> EnterpriseView {
    let Enterprise {
        id,
        region_id,
        name,
        credit_code,
        industry,
    } = row;
    EnterpriseView {
        id,
        region_id,
        name,
        credit_code,
        industry,
    }
}
