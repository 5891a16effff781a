//! Folders of keys: the right one, none, another's; and copies of it on several machines.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use anpei::platform::{Code, keys as in_use};
use anpei::server::keys;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{County, Kind, TestApp, copy};

fn anpei(data: &Path, database: &str, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_anpei"))
        .args(words)
        .args(["--data", data.to_str().unwrap()])
        .args(["--database-url", database])
        .output()
        .unwrap()
}

fn told(output: &Output) -> Value {
    let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    serde_json::from_slice(out).unwrap_or_else(|e| panic!("{e}: {err}"))
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[rstest]
#[tokio::test]
async fn a_database_sealed_with_other_keys_is_left_alone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    County::make(&app).await;
    let database = app.state.settings.database();
    let database = database.expose_secret();
    // An empty folder: refused in both languages, and no keys are made.
    let empty = tempfile::tempdir().unwrap();
    for words in [
        &["migrate"][..],
        &["user", "list"],
        &["doctor"],
        &["keys", "list"],
    ] {
        let why = refused(&anpei(empty.path(), database, words));
        assert!(
            why.contains("请从备份或另一台实例复制 keys 文件夹"),
            "{why}"
        );
        assert!(why.contains("field-1, lookup-1, token-1"), "{why}");
        assert!(why.contains("copy the keys folder"), "{why}");
        assert!(!empty.path().join("keys/field-1.key").exists(), "{words:?}");
    }
    // Another installation's keys.
    let stranger = tempfile::tempdir().unwrap();
    let own = format!("sqlite://{}/own.db?mode=rwc", stranger.path().display());
    assert!(anpei(stranger.path(), &own, &["migrate"]).status.success());
    let why = refused(&anpei(stranger.path(), database, &["migrate"]));
    assert!(why.contains("不是原来的密钥"), "{why}");
    assert!(why.contains("put the right keys folder back"), "{why}");
    // The keys beside: it opens.
    copy(app.data(), empty.path(), &["keys"]);
    let seen = anpei(empty.path(), database, &["keys", "list", "--json"]);
    assert_eq!(told(&seen)["keys"].as_array().unwrap().len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn keys_made_beforehand_wait_until_every_machine_has_them() {
    let app = Arc::new(TestApp::start(Kind::Postgres).await);
    let far = Arc::new(TestApp::apart(&app).await);
    let ready = || async {
        let request = far.request(Method::GET, "/readyz");
        request.send().await.unwrap().status()
    };
    let names = keys::prepare(&app.state).await.unwrap();
    assert_eq!(keys::prepare(&app.state).await.unwrap(), names, "made once");
    in_use::look(&app.state).await.unwrap();
    assert_eq!(app.state.seal.field_now(), 1, "made, not in use");
    in_use::look(&far.state).await.unwrap();
    assert_eq!(ready().await, StatusCode::OK);
    // Put in use before they were copied: the other machine says that it is not ready, and goes on with the old ones.
    let (in_use_now, _) = keys::rotate(&app.state).await.unwrap();
    assert_eq!(in_use_now, names);
    let fault = in_use::look(&far.state).await.unwrap_err();
    assert_eq!(fault.code, Code::KeysMissing);
    assert!(fault.to_string().contains("field-2, token-2"), "{fault}");
    assert_eq!(ready().await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(far.state.seal.field_now(), 1);
    copy(app.data(), far.data(), &["keys"]);
    in_use::look(&far.state).await.unwrap();
    assert_eq!(ready().await, StatusCode::OK);
    assert_eq!(far.state.seal.field_now(), 2);
    far.finish().await;
    app.finish().await;
}

#[test]
fn keys_are_looked_after_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let database = format!("sqlite://{}/anpei.db?mode=rwc", data.display());
    let run = |words: &[&str]| anpei(data, &database, words);
    let add = run(&["county", "add", "330624", "新昌县"]);
    assert!(add.status.success());
    let made = told(&run(&["keys", "rotate", "--prepare", "--json"]));
    assert_eq!(made["keys"], json!(["field-2", "token-2"]));
    assert_eq!(made["job_id"], Value::Null);
    let standing = || {
        let seen = told(&run(&["keys", "list", "--json"]));
        let keys = seen["keys"].as_array().unwrap().clone();
        let each = keys
            .iter()
            .map(|k| format!("{} {}", k["key"], k["standing"]));
        each.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    assert_eq!(
        standing(),
        "field-1 current, field-2 prepared, lookup-1 current, token-1 current, token-2 prepared"
    );
    let used = told(&run(&["keys", "rotate", "--json"]));
    assert_eq!(used["keys"], json!(["field-2", "token-2"]));
    assert!(used["job_id"].is_string());
    assert_eq!(
        standing(),
        "field-1 kept, field-2 current, lookup-1 current, token-1 kept, token-2 current"
    );
    let done = told(&run(&["keys", "reseal", "--json"]));
    assert_eq!(done, json!({"values": 0, "files": 0}));
    for (key, why) in [
        ("field-1", "something may still need it"),
        ("field-2", "it is in use"),
        ("lookup-1", "nobody on file would be found"),
        ("field-9", "there is no such key"),
        ("fields", "invalid value"),
    ] {
        let told = refused(&run(&["keys", "drop", key]));
        assert!(told.contains(why), "{key}: {told}");
    }
    let text = run(&["keys", "list"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("person.id_sealed"));
}
