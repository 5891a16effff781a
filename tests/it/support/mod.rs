//! A real server on a real database for each test, and callers of every role.

mod county;
pub mod courses;
mod database;
mod gateway;
mod phone;
mod photos;
mod program;
mod smtp;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use anpei::platform::caller::Claims;
use anpei::platform::clock::Clock;
use anpei::platform::config::Settings;
use anpei::platform::{App, State, clock};
use anpei::{boards, certificates, server};
use chrono::{DateTime, Utc};
use clap::Parser;
use reqwest::{Method, RequestBuilder, StatusCode};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::oneshot;

pub use county::{County, Person, credit_code, id_number, person};
pub use database::{Database, Kind};
pub use gateway::Gateway;
pub use phone::{Phone, printed};
pub use photos::card_photo;
pub use program::{Program, free};
pub use smtp::{Smtp, secret_in};

/// Settings as the command line would give them.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// A server of its own, stopped and recounted when the test ends well.
pub struct TestApp {
    pub state: App,
    pub address: String,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<tokio::task::JoinHandle<()>>,
    database: Option<Database>,
    _folder: TempDir,
}

impl TestApp {
    /// Starts a server on an empty database.
    pub async fn start(kind: Kind) -> Self {
        Self::start_with(kind, &[]).await
    }

    /// Starts a server with further command-line settings.
    pub async fn start_with(kind: Kind, more: &[&str]) -> Self {
        Self::start_by(kind, more, None).await
    }

    /// Starts a server whose clock stands at an instant until it is set: `state.clock.set`.
    pub async fn start_at(kind: Kind, at: DateTime<Utc>) -> Self {
        Self::start_by(kind, &[], Some(at)).await
    }

    /// Starts a server with further settings, its clock standing at an instant where one is given.
    pub async fn start_by(kind: Kind, more: &[&str], at: Option<DateTime<Utc>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::make(kind, folder.path()).await;
        let data = folder.path().to_string_lossy().into_owned();
        let mut line = vec!["anpei", "--data", &data, "--database-url", &database.url];
        line.extend(more);
        if !more.contains(&"--quiet-hours") {
            // What a story is about is sent while it is told, whatever the hour.
            line.extend(["--quiet-hours", "off"]);
        }
        if !more.contains(&"--address-limit") {
            // A whole suite signs in from one address.
            line.extend(["--address-limit", "1000000"]);
        }
        let settings = Line::parse_from(line).settings;
        Self::serve(settings, Some(database), folder, at).await
    }

    /// A second instance on the same database and folder, as two machines would be.
    pub async fn beside(other: &Self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::serve(other.state.settings.clone(), None, folder, None).await
    }

    /// A second instance on the same database with a folder of its own, to which the keys and files were copied.
    pub async fn apart(other: &Self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(other.data(), folder.path(), &["keys", "files"]);
        let mut settings = other.state.settings.clone();
        settings.database_url = Some(settings.database());
        settings.data = folder.path().to_owned();
        Self::serve(settings, None, folder, None).await
    }

    /// This installation some seconds later, as a command sees it that is run then.
    pub async fn later(&self, seconds: i64) -> App {
        let mut state = State::open(self.state.settings.clone()).await.unwrap();
        let at = self.state.clock.now() + seconds * 1_000_000;
        let at = DateTime::from_timestamp_micros(at).unwrap();
        let offset = state.settings.utc_offset_minutes;
        Arc::get_mut(&mut state).unwrap().clock = Clock::standing(at, offset);
        state
    }

