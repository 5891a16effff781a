//! Ratios to the limit, each measured in the same run as its limit, in rounds that take turns.
//!
//! `make bench` runs all; `make bench ONLY="reads board"` some. What is measured and how stands in docs/benches.md.

mod answers;
mod board;
mod codes;
mod county;
mod learning;
mod load;
mod reads;
mod report;
mod sign_in;
mod uploads;
mod verify;
mod writes;

use std::error::Error;
use std::path::PathBuf;

use county::Kind;
use report::Report;

/// As in the program; the limits have it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever goes wrong ends the run.
pub type Out<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What to measure, and how large.
#[derive(Debug, clap::Parser)]
pub struct Told {
    /// Only these parts: reads, verify, uploads, board, writes, learning, sign-in, codes.
    only: Vec<String>,
    /// Rounds of each figure.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Milliseconds of one measurement under load.
    #[arg(long, default_value_t = 600)]
    millis: u64,
    /// Lines of the uploaded sheet.
    #[arg(long, default_value_t = 100_000)]
    lines: usize,
    /// Sizes of the ledger behind the board.
    #[arg(long, value_delimiter = ',', default_value = "15000,1000000")]
    records: Vec<u64>,
    /// Of the reads only these, by operation.
    #[arg(long)]
    read: Vec<String>,
    /// A superuser's address, as scripts/with-postgres.sh gives it; without it `SQLite` only.
    #[arg(long, env = "TEST_DATABASE_URL", hide_env_values = true)]
    postgres: Option<String>,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Told {
    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    fn kinds(&self) -> Vec<Kind> {
        let postgres = self.postgres.clone().map(Kind::Postgres);
        std::iter::once(Kind::Sqlite).chain(postgres).collect()
    }
}

fn main() -> Out<()> {
    let told = <Told as clap::Parser>::parse();
    let mut report = Report::new(&told.out)?;
    // As it is served: the same runtime, the same log lines, into a file.
    let runtime = tokio::runtime::Runtime::new()?;
    let load = load::Load::new()?;
    let settings = county::settings(&told.out, "sqlite::memory:")?;
    anpei::platform::telemetry::start(&settings);
    if told.wants("codes") {
        codes::measure(&told, &mut report)?;
    }
    for kind in told.kinds() {
        if told.wants("reads") {
            runtime.block_on(reads::measure(&told, &kind, &load, &mut report))?;
        }
        if told.wants("verify") {
            runtime.block_on(verify::measure(&told, &kind, &load, &mut report))?;
        }
        if told.wants("sign-in") {
            runtime.block_on(sign_in::measure(&told, &kind, &load, &mut report))?;
        }
        if told.wants("writes") {
            runtime.block_on(writes::check_ins(&told, &kind, &load, &mut report))?;
            runtime.block_on(writes::measure(&told, &kind, &load, &mut report))?;
        }
        if told.wants("learning") {
            runtime.block_on(learning::measure(&told, &kind, &load, &mut report))?;
            runtime.block_on(answers::measure(&told, &kind, &load, &mut report))?;
        }
        if told.wants("uploads") {
            runtime.block_on(uploads::measure(&told, &kind, &mut report))?;
        }
        if told.wants("board") {
            runtime.block_on(board::measure(&told, &kind, &mut report))?;
        }
    }
    report.write()
}
