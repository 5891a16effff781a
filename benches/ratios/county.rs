//! Counties to measure on, on a database of their own, and a server before them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anpei::platform::clock::Clock;
use anpei::platform::config::Settings;
use anpei::platform::{App, State};
use anpei::{certificates, demo, server};
use clap::Parser;
use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use tempfile::TempDir;

use crate::Out;

/// A kind of database; `PostgreSQL` by the address of its cluster.
#[derive(Clone, Debug)]
pub enum Kind {
    Sqlite,
    Postgres(String),
}

impl Kind {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// Settings as the command line would give them.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// Settings for a folder and a database; the log goes where standard error goes.
pub fn settings(folder: &Path, url: &str) -> Out<Settings> {
    let folder = folder.display().to_string();
    let line = ["anpei", "--data", &folder, "--database-url", url];
    Ok(Line::try_parse_from(line)?.settings)
}

/// An open data folder over a database of its own.
pub struct Place {
    pub state: App,
    pub url: String,
    pub folder: TempDir,
}

impl Place {
    /// An empty one, or a copy of the database of another.
    pub async fn make(kind: &Kind, like: Option<&Self>) -> Out<Self> {
        Self::make_at(kind, like, None).await
    }

    /// The same with a clock that stands.
    async fn make_at(
        kind: &Kind,
        like: Option<&Self>,
        at: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Out<Self> {
        let folder = tempfile::tempdir()?;
        let url = match (kind, like) {
            (Kind::Sqlite, like) => {
                let file = folder.path().join("anpei.db");
                if let Some(like) = like {
                    let from = like.folder.path().join("anpei.db");
                    let into = format!("VACUUM INTO '{}'", file.display());
                    rusqlite::Connection::open(from)?.execute_batch(&into)?;
                }
                format!("sqlite://{}?mode=rwc", file.display())
            }
            (Kind::Postgres(admin), like) => {
                let name = format!("bench_{}", anpei::platform::clock::new_id().simple());
                let template = match like {
                    Some(like) => like.url.rsplit('/').next().unwrap_or_default().to_owned(),
                    None => "template0".to_owned(),
                };
                if let Some(like) = like {
                    like.state.db.close().await;
                }
                let db = Database::connect(admin).await?;
                db.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
                    .await?;
                db.close().await?;
                let (base, _) = admin.rsplit_once('/').ok_or("an address without a path")?;
                format!("{base}/{name}")
            }
        };
        if let Some(like) = like {
            copy_folder(
                &like.folder.path().join("keys"),
                &folder.path().join("keys"),
            )?;
        }
        let mut state = State::open(settings(folder.path(), &url)?).await?;
        if let (Some(at), Some(state)) = (at, Arc::get_mut(&mut state)) {
            state.clock = Clock::standing(at, state.settings.utc_offset_minutes);
        }
        certificates::ensure_catalogue(&state).await?;
        certificates::ensure_rules(&state).await?;
        Ok(Self { state, url, folder })
    }

    /// The sample county, loaded as everybody loads it.
    pub async fn demo(kind: &Kind) -> Out<Self> {
        let place = Self::make(kind, None).await?;
        demo::load(&place.state, &sample(), false).await?;
        Ok(place)
    }

    /// The same on a morning, on which classes can be held.
    pub async fn demo_at(kind: &Kind, morning: &str) -> Out<Self> {
        let place = Self::make_at(kind, None, Some(morning.parse()?)).await?;
        demo::load(&place.state, &sample(), false).await?;
        Ok(place)
    }

    /// Serves it on a free port until the run ends.
    pub async fn serve(&self) -> Out<SocketAddr> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(server::serve(
            self.state.clone(),
            listener,
            std::future::pending(),
        ));
        Ok(address)
    }

    /// Login and password of a demo account.
    pub fn account(&self, role: &str) -> Out<(String, String)> {
        let accounts: Vec<Value> = serde_json::from_slice(&std::fs::read(
            self.folder.path().join(demo::ACCOUNTS_FILE),
        )?)?;
        let account = accounts.iter().find(|account| account["role"] == role);
        let word = |name: &str| {
            let word = account.and_then(|account| account[name].as_str());
            word.map(str::to_owned).ok_or("no such demo account")
        };
        Ok((word("login")?, word("password")?))
    }

    /// An access token of a demo account, good for fifteen minutes.
    pub async fn token(&self, address: SocketAddr, role: &str) -> Out<String> {
        let (login, password) = self.account(role)?;
        let body = serde_json::json!({"login": login, "password": password});
        let answer = reqwest::Client::new()
            .post(format!("http://{address}/v1/accounts/session"))
            .json(&body)
            .send()
            .await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        Ok(answer["access_token"]
            .as_str()
            .ok_or("no token")?
            .to_owned())
    }
}

/// The sample county's folder.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/xinchang_2020")
}

/// What a GET answers.
pub async fn read(address: SocketAddr, path: &str, token: &str) -> Out<Vec<u8>> {
    let answer = reqwest::Client::new()
        .get(format!("http://{address}{path}"))
        .bearer_auth(token)
        .send()
        .await?;
    whole(answer).await
}

/// What a POST of JSON answers.
pub async fn tell(address: SocketAddr, path: &str, token: &str, body: String) -> Out<Vec<u8>> {
    let answer = reqwest::Client::new()
        .post(format!("http://{address}{path}"))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await?;
    whole(answer).await
}

/// An answer's bytes; a refusal with what it says.
async fn whole(answer: reqwest::Response) -> Out<Vec<u8>> {
    let refused = answer.error_for_status_ref().err();
    let bytes = answer.bytes().await?.to_vec();
    match refused {
        Some(refused) => Err(format!("{refused}: {}", String::from_utf8_lossy(&bytes)).into()),
        None => Ok(bytes),
    }
}

/// The ids of a list's first page.
pub async fn ids(address: SocketAddr, path: &str, token: &str) -> Out<Vec<uuid::Uuid>> {
    let page: Value = serde_json::from_slice(&read(address, path, token).await?)?;
    let items = page["items"].as_array().ok_or("no items")?;
    let id = |item: &Value| Ok(item["id"].as_str().ok_or("no id")?.parse()?);
    items.iter().map(id).collect()
}

fn copy_folder(from: &Path, to: &Path) -> Out<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
