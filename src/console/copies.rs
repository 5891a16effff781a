//! Copies made and put back.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::{Output, board, must_exist};
use crate::copies::{self, Packed};
use crate::platform::config::Settings;
use crate::platform::{Result, State};

fn lines(packs: &[Packed]) -> String {
    let each = packs.iter().map(|pack| {
        let (file, entries, bytes) = (pack.file.display(), pack.entries, pack.bytes);
        format!("{file}\t{entries} files\t{bytes} bytes")
    });
    each.collect::<Vec<_>>().join("\n")
}

pub(super) async fn backup(settings: Settings, file: &Path, output: Output) -> Result<ExitCode> {
    must_exist(&settings)?;
    let state = State::open_unmigrated(settings).await?;
    let copied = copies::backup(&state, file).await?;
    output.print(&copied, || {
        format!(
            "已备份 {} 行 · {} rows copied\n{}\n密钥文件请另处保存 · keep the pack of keys elsewhere",
            copied.rows,
            copied.rows,
            lines(&copied.packs)
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(
    settings: Settings,
    file: &Path,
    keys: Option<&Path>,
    output: Output,
) -> Result<ExitCode> {
    let restored = copies::restore(settings, file, keys).await?;
    let ok = restored.is_sound();
    let told = json!({"ok": ok, "about": restored.about, "packs": restored.packs, "checks": board::rows(&restored.checks)});
    output.print(&told, || {
        format!(
            "{}\n{}",
            lines(&restored.packs),
            board::marks(&restored.checks)
        )
    })?;
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
