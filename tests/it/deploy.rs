//! What a machine is set up by names only what the program knows.

use std::collections::BTreeSet;

use anpei::console::Cli;
use clap::CommandFactory;

fn read(path: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read_to_string(format!("{root}/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The words of a text that begin so.
fn words(text: &str, begin: &str) -> BTreeSet<String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    text.split(|sign| !is_part(sign))
        .filter(|word| word.starts_with(begin) && word.len() > begin.len())
        .map(str::to_owned)
        .collect()
}

#[test]
fn dashboards_and_alerts_name_figures_that_there_are() {
    let mut told = BTreeSet::new();
    for file in [
        "src/server/figures.rs",
        "src/server/answers.rs",
        "src/platform/metrics.rs",
    ] {
        told.extend(words(&read(file), "anpei_"));
    }
    for file in ["deploy/alerts.yaml", "deploy/grafana.json"] {
        let named = words(&read(file), "anpei_");
        assert!(named.len() > 5, "{file}: {named:?}");
        let unknown: Vec<_> = named
            .iter()
            .filter(|name| !told.contains(name.trim_end_matches("_bucket")))
            .collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
}

#[test]
fn settings_files_name_settings_that_there_are() {
    let command = Cli::command();
    let own = command.get_arguments();
    let more = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments);
    let known: BTreeSet<String> = own
        .chain(more)
        .filter_map(|argument| Some(argument.get_env()?.to_str()?.to_owned()))
        .collect();
    // Of the compose file itself: whose domain it is.
    let others = ["ANPEI_DOMAIN".to_owned()];
    for file in [
        "deploy/anpei.env",
        "deploy/anpei.service",
        "deploy/compose.yaml",
        "deploy/Containerfile",
    ] {
        let named = words(&read(file), "ANPEI_");
        assert!(!named.is_empty(), "{file}");
        let unknown: Vec<_> = named
            .iter()
            .filter(|name| !known.contains(*name) && !others.contains(*name))
            .collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
}
