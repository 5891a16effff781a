//! Ratings of classes on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{NewRating, Rating, Sum};
use crate::plans::rate_percent;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

/// What one thinks of a class.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct RatingInput {
    /// Whether one is satisfied with it.
    pub satisfied: bool,
    /// In one's own words; shown without a name, once three have answered.
    #[oai(validator(max_length = 500))]
    pub words: Option<String>,
}

/// A rating as its giver sees it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RatingView {
    /// The class.
    pub class_id: Uuid,
    /// Whether he is satisfied with it.
    pub satisfied: bool,
    /// In his own words.
    pub words: Option<String>,
    /// When he said so.
    pub rated_at: DateTime<FixedOffset>,
}

/// How a class was rated.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ClassRatings {
    /// Who answered.
    pub answered: i64,
    /// Of these, who is satisfied.
    pub satisfied: i64,
    /// Percent of those who answered; absent where nobody did.
    pub rate: Option<String>,
    /// Without names, the newest first; none before three have answered.
    pub words: Vec<String>,
}

/// How a township's classes were rated.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RegionRatings {
    /// The township that held them.
    pub region_id: Uuid,
    /// Answers.
    pub answered: i64,
    /// Of these, satisfied ones.
    pub satisfied: i64,
    /// Percent of the answers; absent where there are none.
    pub rate: Option<String>,
}

/// How a plan's classes were rated.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PlanRatings {
    /// Answers in reach.
    pub answered: i64,
    /// Of these, satisfied ones.
    pub satisfied: i64,
    /// Percent of the answers; absent where there are none.
    pub rate: Option<String>,
    /// By township.
    pub regions: Vec<RegionRatings>,
}

/// Ratings of classes.
pub struct RatingsApi;

#[OpenApi(prefix_path = "/v1/classes", tag = "Tag::Classes")]
impl RatingsApi {
    /// Rate a class
    ///
    /// By whoever was in it, within thirty days; said again, the newer word counts. Nobody is told who said what.
    #[oai(
        path = "/sessions/:class_id/rating",
        method = "put",
        operation_id = "rateClass"
    )]
    async fn rate_class(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<RatingInput>,
    ) -> Result<Json<RatingView>> {
        let retry = Retry::of(key.0, "rateClass", &(class_id.0, &body.0))?;
        let new = NewRating {
            satisfied: body.0.satisfied,
            words: body.0.words,
        };
        let made = super::rate(&state, &caller.0, retry, class_id.0, new).await?;
        Ok(Json(view(&state, made)))
    }

    /// Show a class's ratings
    ///
    /// How many answered and how many of them are satisfied, with their words and without their names.
    #[oai(
        path = "/sessions/:class_id/ratings",
        method = "get",
        operation_id = "getClassRatings"
    )]
    async fn get_class_ratings(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
    ) -> Result<Json<ClassRatings>> {
        let told = super::of_class(&state, &caller.0, class_id.0).await?;
        Ok(Json(ClassRatings {
            answered: told.sum.answered,
            satisfied: told.sum.satisfied,
            rate: rate(told.sum),
            words: told.words,
        }))
    }

    /// Show a plan's ratings
    ///
    /// Of all its classes in reach, by township.
    #[oai(path = "/ratings", method = "get", operation_id = "getPlanRatings")]
    async fn get_plan_ratings(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Query<Uuid>,
    ) -> Result<Json<PlanRatings>> {
        let rows = super::of_plan(&state, &caller.0, plan_id.0).await?;
        let all = rows.iter().fold(Sum::default(), |all, (_, sum)| Sum {
            answered: all.answered + sum.answered,
            satisfied: all.satisfied + sum.satisfied,
        });
        let regions = rows.into_iter().map(|(region_id, sum)| RegionRatings {
            region_id,
            answered: sum.answered,
            satisfied: sum.satisfied,
            rate: rate(sum),
        });
        Ok(Json(PlanRatings {
            answered: all.answered,
            satisfied: all.satisfied,
            rate: rate(all),
            regions: regions.collect(),
        }))
    }
}

fn rate(sum: Sum) -> Option<String> {
    rate_percent(sum.satisfied, sum.answered, 1).map(|rate| rate.to_string())
}

fn view(state: &App, told: Rating) -> RatingView {
    RatingView {
        class_id: told.class_id,
        satisfied: told.satisfied,
        words: told.words,
        rated_at: state.clock.local(told.rated_at),
    }
}
