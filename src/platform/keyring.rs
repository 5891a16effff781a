//! The keys of one installation, as files: `DATA/keys/KIND-ID.key`, 32 bytes in hex, readable by their owner only.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use aws_lc_rs::hmac;

use super::config::{make_private_file, make_private_folder};
use super::error::{Code, Fault, Result};
use super::seal::random;

/// Bytes of every key.
pub const KEY_BYTES: usize = 32;
/// Where keys go that nothing needs any more: out of use, not out of reach of an old copy of the database.
const DROPPED: &str = "dropped";

/// A key's bytes.
pub type Key = [u8; KEY_BYTES];

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Seals numbers, addresses and files.
    Field,
    /// Finds what is sealed: there is one, for ever.
    Lookup,
    /// Signs access tokens.
    Token,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Field, Self::Lookup, Self::Token];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Lookup => "lookup",
            Self::Token => "token",
        }
    }
}

/// A key by its name: `field-2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub kind: Kind,
    pub id: u8,
}

impl Name {
    #[must_use]
    pub const fn new(kind: Kind, id: u8) -> Self {
        Self { kind, id }
    }

    fn file(self) -> String {
        format!("{self}.key")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind.word(), self.id)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let read = || {
            let (word, id) = text.split_once('-')?;
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
            let id: u8 = id.parse().ok()?;
            (id > 0).then_some(Self { kind, id })
        };
        read()
            .filter(|name| name.to_string() == text)
            .ok_or_else(|| "field-2, token-2 …".to_owned())
    }
}

/// Every key in a folder.
#[derive(Clone)]
pub struct Ring {
    folder: PathBuf,
    keys: BTreeMap<Name, Key>,
}

impl Ring {
    /// Reads a folder of keys as it is.
    ///
    /// # Errors
    /// `internal` when it cannot be read, or a file in it holds no key.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut keys = BTreeMap::new();
        let fail = |e: std::io::Error| Fault::internal(format!("{}: {e}", folder.display()));
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::of(folder, keys));
            }
            Err(e) => return Err(fail(e)),
        };
        for entry in entries {
            let path = entry.map_err(fail)?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.and_then(|name| name.strip_suffix(".key"));
            if let Some(name) = name.and_then(|name| name.parse().ok()) {
                keys.insert(name, read_key(&path)?);
            }
        }
        Ok(Self::of(folder, keys))
    }

    fn of(folder: &Path, keys: BTreeMap<Name, Key>) -> Self {
        Self {
            folder: folder.to_owned(),
            keys,
        }
    }

    /// Makes the first key of each kind of which there is none.
    ///
    /// # Errors
    /// `internal` when the disk refuses.
    pub fn make_first(folder: &Path) -> Result<()> {
        let ring = Self::read(folder)?;
        Kind::ALL
            .into_iter()
            .filter(|kind| ring.newest(*kind).is_none())
            .try_for_each(|kind| make(folder, Name::new(kind, 1)))
    }

    /// Makes the key that comes after all others of a kind; this ring does not hold it yet.
    ///
    /// # Errors
    /// `internal` when the disk refuses or the ids are used up.
    pub fn make_next(&self, kind: Kind, known: u8) -> Result<Name> {
        let last = self.newest(kind).unwrap_or(0).max(known);
        let id = last
            .checked_add(1)
            .ok_or_else(|| Fault::internal("no key id is left"))?;
        let name = Name::new(kind, id);
        make(&self.folder, name)?;
        Ok(name)
    }

    /// Puts a key out of use.
    ///
    /// # Errors
    /// `internal` when the disk refuses.
    pub fn put_away(&self, name: Name) -> Result<PathBuf> {
        let away = self.folder.join(DROPPED);
        make_private_folder(&away)?;
        let to = away.join(name.file());
        std::fs::rename(self.folder.join(name.file()), &to)
            .map_err(|e| Fault::internal(format!("{}: {e}", to.display())))?;
        Ok(to)
    }

    #[must_use]
    pub fn get(&self, name: Name) -> Option<&Key> {
        self.keys.get(&name)
    }

    /// The highest id of a kind.
    #[must_use]
    pub fn newest(&self, kind: Kind) -> Option<u8> {
        self.of_kind(kind).map(|name| name.id).max()
    }

    /// Every key, by kind and id.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        self.keys.keys().copied()
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Name> {
        self.names().filter(move |name| name.kind == kind)
    }

    /// What tells two keys of one name apart without telling anything of them.
    #[must_use]
    pub fn mark(&self, name: Name) -> Option<Vec<u8>> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.get(name)?);
        let word = format!("anpei key check\0{}", name.kind.word());
        Some(hmac::sign(&key, word.as_bytes()).as_ref().to_vec())
    }

    /// That there is a key of each kind, and one to look up by.
    ///
    /// # Errors
    /// `keys_missing`; `internal` where there are two to look up by.
    pub fn must_be_whole(&self) -> Result<()> {
        let lacking = Kind::ALL
            .into_iter()
            .filter(|kind| self.newest(*kind).is_none())
            .map(|kind| Name::new(kind, 1));
        self.must_lack_none(lacking.collect())?;
        if self.of_kind(Kind::Lookup).count() > 1 {
            // With another nobody on file would be found.
            return Err(Fault::internal(
                "keys/ must hold one lookup key and no other",
            ));
        }
        Ok(())
    }

    /// Says which keys are lacking, if any.
    ///
    /// # Errors
    /// `keys_missing`.
    pub fn must_lack_none(&self, lacking: Vec<Name>) -> Result<()> {
        if lacking.is_empty() {
            return Ok(());
        }
        Err(self.fault(Code::KeysMissing, &lacking))
    }

    /// A fault of the keys, with the folder and the names.
    #[must_use]
    pub fn fault(&self, code: Code, names: &[Name]) -> Fault {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        Fault::new(code)
            .with("folder", self.folder.display())
            .with("names", names.join(", "))
    }
}

