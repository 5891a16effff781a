//! The built program in a process of its own, beside a server of this one.

use std::process::Stdio;

use reqwest::StatusCode;
use secrecy::ExposeSecret;
use tokio::process::{Child, Command};

use super::TestApp;

/// The program; killed when dropped.
pub struct Program {
    pub address: String,
    _child: Child,
}

impl Program {
    /// Serves a running server's database and folder, as a second machine would.
    pub async fn beside(app: &TestApp, more: &[&str]) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let settings = &app.state.settings;
        let mut child = Command::new(env!("CARGO_BIN_EXE_anpei"))
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(&settings.data)
            .args(["--database-url", settings.database().expose_secret()])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let address = format!("http://{address}");
        // Each look is an answer of the system, not a pause.
        loop {
            assert!(child.try_wait().unwrap().is_none(), "it ends at once");
            let ready = reqwest::get(format!("{address}/readyz")).await;
            if ready.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                break;
            }
            tokio::task::yield_now().await;
        }
        Self {
            address,
            _child: child,
        }
    }
}
