//! A county is copied while it works, put back into an empty place, and is the same county there.

use std::path::Path;
use std::sync::Arc;

use anpei::boards::{self, Board};
use anpei::copies;
use anpei::places::{self, NewEnterprise};
use anpei::platform::config::Settings;
use anpei::platform::idempotency::Retry;
use anpei::platform::{Caller, Scope, State};
use rstest::rstest;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Client, County, Database, Kind, Person, TestApp, person};

/// A county with people who were trained, and a sheet among its files.
struct Office {
    app: Arc<TestApp>,
    county: County,
    officer: Client,
    /// Where copies lie.
    shelf: TempDir,
}

/// An empty place of the same kind.
struct Place {
    database: Database,
    folder: TempDir,
    settings: Settings,
}

impl Place {
    async fn of(kind: Kind, like: &Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let database = Database::make(kind, folder.path()).await;
        let mut settings = like.clone();
        settings.data = data;
        settings.database_url = Some(database.url.clone().into());
        Self {
            database,
            folder,
            settings,
        }
    }

    async fn remove(self) {
        self.database.remove().await;
        drop(self.folder);
    }
}

impl Office {
    async fn open(kind: Kind) -> Self {
        let app = Arc::new(TestApp::start(kind).await);
        let county = County::make(&app).await;
        let (a, b, officer) = county.officers(&app).await;
        let people: Vec<Person> = (0..6).map(person).collect();
        let plan = county.plan.to_string();
        let uploads = "/v1/classes/attendance-uploads";
        let sheet = Person::sheet(&people, "东山街道第1期");
        let (_, seen) = officer
            .hand_in(uploads, "a.csv", sheet, &[("plan_id", plan)])
            .await;
        let commit = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
        officer.make(&commit, &json!({})).await;
        drop((a, b));
        Self {
            app,
            county,
            officer,
            shelf: tempfile::tempdir().unwrap(),
        }
    }

    async fn board(&self, state: &State) -> Board {
        let scope = Scope::county(self.county.id);
        boards::board(state, &scope, None, None).await.unwrap()
    }

    /// Goes on putting enterprises on file until it is told to stop; how many.
    async fn busy(&self, mut stop: tokio::sync::oneshot::Receiver<()>) -> usize {
        let by = Caller::console(self.county.id);
        let mut made = 0;
        while stop.try_recv().is_err() {
            let new = NewEnterprise {
                region_id: self.county.a,
                name: format!("添置厂{made}有限公司"),
                credit_code: None,
                industry: "工贸".into(),
            };
            places::create_enterprise(&self.app.state, &by, Retry::never(), new)
                .await
                .unwrap();
            made += 1;
        }
        made
    }

    async fn finish(self) {
        drop(self.officer);
        self.app.finish().await;
    }
}

fn figures(board: &Board) -> Vec<(String, i64, i64, i64)> {
    let rows = board.regions.iter();
    rows.map(|row| (row.name.clone(), row.quota, row.completed, row.person_times))
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_copy_taken_while_others_write_is_the_same_county_elsewhere(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let office = Office::open(kind).await;
    let file = office.shelf.path().join("county.backup");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let copying = async {
        let copied = copies::backup(&office.app.state, &file).await.unwrap();
        stop.send(()).unwrap();
        copied
    };
    let (copied, made) = tokio::join!(copying, office.busy(stopped));
    assert!(made > 0, "it went on writing");
    assert_eq!(copied.packs.len(), 3);
    assert!(
        copied.packs.iter().all(|pack| pack.entries > 0),
        "{copied:?}"
    );
    // No key lies in what goes to the shelf with everything else.
    for name in ["county.backup", "county.backup.files"] {
        let bytes = std::fs::read(office.shelf.path().join(name)).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"field-1.k"), "{name}");
    }
    let place = Place::of(kind, &office.app.state.settings).await;
    let back = copies::restore(place.settings.clone(), &file, None).await;
    let back = back.unwrap();
    assert!(back.is_sound(), "{:?}", back.checks);
    let state = State::open(place.settings.clone()).await.unwrap();
    assert_eq!(
        figures(&office.board(&state).await),
        figures(&office.board(&office.app.state).await)
    );
    state.db.close().await;
    drop(state);
    // What is there is not written over.
    let again = copies::restore(place.settings.clone(), &file, None).await;
    assert!(again.unwrap_err().to_string().contains("--data"));
    let twice = copies::backup(&office.app.state, &file).await;
    assert!(twice.unwrap_err().to_string().contains("FILE"));
    place.remove().await;
    office.finish().await;
}

/// Turns over one byte in the middle of a file.
fn spoil(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x40;
    std::fs::write(file, bytes).unwrap();
}

#[rstest]
#[tokio::test]
async fn a_copy_that_is_not_whole_is_refused(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let office = Office::open(kind).await;
    let shelf = office.shelf.path();
    let (first, second) = (shelf.join("first"), shelf.join("second"));
    copies::backup(&office.app.state, &first).await.unwrap();
    copies::backup(&office.app.state, &second).await.unwrap();
    let other = shelf.join("second.keys");
    let place = Place::of(kind, &office.app.state.settings).await;
    let mixed = copies::restore(place.settings.clone(), &first, Some(&other)).await;
    assert!(
        mixed.unwrap_err().to_string().contains("FILE"),
        "keys of another copy"
    );
    place.remove().await;
    let place = Place::of(kind, &office.app.state.settings).await;
    spoil(&shelf.join("first"));
    copies::restore(place.settings.clone(), &first, None)
        .await
        .unwrap_err();
    // Nothing of it is left behind: the whole one goes into the same place.
    let back = copies::restore(place.settings.clone(), &second, None).await;
    assert!(back.unwrap().is_sound());
    place.remove().await;
    let place = Place::of(kind, &office.app.state.settings).await;
    std::fs::remove_file(shelf.join("second.files")).unwrap();
    copies::restore(place.settings.clone(), &second, None)
        .await
        .unwrap_err();
    place.remove().await;
    office.finish().await;
}
