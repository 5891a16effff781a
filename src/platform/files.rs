//! Uploaded files, sealed, in a folder of our own: never readable as they came in, never half-written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config::{make_private_folder, write_private_file};
use super::error::{Fault, Result};
use super::seal::Seal;

/// The file store. Keys are made by us (`uploads/<uuid>`, `photos/<uuid>`), never by a caller.
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// Opens the store, making its folders.
    ///
    /// # Errors
    /// `internal` when the folder cannot be made.
    pub fn open(root: &Path) -> Result<Self> {
        for folder in ["uploads", "photos"] {
            make_private_folder(&root.join(folder))?;
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Seals and writes a file; it is on disk when this returns.
    ///
    /// # Errors
    /// `internal` when the disk refuses.
    pub async fn put(&self, seal: &Seal, key: &str, bytes: &[u8]) -> Result<()> {
        let sealed = seal.seal("file", bytes)?;
        let path = self.path(key)?;
        tokio::task::spawn_blocking(move || write_private_file(&path, &sealed))
            .await
            .map_err(|e| Fault::internal(e.to_string()))?
    }

    /// Reads a file back.
    ///
    /// # Errors
    /// `internal` when it is gone or was changed.
    pub async fn get(&self, seal: &Seal, key: &str) -> Result<Vec<u8>> {
        let path = self.path(key)?;
        let sealed = tokio::fs::read(&path)
            .await
            .map_err(|e| Fault::internal(format!("file {key}: {e}")))?;
        seal.open("file", &sealed)
    }

    /// Removes a file; one that is gone already is no fault.
    ///
    /// # Errors
    /// `internal` when the disk refuses.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match tokio::fs::remove_file(self.path(key)?).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Fault::internal(format!("file {key}: {e}")))
            }
            _ => Ok(()),
        }
    }

    /// How many files each key seals.
    ///
    /// # Errors
    /// `internal` when a file cannot be read.
    pub fn uses(&self) -> Result<BTreeMap<u8, i64>> {
        let mut uses = BTreeMap::new();
        for path in self.all()? {
            if let Some(key) = sealed_with(&path)? {
                *uses.entry(key).or_default() += 1;
            }
        }
        Ok(uses)
    }

    /// Seals anew, one after another, the files that another key than the one in use sealed; `told` hears of each.
    ///
    /// # Errors
    /// `internal` when a file cannot be opened or the disk refuses.
    pub fn reseal(&self, seal: &Seal, told: &(dyn Fn(i64) + Send + Sync)) -> Result<i64> {
        let mut done = 0;
        for path in self.all()? {
            if sealed_with(&path)?.is_none_or(|key| key == seal.field_now()) {
                continue;
            }
            let sealed = std::fs::read(&path).map_err(|e| unread(&path, &e))?;
            let anew = seal.seal("file", &seal.open("file", &sealed)?)?;
            // Removed meanwhile: it stays away.
            if path.exists() {
                write_private_file(&path, &anew)?;
            }
            done += 1;
            told(1);
        }
        Ok(done)
    }

    /// Every file, in folders of any depth.
    fn all(&self) -> Result<Vec<PathBuf>> {
        let (mut folders, mut files) = (vec![self.root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).map_err(|e| unread(&folder, &e))? {
                let path = entry.map_err(|e| unread(&folder, &e))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        Ok(files)
    }

    fn path(&self, key: &str) -> Result<PathBuf> {
        let plain = key.split('/').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
        if plain {
            Ok(self.root.join(key))
        } else {
            Err(Fault::internal("a file key has odd characters"))
        }
    }
}

/// The id of the key a file is sealed with; nothing when it is gone or empty.
fn sealed_with(path: &Path) -> Result<Option<u8>> {
    use std::io::Read;
    let mut first = [0];
    match std::fs::File::open(path).and_then(|mut file| file.read(&mut first)) {
        Ok(read) => Ok((read == 1).then_some(first[0])),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unread(path, &e)),
    }
}

fn unread(path: &Path, error: &std::io::Error) -> Fault {
    Fault::internal(format!("{}: {error}", path.display()))
}
