//! The command line; each arm is one call.

use std::process::ExitCode;

use anpei::console::{self, Cli};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match console::run(cli).await {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("{}", console::told(&fault));
            ExitCode::FAILURE
        }
    }
}
