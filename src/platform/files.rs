//! Uploaded files, sealed, in a folder of our own: never readable as they came in, never half-written.

use std::path::{Path, PathBuf};

use super::config::{make_private_folder, write_private_file};
use super::error::{Fault, Result};
use super::seal::Seal;

/// The file store. Keys are made by us (`uploads/<uuid>`), never by a caller.
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// Opens the store, making its folder.
    ///
    /// # Errors
    /// `internal` when the folder cannot be made.
    pub fn open(root: &Path) -> Result<Self> {
        make_private_folder(&root.join("uploads"))?;
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
