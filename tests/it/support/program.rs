//! The built program in a process of its own, beside a server of this one.

use std::path::Path;
use std::process::Stdio;

use reqwest::StatusCode;
use secrecy::ExposeSecret;
use tokio::process::{Child, Command};

use super::{Stopped, TestApp};

/// The program; killed when dropped.
pub struct Program {
    pub address: String,
    child: Child,
}

impl Program {
    /// Serves a running server's database and folder, as a second machine would.
    pub async fn beside(app: &TestApp, more: &[&str]) -> Self {
        let settings = &app.state.settings;
        let database = settings.database().expose_secret().to_owned();
        Self::start(&settings.data, &database, &free(), more).await
    }

    /// Serves what a stopped server left, at an address that is the same however often it is killed.
    pub async fn after(left: &Stopped, listen: &str, more: &[&str]) -> Self {
        Self::start(&left.settings.data, &left.database.url, listen, more).await
    }

    async fn start(data: &Path, database: &str, listen: &str, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_anpei"))
            .args(["serve", "--listen", listen, "--data"])
            .arg(data)
            .args(["--database-url", database])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let address = format!("http://{listen}");
        // Each look is an answer of the system, not a pause.
        loop {
            assert!(child.try_wait().unwrap().is_none(), "it ends at once");
            let ready = reqwest::get(format!("{address}/readyz")).await;
            if ready.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                break;
            }
            tokio::task::yield_now().await;
        }
        Self { address, child }
    }

    /// Ends it at once, in the middle of whatever it does (kill -9).
    pub async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }
}

/// An address of this machine where nobody listens.
pub fn free() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().to_string()
}
