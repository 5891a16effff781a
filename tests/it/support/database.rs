//! A throw-away database: a file, or a database of its own in the PostgreSQL cluster the test script started.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database as Sea};

/// Which kind of database a story is told on.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database that goes with its test.
pub struct Database {
    pub url: String,
    name: Option<String>,
}

impl Database {
    pub async fn make(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::Sqlite => Self {
                url: format!("sqlite://{}?mode=rwc", folder.join("anpei.db").display()),
                name: None,
            },
            Kind::Postgres => {
                let admin = admin();
                let name = format!("test_{}", anpei::platform::clock::new_id().simple());
                let db = Sea::connect(&admin).await.unwrap();
                db.execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                db.close().await.unwrap();
                let (base, _) = admin.rsplit_once('/').unwrap();
                Self {
                    url: format!("{base}/{name}"),
                    name: Some(name),
                }
            }
        }
    }

    pub async fn remove(self) {
        if let Some(name) = self.name {
            let db = Sea::connect(admin()).await.unwrap();
            db.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await
                .unwrap();
            db.close().await.unwrap();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test script tells where its cluster is"
)]
fn admin() -> String {
    std::env::var("TEST_DATABASE_URL")
        .expect("run the tests with `make test`: it starts a PostgreSQL of its own")
}
