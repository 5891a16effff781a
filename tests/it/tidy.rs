//! The house's own rules: the order of the rooms, what may enter which file, and what the papers promise.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anpei::platform::Code;
use anpei::{server, spec};

/// Lines a source file may have; one longer asks to be two.
const MOST_LINES: usize = 450;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every Rust file below a folder, with its path inside the house.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    let named = |path: &PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy();
        (name.replace('\\', "/"), read(path))
    };
    found.iter().map(named).collect()
}

/// A file's code: without its tests and its comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms in the order in which `lib.rs` lists them.
fn rooms() -> Vec<String> {
    let text = read(&root().join("src/lib.rs"));
    let name = |line: &str| {
        let line = line.strip_prefix("pub mod ")?;
        line.strip_suffix(';').map(str::to_owned)
    };
    text.lines().filter_map(name).collect()
}

fn room_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split(['/', '.']).next().unwrap()
}

/// The rooms a text names: `crate::people::…` and `use crate::{people, plans::Plan}`.
fn named_rooms(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        text.split(end).next().unwrap_or_default().to_owned()
    };
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (place, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                _ if start && c.is_ascii_lowercase() => {
                    found.insert(word(&group[place..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn a_room_uses_only_rooms_that_stand_before_it() {
    let rooms = rooms();
    let place = |name: &str| rooms.iter().position(|room| room == name);
    let mut faults = Vec::new();
    for (path, text) in sources("src") {
        let own = room_of(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let own_place = place(own).unwrap_or_else(|| panic!("lib.rs does not list {own}"));
        for other in named_rooms(&code(&text)) {
            if place(&other).is_some_and(|other| other > own_place) {
                faults.push(format!("{path} uses {other}, which stands after {own}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn grouped_and_single_imports_are_both_seen() {
    let text = "use crate::{audit, plans::{Plan, rules}, people};\nlet x = crate::hours::credit();";
    let seen: Vec<_> = named_rooms(text).into_iter().collect();
    assert_eq!(seen, ["audit", "hours", "people", "plans"]);
}

/// What each kind of file may not hold, so that a reader knows where to look.
fn forbidden(path: &str) -> &'static [&'static str] {
    let room = room_of(path);
    if [
        "platform", "spec", "server", "console", "demo", "main", "lib",
    ]
    .contains(&room)
    {
        return &[];
    }
    let file = path.rsplit('/').next().unwrap();
    let within = |folder: &str| path.contains(folder);
    if file.ends_with("api.rs") || within("/api/") {
        &["sea_orm", "entity::"]
    } else if file.starts_with("store") || within("/store/") {
        &["poem::", ".clock", "Json<"]
    } else if file.starts_with("rules") {
        &["sea_orm", "entity::", "async fn", "clock::", "poem::"]
    } else {
        &["entity::", "poem::", "EntityTrait", "QueryFilter"]
    }
}

#[test]
fn each_kind_of_file_holds_its_own_kind_of_thing() {
    let mut faults = Vec::new();
    // The recount is written in SQL on purpose: it must not share the code it checks.
    let kept = ["src/boards/recount.rs"];
    for (path, text) in sources("src") {
        if kept.contains(&path.as_str()) {
            continue;
        }
        let text = code(&text);
        for word in forbidden(&path) {
            if text.contains(word) {
                faults.push(format!("{path} holds {word}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_its_owner_writes_a_table() {
    let mut writers: std::collections::BTreeMap<String, BTreeSet<String>> = Default::default();
    for (path, text) in sources("src") {
        let text = code(&text);
        for statement in ["::Entity::insert", "::Entity::update", "::Entity::delete"] {
            for (place, _) in text.match_indices(statement) {
                let alias: String = text[..place]
                    .chars()
                    .rev()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                let alias: String = alias.chars().rev().collect();
                // `use entity::{training_record as ledger}`
                let table = text
                    .split_once(&format!(" as {alias}"))
                    .and_then(|(before, _)| before.rsplit([' ', ':', '{', ',', '\n']).next())
                    .map_or(alias.clone(), str::to_owned);
                writers
                    .entry(table)
                    .or_default()
                    .insert(room_of(&path).to_owned());
            }
        }
    }
    assert!(
        writers.len() > 15,
        "the search finds the writers: {writers:?}"
    );
    for (table, rooms) in writers {
        assert_eq!(rooms.len(), 1, "{table} is written by {rooms:?}");
    }
}

#[test]
fn an_operation_is_named_as_its_handler() {
    let handlers: BTreeSet<String> = sources("src")
        .iter()
        .flat_map(|(_, text)| {
            let each = text.split("async fn ").skip(1);
            each.map(|rest| camel(rest.split(['(', '<']).next().unwrap()))
                .collect::<Vec<_>>()
        })
        .collect();
    let document = spec::finished(&server::api());
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(handlers.contains(id), "{path}: no handler is named as {id}");
        }
    }
}

fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |word, part| {
        let (head, tail) = part.split_at(part.len().min(1));
        word + &head.to_uppercase() + tail
    })
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    let vague = [
        "utils", "util", "common", "helpers", "helper", "manager", "types", "misc",
    ];
    let mut faults = Vec::new();
    for folder in ["src", "entity/src", "tests"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            if lines > MOST_LINES {
                faults.push(format!("{path} has {lines} lines"));
            }
            if path.split(['/', '.']).any(|part| vague.contains(&part)) {
                faults.push(format!("{path} has a name that says nothing"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_in_the_service_panics_on_purpose_or_reads_the_clock_by_itself() {
    let words = [
        ".unwrap()",
        ".expect(",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "dbg!(",
        "unreachable!(",
        "Local::now",
        "thread_rng",
        "rand::random",
    ];
    let mut faults = Vec::new();
    for (path, text) in sources("src") {
        let text = code(&text);
        for word in words {
            if text.contains(word) {
                faults.push(format!("{path} holds {word}"));
            }
        }
        if text.contains("Utc::now") && path != "src/platform/clock.rs" {
            faults.push(format!("{path} reads the clock"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_opens_with_what_it_is_for() {
    for folder in ["src", "tests"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//! "), "{path} has no opening words");
        }
    }
}

#[test]
fn every_error_code_stands_in_the_papers() {
    let text = read(&root().join("docs/api.md"));
    let missing: Vec<_> = Code::ALL
        .iter()
        .map(|code| code.word())
        .filter(|word| !text.contains(&format!("`{word}`")))
        .collect();
    assert!(missing.is_empty(), "docs/api.md lacks {missing:?}");
}

#[test]
fn every_place_the_papers_name_exists() {
    for paper in [
        "ARCHITECTURE.md",
        "README.md",
        "README.zh-CN.md",
        "CONTRIBUTING.md",
    ] {
        let text = read(&root().join(paper));
        // A quoted word with a slash or a known ending is a path.
        let quoted = text.split('`').skip(1).step_by(2);
        for word in quoted.filter(|word| is_path(word)) {
            let path = root().join(word.trim_end_matches('/'));
            assert!(path.exists(), "{paper} names {word}, which is not there");
        }
    }
    let links = |text: &str| -> Vec<String> {
        let each = text.split("](").skip(1);
        each.filter_map(|rest| rest.split([')', '#']).next().map(str::to_owned))
            .collect()
    };
    for paper in [
        "README.md",
        "README.zh-CN.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
    ] {
        for link in links(&read(&root().join(paper))) {
            let outside = link.starts_with("http") || link.is_empty();
            assert!(
                outside || root().join(&link).exists(),
                "{paper} links to {link}"
            );
        }
    }
}

fn is_path(word: &str) -> bool {
    let plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let ours = [
        "src/",
        "entity/",
        "migration/",
        "tests/",
        "docs/",
        "openapi/",
        "samples/",
        "scripts/",
        ".ci/",
    ];
    plain && ours.iter().any(|start| word.starts_with(start))
}

#[test]
fn the_papers_keep_to_their_length() {
    for (paper, most) in [("ARCHITECTURE.md", 200), ("CONTRIBUTING.md", 80)] {
        let lines = read(&root().join(paper)).lines().count();
        assert!(lines <= most, "{paper} has {lines} lines of {most}");
    }
}
