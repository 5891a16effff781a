//! Accounts on the command line.

use std::process::ExitCode;

use clap::Subcommand;
use uuid::Uuid;

use super::Output;
use crate::accounts::{self, Held, NewAccount};
use crate::places;
use crate::platform::{App, Caller, Code, Fault, Result, Role};

#[derive(Subcommand)]
pub(super) enum User {
    /// Add an account; give the password in `ANPEI_NEW_PASSWORD` or on the input, where no list of processes shows it.
    Add {
        /// Login.
        login: String,
        /// Name.
        #[arg(long)]
        name: String,
        /// Role.
        #[arg(long)]
        role: Role,
        /// Township or county at which it is held, by code; the county when absent.
        #[arg(long)]
        region: Option<String>,
        /// Enterprise at which it is held, for an enterprise manager.
        #[arg(long)]
        enterprise: Option<Uuid>,
        /// Person the account belongs to, for a worker.
        #[arg(long)]
        person: Option<Uuid>,
        /// The password; without it the first line of the input.
        #[arg(long, env = "ANPEI_NEW_PASSWORD", hide_env_values = true)]
        password: Option<String>,
        /// The county's code, where there are several.
        #[arg(long)]
        county: Option<String>,
    },
    /// List accounts.
    List {
        #[arg(long)]
        county: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Disable an account and end its sessions.
    Disable {
        /// Login.
        login: String,
        #[arg(long)]
        county: Option<String>,
    },
}

pub(super) async fn run(state: &App, what: User) -> Result<ExitCode> {
    match what {
        User::Add {
            login,
            name,
            role,
            region,
            enterprise,
            person,
            password,
            county,
        } => {
            let county = places::county(state, county.as_deref()).await?;
            let by = Caller::console(county.id);
            let regions = places::regions(state.db.read(), county.id).await?;
            let region_id = match region {
                None => county.id,
                Some(code) if code == county.code => county.id,
                Some(code) => {
                    let named = regions.named(&code, state.clock.today());
                    named
                        .ok_or_else(|| Fault::new(Code::RegionUnknown).with("region", &code))?
                        .id
                }
            };
            if role == Role::Worker && person.is_none() {
                return Err(Fault::new(Code::FieldMissing).with("field", "--person"));
            }
            if role == Role::EnterpriseManager && enterprise.is_none() {
                return Err(Fault::new(Code::FieldMissing).with("field", "--enterprise"));
            }
            let held = Held {
                role,
                region_id: enterprise.is_none().then_some(region_id),
                enterprise_id: enterprise,
                person_id: person,
            };
            let password = match password {
                Some(password) => password,
                None => first_line()?,
            };
            accounts::add(
                state,
                &by,
                NewAccount {
                    login: login.clone(),
                    name,
                    password,
                    held,
                },
                false,
            )
            .await?;
            println!("{login}");
        }
        User::List { county, output } => {
            let county = places::county(state, county.as_deref()).await?;
            let rows = accounts::list(state.db.read(), county.id).await?;
            output.print(&rows, || {
                let off = |off| if off { "  (disabled)" } else { "" };
                let line = |r: &accounts::Listed| {
                    format!(
                        "{}\t{}\t{}{}",
                        r.login,
                        r.roles.join(","),
                        r.name,
                        off(r.disabled)
                    )
                };
                rows.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
        User::Disable { login, county } => {
            let county = places::county(state, county.as_deref()).await?;
            accounts::disable(state, &Caller::console(county.id), &login).await?;
            println!("{login}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn first_line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|e| Fault::internal(e.to_string()))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
