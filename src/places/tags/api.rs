//! Enterprise tags on the wire.

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{self, Tagged};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// A tag an enterprise may bear.
#[derive(Debug, Clone, Object)]
pub struct TagView {
    /// The stable word.
    pub tag: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// One of the five industries of which the law asks more hours.
    pub high_risk: bool,
}

/// Every tag.
#[derive(Debug, Clone, Object)]
pub struct TagList {
    /// In a stable order, high-risk industries first.
    pub items: Vec<TagView>,
}

/// A tag an enterprise bears or bore.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct EnterpriseTagView {
    /// The stable word.
    pub tag: String,
    /// First day; absent where it has ever been so.
    pub from_day: Option<NaiveDate>,
    /// Last day; absent while it lasts.
    pub to_day: Option<NaiveDate>,
}

/// The tags of an enterprise, with their days.
#[derive(Debug, Clone, Object)]
pub struct EnterpriseTags {
    /// Oldest first.
    pub items: Vec<EnterpriseTagView>,
}

/// The tags an enterprise is to bear.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct EnterpriseTagsInput {
    /// All of them: one left out ends the day before. A word or a name of `listTags`.
    #[oai(validator(max_items = 20))]
    pub tags: Vec<String>,
    /// From which day on. Absent: today, or ever where the enterprise has no tag yet.
    pub from_day: Option<NaiveDate>,
}

/// Enterprise tags.
pub struct TagsApi;

#[OpenApi(prefix_path = "/v1/places", tag = "Tag::Places")]
impl TagsApi {
    /// List the tags there are
    ///
    /// What an enterprise may be marked as, with names in both languages.
    #[oai(path = "/tags", method = "get", operation_id = "listTags")]
    async fn list_tags(&self, caller: Signed) -> Result<Json<TagList>> {
        caller.0.may(Action::ReadPlaces)?;
        let items = rules::WORDS.iter().map(|tag| TagView {
            tag: tag.word.to_owned(),
            name_zh: tag.zh.to_owned(),
            name_en: tag.en.to_owned(),
            high_risk: tag.high_risk,
        });
        Ok(Json(TagList {
            items: items.collect(),
        }))
    }

    /// List an enterprise's tags
    ///
    /// Present and past ones with their days: a past day is judged by the tags of that day.
    #[oai(
        path = "/enterprises/:enterprise_id/tags",
        method = "get",
        operation_id = "listEnterpriseTags"
    )]
    async fn list_enterprise_tags(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enterprise.
        enterprise_id: Path<Uuid>,
    ) -> Result<Json<EnterpriseTags>> {
        let scope = caller.0.may(Action::ReadEnterprises)?;
        let rows = super::history(&state, &scope, enterprise_id.0).await?;
        Ok(Json(view(rows)))
    }

    /// Set an enterprise's tags
    ///
    /// From a day on it bears just these; the days before stay as they were.
    #[oai(
        path = "/enterprises/:enterprise_id/tags",
        method = "put",
        operation_id = "setEnterpriseTags"
    )]
    async fn set_enterprise_tags(
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
        body: Json<EnterpriseTagsInput>,
    ) -> Result<Json<EnterpriseTags>> {
        let retry = Retry::of(key.0, "setEnterpriseTags", &(enterprise_id.0, &body.0))?;
        let EnterpriseTagsInput { tags, from_day } = body.0;
        let seen = Seen::of(if_match.0, |rows: &Vec<Tagged>| view(rows.clone()));
        let change = (tags, from_day);
        let rows = super::set(&state, &caller.0, retry, enterprise_id.0, change, seen).await?;
        Ok(Json(view(rows)))
    }
}

fn view(rows: Vec<Tagged>) -> EnterpriseTags {
    let items = rows.into_iter().map(|row| EnterpriseTagView {
        tag: row.tag,
        from_day: Some(row.from_day).filter(|day| *day != rules::ever()),
        to_day: row.to_day,
    });
    EnterpriseTags {
        items: items.collect(),
    }
}
