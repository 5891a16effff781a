//! Background jobs on the wire.

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::platform::caller::Signed;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result, jobs};

/// A background job.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct JobView {
    /// Id.
    pub id: Uuid,
    /// What it does.
    pub kind: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// Steps done.
    pub done: i64,
    /// Steps in all.
    pub total: i64,
    /// How often it was tried.
    pub attempts: i32,
    /// The code of what went wrong.
    pub fault: Option<String>,
    /// What came of it, as JSON text.
    pub result: Option<String>,
}

/// Jobs.
pub struct JobsApi;

#[OpenApi(prefix_path = "/v1/jobs", tag = "Tag::Jobs")]
impl JobsApi {
    /// Show a job
    ///
    /// How far a job is that the caller started.
    #[oai(path = "/:job_id", method = "get", operation_id = "getJob")]
    async fn get_job(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The job.
        job_id: Path<Uuid>,
    ) -> Result<Json<JobView>> {
        caller.0.may(Action::ReadJobs)?;
        let job = jobs::find(&state, caller.0.county_id, caller.0.account_id, job_id.0).await?;
        let (done, total) = match job.state.as_str() {
            "done" => (job.total, job.total),
            _ => jobs::progress(job.id).unwrap_or((job.done, job.total)),
        };
        Ok(Json(JobView {
            id: job.id,
            kind: job.kind,
            state: job.state,
            done,
            total,
            attempts: job.attempts,
            fault: job.fault,
            result: job.result,
        }))
    }
}
