//! A real SMTP server in a process of its own.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The server; it ends when this is dropped.
pub struct Smtp {
    pub port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _input: ChildStdin,
    process: Child,
}

impl Smtp {
    /// Starts it; `make test` has prepared the Python it runs with.
    pub async fn start(args: &[&str]) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "where the suite was told to find it"
        )]
        let python = std::env::var("TEST_SMTP_PYTHON");
        let python = python.unwrap_or_else(|_| "target/tools/smtp/bin/python".to_owned());
        let mut process = Command::new(&python)
            .arg("scripts/smtp_sink.py")
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("{python}: {e}; run `make test`, which prepares it"));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("it tells its port");
        Self {
            port: port.parse().unwrap(),
            lines,
            _input: process.stdin.take().unwrap(),
            process,
        }
    }

    /// What a server is told to reach it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Kills it, as `kill -9` does; what it told last is read to the end.
    pub async fn kill(mut self) -> Vec<Value> {
        self.process.kill().await.unwrap();
        let mut told = Vec::new();
        while let Ok(Some(line)) = self.lines.next_line().await {
            // A line cut off in the middle was not told.
            told.extend(serde_json::from_str::<Value>(&line));
        }
        told
    }

    /// The next thing it has to tell.
    pub async fn next(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap();
        serde_json::from_str(&line.expect("the server goes on")).unwrap()
    }
}

/// The secret in a mail's link or its typed code.
pub fn secret_in(mail: &Value, before: &str) -> String {
    let text = mail["text"].as_str().unwrap();
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{text}"));
    rest.chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}
