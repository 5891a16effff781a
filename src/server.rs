//! Every room's API on one screen, and the server around them.

mod answers;
mod app_files;
mod compress;
mod edge;
mod faults;
mod figures;
mod headers;
pub mod jobs_api;
pub mod keys;
mod pages;

use std::future::Future;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::listener::TcpAcceptor;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Route, get, handler};
use poem_openapi::OpenApiService;

use crate::platform::jobs::{self, Lane, Running};
use crate::platform::recurring::{self, Task};
use crate::platform::{App, Fault, Result, keys as sealed_with, sessions};
use crate::{
    accounts, archives, audit, boards, certificates, classes, codes, corrections, courses, exams,
    hours, me, notices, people, places, plans, proofs, reminders, spec,
};

pub use figures::serve_metrics;

/// Seconds that requests under way get to finish once the server stops.
const STOP_SECONDS: u64 = 20;

type PlatformApis = (
    notices::api::NoticesApi,
    notices::inbox::api::InboxApi,
    notices::choices::api::ChoicesApi,
    reminders::api::RemindersApi,
    corrections::api::CorrectionsApi,
    accounts::api::AccountsApi,
    accounts::api::devices::DevicesApi,
    accounts::api::entrances::EntrancesApi,
    accounts::staff::api::StaffApi,
    audit::api::AuditApi,
    jobs_api::JobsApi,
);
type PlacesApis = (
    places::api::PlacesApi,
    places::tags::api::TagsApi,
    people::api::PeopleApi,
    people::api::contacts::ContactsApi,
);
type PlansApis = (
    plans::api::PlansApi,
    plans::quotas::api::QuotasApi,
    plans::settle::api::SettlementsApi,
    hours::api::HoursApi,
    hours::law::api::LawApi,
    hours::academies::api::AcademiesApi,
    CoursesApis,
    ExamsApis,
);
type CoursesApis = (
    courses::library::api::LibraryApi,
    courses::study::api::StudyApi,
    courses::progress::api::ProgressApi,
    courses::media::api::MediaApi,
    courses::media::api::content::MediaContentApi,
);
type ExamsApis = (
    exams::questions::api::QuestionsApi,
    exams::papers::api::PapersApi,
    exams::attempts::api::AttemptsApi,
);
type ClassesApis = (
    classes::upload_api::AttendanceUploadsApi,
    classes::api::ClassesApi,
    classes::FurtherApis,
);
type CertificatesApis = (
    certificates::api::CertificatesApi,
    codes::api::open::OpenCodesApi,
    codes::api::CodesApi,
    codes::inspections::api::InspectionsApi,
    codes::batches::api::BatchesApi,
    certificates::regime::api::RegimeApi,
    certificates::checks::api::IssuerChecksApi,
    codes::api::print::PrintsApi,
    codes::reviews::api::ReviewsApi,
);
type BoardsApis = (
    proofs::api::ProofsApi,
    boards::api::BoardsApi,
    boards::api::answers::AnswersApi,
    boards::signs::api::SignsApi,
    me::api::MeApi,
    archives::api::ArchivesApi,
);

type Apis = (
    PlatformApis,
    PlacesApis,
    PlansApis,
    ClassesApis,
    CertificatesApis,
    BoardsApis,
);

/// The rooms' operations.
#[must_use]
pub fn api() -> OpenApiService<Apis, ()> {
    let rooms = (
        (
            notices::api::NoticesApi,
            notices::inbox::api::InboxApi,
            notices::choices::api::ChoicesApi,
            reminders::api::RemindersApi,
            corrections::api::CorrectionsApi,
            accounts::api::AccountsApi,
            accounts::api::devices::DevicesApi,
            accounts::api::entrances::EntrancesApi,
            accounts::staff::api::StaffApi,
            audit::api::AuditApi,
            jobs_api::JobsApi,
        ),
        (
            places::api::PlacesApi,
            places::tags::api::TagsApi,
            people::api::PeopleApi,
            people::api::contacts::ContactsApi,
        ),
        (
            plans::api::PlansApi,
            plans::quotas::api::QuotasApi,
            plans::settle::api::SettlementsApi,
            hours::api::HoursApi,
            hours::law::api::LawApi,
            hours::academies::api::AcademiesApi,
            (
                courses::library::api::LibraryApi,
                courses::study::api::StudyApi,
                courses::progress::api::ProgressApi,
                courses::media::api::MediaApi,
                courses::media::api::content::MediaContentApi,
            ),
            (
                exams::questions::api::QuestionsApi,
                exams::papers::api::PapersApi,
                exams::attempts::api::AttemptsApi,
            ),
        ),
        (
            classes::upload_api::AttendanceUploadsApi,
            classes::api::ClassesApi,
            classes::further_apis(),
        ),
        (
            certificates::api::CertificatesApi,
            codes::api::open::OpenCodesApi,
            codes::api::CodesApi,
            codes::inspections::api::InspectionsApi,
            codes::batches::api::BatchesApi,
            certificates::regime::api::RegimeApi,
            certificates::checks::api::IssuerChecksApi,
            codes::api::print::PrintsApi,
            codes::reviews::api::ReviewsApi,
        ),
        (
            proofs::api::ProofsApi,
            boards::api::BoardsApi,
            boards::api::answers::AnswersApi,
            boards::signs::api::SignsApi,
            me::api::MeApi,
            archives::api::ArchivesApi,
        ),
    );
    OpenApiService::new(rooms, "安培 Anpei", env!("CARGO_PKG_VERSION")).server("/")
}

