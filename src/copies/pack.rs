//! Files packed into one, each with its hash, and unpacked again: what differs by a byte is refused.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::platform::config::make_private_folder;
use crate::platform::{Fault, Result};

/// The name under which a pack tells what is in it; the last that is written.
const MANIFEST: &str = "manifest.json";
/// Bytes read at a time.
const PIECE: usize = 1 << 16;

/// A file in a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// What a pack says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest<T> {
    pub about: T,
    pub entries: Vec<Entry>,
}

fn failed(path: &Path, e: impl std::fmt::Display) -> Fault {
    Fault::internal(format!("{}: {e}", path.display()))
}

/// Reads to the end in pieces; how many bytes, and their hash.
fn pour(from: &mut impl Read, into: &mut impl Write) -> std::io::Result<(u64, String)> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut piece)?;
        let part = piece.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok((bytes, hex::encode(hash.finish())));
        }
        hash.update(part);
        into.write_all(part)?;
        bytes += u64::try_from(read).unwrap_or(0);
    }
}

/// Every file under a folder, in order, named from there; nothing where there is no folder.
fn under(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        if !next.exists() {
            continue;
        }
        for entry in std::fs::read_dir(&next).map_err(|e| failed(&next, e))? {
            let path = entry.map_err(|e| failed(&next, e))?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.push((name.to_string_lossy().replace('\\', "/"), path.clone()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Packs single files and folders into one private file that is not there yet; it appears whole or not at all.
///
/// # Errors
/// `internal` when the disk refuses, or the file is there.
pub(super) fn pack<T: Serialize>(
    into: &Path,
    parts: &[(&str, PathBuf)],
    about: T,
) -> Result<Manifest<T>> {
    if into.exists() {
        return Err(Fault::field(
            "FILE",
            format!("{}: 已存在 · is there already", into.display()),
        ));
    }
    let folder = into
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let mut half = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(into, e))?;
    let mut zip = ZipWriter::new(half.as_file_mut());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .large_file(true)
        .unix_permissions(0o600);
    let mut entries = Vec::new();
    for (name, path) in parts {
        let files = if path.is_dir() {
            let files = under(path)?.into_iter();
            files
                .map(|(file, path)| (format!("{name}/{file}"), path))
                .collect()
        } else if path.exists() {
            vec![((*name).to_owned(), path.clone())]
        } else {
            Vec::new()
        };
        for (name, path) in files {
            let mut file = File::open(&path).map_err(|e| failed(&path, e))?;
            zip.start_file(&name, options)
                .map_err(|e| failed(into, e))?;
            let (bytes, sha256) = pour(&mut file, &mut zip).map_err(|e| failed(into, e))?;
            entries.push(Entry {
                name,
                bytes,
                sha256,
            });
        }
    }
    let manifest = Manifest { about, entries };
    zip.start_file(MANIFEST, options)
        .map_err(|e| failed(into, e))?;
    zip.write_all(&serde_json::to_vec_pretty(&manifest)?)
        .map_err(|e| failed(into, e))?;
    zip.finish().map_err(|e| failed(into, e))?;
    half.as_file().sync_all().map_err(|e| failed(into, e))?;
    half.persist_noclobber(into)
        .map_err(|e| failed(into, e.error))?;
    Ok(manifest)
}

/// What a pack says of itself, before anything is unpacked.
///
/// # Errors
/// `internal` when it is none.
pub(super) fn manifest<T: for<'a> Deserialize<'a>>(from: &Path) -> Result<Manifest<T>> {
    let file = File::open(from).map_err(|e| failed(from, e))?;
    let mut zip = ZipArchive::new(file).map_err(|e| failed(from, e))?;
    let entry = zip.by_name(MANIFEST).map_err(|e| failed(from, e))?;
    serde_json::from_reader(entry).map_err(|e| failed(from, e))
}

/// Unpacks all that the manifest names into a folder, and refuses what is missing, changed or leads out of it.
///
/// # Errors
/// `internal` with the entry at fault.
pub(super) fn unpack(from: &Path, entries: &[Entry], into: &Path) -> Result<()> {
    let file = File::open(from).map_err(|e| failed(from, e))?;
    let mut zip = ZipArchive::new(file).map_err(|e| failed(from, e))?;
    make_private_folder(into)?;
    for entry in entries {
        let at_fault = |why: &str| failed(from, format!("{}: {why}", entry.name));
        let mut packed = zip
            .by_name(&entry.name)
            .map_err(|e| at_fault(&e.to_string()))?;
        let name = packed
            .enclosed_name()
            .ok_or_else(|| at_fault("leads out of the folder"))?;
        let path = into.join(name);
        if let Some(folder) = path.parent() {
            make_private_folder(folder)?;
        }
        let mut file = private(&path)?;
        let (bytes, sha256) = pour(&mut packed, &mut file).map_err(|e| failed(&path, e))?;
        if (bytes, &sha256) != (entry.bytes, &entry.sha256) {
            return Err(at_fault("与清单的校验值不符 · differs from its hash"));
        }
        file.sync_all().map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// A new file that only its owner can read.
fn private(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|e| failed(path, e))
}