    async fn serve(
        settings: Settings,
        database: Option<Database>,
        folder: TempDir,
        at: Option<DateTime<Utc>>,
    ) -> Self {
        // The first to try has it; what a test says is shown where it fails.
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::ERROR)
            .with_test_writer()
            .try_init();
        let mut state = State::open(settings).await.unwrap();
        if let Some(at) = at {
            let offset = state.settings.utc_offset_minutes;
            Arc::get_mut(&mut state).unwrap().clock = Clock::standing(at, offset);
        }
        certificates::ensure_catalogue(&state).await.unwrap();
        certificates::ensure_rules(&state).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn({
            let state = state.clone();
            async move {
                let stop = async move {
                    let _ = stopped.await;
                };
                server::serve(state, listener, stop).await.unwrap();
            }
        });
        Self {
            state,
            address,
            http: reqwest::Client::new(),
            stop: Some(stop),
            serving: Some(serving),
            database,
            _folder: folder,
        }
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.state.settings.data
    }

    /// A request to the API, not signed in.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    /// Signs in.
    pub async fn sign_in(self: &Arc<Self>, login: &str, password: &str) -> Client {
        let body = serde_json::json!({"login": login, "password": password});
        let answer = self
            .request(Method::POST, "/v1/accounts/session")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{login} signs in");
        let session: Value = answer.json().await.unwrap();
        Client {
            app: self.clone(),
            token: session["access_token"].as_str().unwrap().to_owned(),
            session,
        }
    }

    /// Lets nothing go on in the background from here on: neither jobs nor messages, which a test then steps by hand.
    pub async fn stop_jobs(&self) {
        self.state.stopping.send_replace(true);
        // Whoever is just looking for a job has looked once this is through.
        let tx = self.state.db.begin_write().await.unwrap();
        if self.state.db.is_postgres() {
            let all = "LOCK TABLE job, outbox_message IN ACCESS EXCLUSIVE MODE";
            tx.execute_unprepared(all).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Recounts everything: ledger, counters, chain.
    pub async fn assert_sound(&self) {
        for check in boards::doctor::checks(&self.state).await.unwrap() {
            assert!(check.ok, "{}: {}", check.name, check.detail);
        }
    }

    /// Stops the server and keeps what it left.
    pub async fn stopped(self: Arc<Self>) -> Stopped {
        let mut app = Arc::into_inner(self).expect("clients are dropped before the server");
        app.stop.take().unwrap().send(()).unwrap();
        app.serving.take().unwrap().await.unwrap();
        Stopped {
            settings: app.state.settings.clone(),
            database: app.database.take().unwrap(),
            _folder: app._folder,
        }
    }

    /// Stops the server and proves that what it left is sound.
    pub async fn finish(mut self: Arc<Self>) {
        self.assert_sound().await;
        let app = Arc::get_mut(&mut self).expect("clients are dropped before the server");
        app.stop.take().unwrap().send(()).unwrap();
        app.serving.take().unwrap().await.unwrap();
        if let Some(database) = app.database.take() {
            database.remove().await;
        }
    }
}

/// A server's database and folder after it stopped, for the built program to go on with.
pub struct Stopped {
    pub settings: Settings,
    database: Database,
    _folder: TempDir,
}

impl Stopped {
    /// The built program, serving what was left; it is killed when dropped.
    pub fn serve(&self, more: &[&str]) -> Child {
        self.command(more).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The same, with the lines of its log.
    pub fn serve_telling(&self, more: &[&str]) -> (Child, Lines<BufReader<ChildStderr>>) {
        let mut child = self.command(more).stderr(Stdio::piped()).spawn().unwrap();
        let log = child.stderr.take().unwrap();
        (child, BufReader::new(log).lines())
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_anpei"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&self.settings.data)
            .args(["--database-url", &self.database.url])
            .args(more)
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Removes the database.
    pub async fn remove(self) {
        self.database.remove().await;
    }
}

/// Copies folders below one folder to another.
pub fn copy(from: &Path, to: &Path, folders: &[&str]) {
    for folder in folders {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                copy(from, to, &[&name]);
            } else {
                std::fs::copy(entry.path(), to.join(&name)).unwrap();
            }
        }
    }
}

/// A signed-in caller.
pub struct Client {
    app: Arc<TestApp>,
    pub token: String,
    pub session: Value,
}

impl Client {
    /// What the access token says.
    pub fn claims(&self) -> Claims {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let body = self.token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
    }

    /// Somebody else of the same roles, for a request that ends his sessions.
    pub fn a_twin(&self) -> Self {
        use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
        let (kid, key) = self.app.state.seal.signing_key().unwrap();
        let header = Header {
            kid: Some(kid.to_string()),
            ..Header::new(Algorithm::HS256)
        };
        let claims = Claims {
            sub: clock::new_id(),
            sid: clock::new_id(),
            ..self.claims()
        };
        Self {
            app: self.app.clone(),
            token: encode(&header, &claims, &EncodingKey::from_secret(&key)).unwrap(),
            session: self.session.clone(),
        }
    }

    /// A request in the caller's name.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.request(method, path).bearer_auth(&self.token)
    }

    /// Reads; the status and the JSON answer.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::GET, path)).await
    }

    /// Reads what must be there.
    pub async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Posts; the status and the JSON answer.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Posts what must be taken.
    pub async fn make(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// Puts; the status and the JSON answer.
    pub async fn put(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::PUT, path).json(body)).await
    }

    /// Hands in a file with further fields of the form.
    pub async fn hand_in(
        &self,
        path: &str,
        name: &str,
        bytes: Vec<u8>,
        fields: &[(&str, String)],
    ) -> (StatusCode, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let mut form = reqwest::multipart::Form::new().part("file", part);
        for (field, value) in fields {
            form = form.text((*field).to_owned(), value.clone());
        }
        answer(self.request(Method::POST, path).multipart(form)).await
    }

    /// Waits until a job of the caller's is done; each look is an answer of the server, not a pause.
    pub async fn until_done(&self, job: &str) {
        let path = format!("/v1/jobs/{job}");
        for _ in 0..5_000 {
            let seen = self.read(&path).await;
            match seen["state"].as_str() {
                Some("done") => return,
                Some("failed") => panic!("{seen}"),
                _ => tokio::task::yield_now().await,
            }
        }
        panic!("job {job} never ends");
    }

    /// Every item of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.read(&format!("{path}{joint}limit=200{cursor}")).await;
            items.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

/// Sends; the status and the JSON answer, null where there is none.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Waits until so many of the database's connections wait for a lock; each look is an answer of `PostgreSQL`, not a pause.
pub async fn until_waiting(app: &TestApp, connections: i64) {
    let db = app.state.db.read();
    for _ in 0..50_000 {
        let count = "SELECT COUNT(*) AS n FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let count = Statement::from_string(DatabaseBackend::Postgres, count);
        let row = db.query_one_raw(count).await.unwrap().unwrap();
        if row.try_get::<i64>("", "n").unwrap() >= connections {
            return;
        }
    }
    panic!("fewer than {connections} ever wait");
}
