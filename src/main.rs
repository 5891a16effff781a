//! The command line; each arm is one call.

use std::process::ExitCode;

use anpei::console::{self, Cli};
use clap::Parser;

/// Answers are many small things made on one thread and freed on another, which the system's own allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