fn make(folder: &Path, name: Name) -> Result<()> {
    make_private_folder(folder)?;
    let path = folder.join(name.file());
    let key = random::<KEY_BYTES>()?;
    // Two first starts at once: both read the key of whoever was first.
    if make_private_file(&path, hex::encode(key).as_bytes())? {
        tracing::info!(path = %path.display(), "made a new key, readable by its owner only");
    }
    Ok(())
}

fn read_key(path: &Path) -> Result<Key> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Fault::internal(format!("{}: {e}", path.display())))?;
    let mut key = [0; KEY_BYTES];
    hex::decode_to_slice(text.trim(), &mut key)
        .map_err(|_| Fault::internal(format!("{}: not a 32-byte key in hex", path.display())))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_kind_and_id() {
        let table = [
            ("field-1", Some(Name::new(Kind::Field, 1))),
            ("token-255", Some(Name::new(Kind::Token, 255))),
            ("lookup-1", Some(Name::new(Kind::Lookup, 1))),
            ("field-0", None),
            ("field-256", None),
            ("field-01", None),
            ("field", None),
            ("other-1", None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_new_key_comes_after_all_others_and_one_put_away_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let ring = || Ring::read(folder.path()).unwrap();
        assert!(
            ring().must_be_whole().is_err(),
            "nothing is made by reading"
        );
        Ring::make_first(folder.path()).unwrap();
        Ring::make_first(folder.path()).unwrap();
        assert_eq!(ring().names().count(), 3);
        let next = ring().make_next(Kind::Field, 4).unwrap();
        assert_eq!(next, Name::new(Kind::Field, 5));
        ring().put_away(Name::new(Kind::Field, 1)).unwrap();
        let names: Vec<_> = ring().names().map(|name| name.to_string()).collect();
        assert_eq!(names, ["field-5", "lookup-1", "token-1"]);
        ring().must_be_whole().unwrap();
        assert!(folder.path().join("dropped/field-1.key").exists());
    }

    #[test]
    fn a_mark_tells_keys_apart() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let rings = folders.map(|folder| {
            Ring::make_first(folder.path()).unwrap();
            Ring::read(folder.path()).unwrap()
        });
        for kind in Kind::ALL {
            let name = Name::new(kind, 1);
            assert_eq!(rings[0].mark(name), rings[0].clone().mark(name));
            assert_ne!(rings[0].mark(name), rings[1].mark(name));
        }
    }
}