/// All that is served: the API, its document, its documentation page, health.
pub fn app(state: &App) -> BoxEndpoint<'static, Response> {
    let service = api();
    let document = spec::finished(&service);
    let page = spec::page(&service.scalar_html(), &document);
    let paths = spec::Paths::of(&document);
    let text = serde_json::to_string(&document).unwrap_or_default();
    let document = pages::Page::of("application/json", text);
    let page = pages::Page::of("text/html; charset=utf-8", page);
    let pages = Route::new()
        .at("/openapi.json", get(pages::serve(document)))
        .at("/docs", get(pages::serve(page)))
        // A QR code in capitals is smaller: its address has them too.
        .at("/v", get(codes::api::page::scanned))
        .at("/V", get(codes::api::page::scanned))
        .at("/t", get(proofs::api::page::proof))
        .at("/healthz", get(alive))
        .at("/readyz", get(ready));
    let api = service.into_endpoint();
    Doors { api, pages }
        .around(move |next, request| edge::serve(next, request, paths.clone()))
        .data(state.clone())
        .map_to_response()
        .boxed()
}

/// The API, and beside it the few pages of our own: a route nested at the root reads each address twice.
struct Doors<E> {
    api: E,
    pages: Route,
}

impl<E: Endpoint<Output = Response>> Endpoint for Doors<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match request.uri().path() {
            "/openapi.json" | "/docs" | "/v" | "/V" | "/t" | "/healthz" | "/readyz" => {
                self.pages.call(request).await
            }
            _ if app_files::is_for(&request) => Ok(app_files::serve(&request)?),
            _ => self.api.call(request).await,
        }
    }
}

#[handler]
fn alive() -> &'static str {
    "ok"
}

#[handler]
async fn ready(state: poem::web::Data<&App>) -> Result<&'static str> {
    state.db.ping().await?;
    if state.seal.is_whole() && state.db.is_up_to_date().await? {
        Ok("ok")
    } else {
        Err(Fault::new(crate::platform::Code::Busy))
    }
}

/// Which work each kind of job stands for.
#[must_use]
pub fn dispatch(state: App, job: entity::job::Model) -> Running {
    Box::pin(async move {
        match job.kind.as_str() {
            classes::uploads::COMMIT_JOB => {
                classes::uploads::run_commit(&state, job.id, &job.payload).await
            }
            hours::academies::uploads::COMMIT_JOB => {
                hours::academies::uploads::run_commit(&state, &job.payload).await
            }
            accounts::resets::RESET_JOB => {
                accounts::resets::run(&state, job.id, &job.payload).await
            }
            accounts::activation::ACTIVATION_JOB => {
                accounts::activation::run(&state, job.id, &job.payload).await
            }
            certificates::REFRESH_JOB => {
                codes::refresh::run(&state, job.id, job.county_id, &job.payload).await
            }
            codes::batches::BATCH_JOB => {
                codes::batches::run_job(&state, job.id, job.county_id, &job.payload).await
            }
            keys::RESEAL_JOB => keys::run_reseal(&state, job.id).await,
            other => Err(Fault::internal(format!("no such kind of job: {other}"))),
        }
    })
}

/// Jobs done in a moment, of somebody who waits at the door: a sheet of 100,000 lines or new keys do not keep him.
const MOMENTARY: &[&str] = accounts::resets::DOOR_JOBS;

/// The jobs an instance does side by side.
pub const LANES: &[Lane] = &[Lane::Only(MOMENTARY), Lane::AllBut(MOMENTARY)];

/// What comes round again.
pub const RECURRING: &[Task] = &[
    Task {
        name: archives::TASK,
        every_minutes: 60,
        work: |app| Box::pin(archives::purge(app)),
    },
    Task {
        name: codes::refresh::TASK,
        every_minutes: 24 * 60,
        work: |app| Box::pin(codes::refresh::daily(app)),
    },
    Task {
        name: reminders::rounds::TASK,
        every_minutes: 60,
        work: |app| Box::pin(reminders::rounds::round(app)),
    },
    Task {
        name: exams::attempts::TASK,
        every_minutes: 1,
        work: |app| Box::pin(exams::attempts::deadlines(app)),
    },
    Task {
        name: courses::media::sweep::TASK,
        every_minutes: 60,
        work: |app| Box::pin(courses::media::sweep::round(app)),
    },
];

/// Serves until `stop` comes, then finishes what was begun.
///
/// # Errors
/// `internal` when the socket fails.
pub async fn serve(
    state: App,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let fail = |e: std::io::Error| Fault::internal(e.to_string());
    // Before the first answer: what others ended while this instance was away.
    sessions::look(&state).await?;
    let acceptor = TcpAcceptor::from_tokio(listener).map_err(fail)?;
    let runner = tokio::spawn(jobs::run(state.clone(), dispatch, LANES));
    let sessions = tokio::spawn(sessions::watch(state.clone()));
    let keys_in_use = tokio::spawn(sealed_with::watch(state.clone()));
    let sender = tokio::spawn(notices::run(state.clone()));
    let rounds = tokio::spawn(recurring::run(state.clone(), RECURRING));
    let told = state.clone();
    let stop = async move {
        stop.await;
        // Event streams end by themselves now; requests under way get their time.
        told.stopping.send_replace(true);
    };
    poem::Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(app(&state), stop, Some(Duration::from_secs(STOP_SECONDS)))
        .await
        .map_err(fail)?;
    for task in [runner, rounds, sessions, keys_in_use, sender] {
        task.await.map_err(|e| Fault::internal(e.to_string()))?;
    }
    state.db.close().await;
    tracing::info!("stopped");
    Ok(())
}
