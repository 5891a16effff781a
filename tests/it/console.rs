//! The command line, as scripts call it: the built program, its output and its exit codes.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn anpei(data: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_anpei"))
        .args(words)
        .args(["--data", data.to_str().unwrap()])
        .env_remove("DATABASE_URL")
        .env("ANPEI_NEW_PASSWORD", "correct horse battery")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn told(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text} {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_script_makes_a_county_previews_a_sheet_and_reads_the_board() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let samples = "samples/xinchang_2020";
    let truth: Value =
        serde_json::from_slice(&std::fs::read(format!("{samples}/expected.json")).unwrap())
            .unwrap();
    let loaded = anpei(data, &["demo", "--from", samples, "--json"]);
    assert!(
        loaded.status.success(),
        "{}",
        String::from_utf8_lossy(&loaded.stderr)
    );

    let board = told(&anpei(data, &["board", "--json"]));
    let totals = &truth["totals"];
    for (ours, theirs) in [
        ("quota", "quota"),
        ("completed", "trained_people"),
        ("training_rate", "training_rate"),
        ("due", "due"),
        ("claimed", "claimed"),
        ("claimed_on_list", "claimed_on_list"),
        ("claimed_outside_list", "claimed_outside_list"),
        ("claim_rate", "claim_rate"),
    ] {
        assert_eq!(board[ours], totals[theirs], "{ours}");
    }
    assert_eq!(board["regions"].as_array().unwrap().len(), 12);

    let (name, expected) = truth["attendance"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    let file = format!("{samples}/attendance/{name}");
    let seen = told(&anpei(
        data,
        &["import", "attendance", &file, "--preview", "--json"],
    ));
    assert_eq!(seen[0]["counts"], expected["counts"], "{name}");
    let refused: Vec<_> = seen[0]["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| json!({"line": l["line"], "why": l["why"]}))
        .collect();
    assert_eq!(json!(refused), expected["refused"]);

    let doctor = anpei(data, &["doctor", "--json"]);
    assert!(doctor.status.success());
    assert_eq!(told(&doctor)["ok"], true);
    check_accounts(data);
    check_production(data);
}

/// A county made for a demonstration never serves as a real one, whoever tidies its files away.
fn check_production(data: &Path) {
    let serve = [
        "serve",
        "--production",
        "--behind-tls",
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://anpei.example.cn",
    ];
    let refused = |why: &str| {
        let output = anpei(data, &serve);
        assert!(!output.status.success());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(why), "{why}: {told}");
    };
    refused("no demo accounts in production");
    std::fs::remove_file(data.join("demo-accounts.json")).unwrap();
    refused("no issuer keys of the demo in production");
}

fn check_accounts(data: &Path) {
    let path = data.join("demo-accounts.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "the logins are their owner's alone");
    }
    let accounts: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let count = |role: &str| {
        let all = accounts.as_array().unwrap().iter();
        all.filter(|a| a["role"] == role).count()
    };
    assert_eq!(count("township_officer"), 12);
    assert!(
        anpei::platform::Role::ALL
            .iter()
            .all(|role| count(role.word()) >= 1)
    );

    let add = [
        "user", "add", "li.wei", "--name", "李伟", "--role", "auditor",
    ];
    assert!(anpei(data, &add).status.success());
    assert!(!anpei(data, &add).status.success(), "a login is taken once");
    assert!(anpei(data, &["user", "disable", "li.wei"]).status.success());
    let list = told(&anpei(data, &["user", "list", "--json"]));
    let mine = list
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["login"] == "li.wei")
        .unwrap();
    assert_eq!(mine["disabled"], true);
}

#[test]
fn a_wrong_command_says_why_and_exits_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["board", "--json"][..],
        &["doctor", "--json"],
        &["demo", "--from", "nowhere"],
        &["import", "attendance", "nowhere.xlsx", "--preview"],
    ] {
        let output = anpei(folder.path(), words);
        assert!(!output.status.success(), "{words:?}");
        assert!(
            !output.stderr.is_empty() || !output.stdout.is_empty(),
            "{words:?} says why"
        );
        let made = std::fs::read_dir(folder.path()).unwrap().count();
        assert!(
            words[0] == "demo" || words[0] == "import" || made == 0,
            "{words:?} made a county"
        );
    }
}

#[test]
fn production_names_every_weak_setting_and_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let weak = [
        "serve",
        "--production",
        "--listen",
        "0.0.0.0:0",
        "--cors-origins",
        "http://app.example.cn",
        "--database-url",
        "postgres://anpei:postgres@db.invalid/anpei",
        "--log",
        "debug",
    ];
    let output = anpei(folder.path(), &weak);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    for word in [
        "--behind-tls",
        "--listen",
        "--cors-origins",
        "DATABASE_URL",
        "sslmode",
        "--log",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(
        !told.contains("db.invalid") && !told.contains(":postgres@"),
        "no address and no password: {told}"
    );
}
