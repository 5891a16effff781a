//! Large files as objects (对象存储): in a folder of our own, or in a bucket of an S3-compatible store.
//!
//! Keys are made by us, never by a caller. An object is whole or not there; what was written is not written again
//! under the same key, so a reader never meets two of one name.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use secrecy::ExposeSecret;

use super::config::{Settings, make_private_folder};
use super::error::{Fault, Result};

/// Bytes read from a file of the folder at a time.
const STEP: u64 = 256 << 10;

/// The store of objects.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Read step by step: the crate reads a local file 8 KiB at a time, each on a thread of its own.
    local: bool,
}

impl Objects {
    /// Opens the store that the settings name: `DATA/objects` when they name none.
    ///
    /// # Errors
    /// `internal` when the folder cannot be made or the settings do not fit together.
    pub fn open(settings: &Settings) -> Result<Self> {
        match &settings.objects_url {
            None => Self::folder(&settings.data.join("objects")),
            Some(url) => Self::bucket(settings, url),
        }
    }

    fn folder(root: &std::path::Path) -> Result<Self> {
        make_private_folder(root)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(failed)?;
        Ok(Self {
            // What the database says is there is on the disk, whenever the power goes.
            store: Arc::new(store.with_fsync(true)),
            local: true,
        })
    }

    fn bucket(settings: &Settings, url: &str) -> Result<Self> {
        let place = Place::of(url).ok_or_else(|| {
            Fault::internal(format!("ANPEI_OBJECTS_URL: {url}: s3://bucket[/prefix]"))
        })?;
        let mut builder = AmazonS3Builder::new().with_bucket_name(&place.bucket);
        builder = builder.with_region(&settings.objects_region);
        if let Some(endpoint) = &settings.objects_endpoint {
            builder = builder
                .with_endpoint(endpoint.trim_end_matches('/'))
                .with_virtual_hosted_style_request(place.is_host_of(endpoint))
                .with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(key) = &settings.objects_key {
            builder = builder.with_access_key_id(key);
        }
        if let Some(secret) = &settings.objects_secret {
            builder = builder.with_secret_access_key(secret.expose_secret());
        }
        let store = PrefixStore::new(builder.build().map_err(failed)?, place.prefix.as_str());
        Ok(Self {
            store: Arc::new(store),
            local: false,
        })
    }

    /// Writes an object whole; it is kept when this returns.
    ///
    /// # Errors
    /// `internal` when the store refuses.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.store
            .put(&Path::from(key), bytes.into())
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Reads part of an object into memory.
    ///
    /// # Errors
    /// `internal` when it is gone, shorter, or the store refuses.
    pub async fn read(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let wanted = range.end.saturating_sub(range.start);
        let bytes = self.store.get_range(&Path::from(key), range).await;
        let bytes = bytes.map_err(failed)?;
        if bytes.len() as u64 == wanted {
            Ok(bytes)
        } else {
            Err(Fault::internal(format!("object {key}: shorter than noted")))
        }
    }

    /// Reads part of an object as it is wanted: never more than a little of it in memory.
    #[must_use]
    pub fn stream(&self, key: String, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
        let objects = self.clone();
        if self.local {
            let step = move |at: u64| {
                let (objects, key) = (objects.clone(), key.clone());
                let end = (at + STEP).min(range.end);
                async move {
                    if at >= end {
                        return Ok(None);
                    }
                    let bytes = objects.read(&key, at..end).await?;
                    Ok(Some((bytes, end)))
                }
            };
            return stream::try_unfold(range.start, step).boxed();
        }
        let open = async move {
            let options = object_store::GetOptions::new().with_range(Some(range));
            let found = objects.store.get_opts(&Path::from(key), options).await;
            Ok::<_, Fault>(found.map_err(failed)?.into_stream().map_err(failed))
        };
        stream::once(open).try_flatten().boxed()
    }

    /// Removes an object; one that is gone already is no fault.
    ///
    /// # Errors
    /// `internal` when the store refuses.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match self.store.delete(&Path::from(key)).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// The keys below a folder of keys.
    ///
    /// # Errors
    /// `internal` when the store refuses.
    pub async fn below(&self, folder: &str) -> Result<Vec<String>> {
        self.store
            .list(Some(&Path::from(folder)))
            .map_ok(|meta| meta.location.to_string())
            .try_collect()
            .await
            .map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err as it is")]
fn failed(error: object_store::Error) -> Fault {
    Fault::internal(format!("objects: {error}"))
}

/// A bucket and the prefix of our keys in it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    bucket: String,
    prefix: String,
}

impl Place {
    fn of(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }

    /// Whether an endpoint names the bucket in its host, as some stores demand: `https://bucket.oss-cn-hangzhou…`.
    fn is_host_of(&self, endpoint: &str) -> bool {
        let host = endpoint
            .split_once("://")
            .map_or(endpoint, |(_, host)| host);
        host.strip_prefix(&self.bucket)
            .is_some_and(|rest| rest.starts_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_told_by_its_url() {
        let place = |bucket: &str, prefix: &str| {
            Some(Place {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            })
        };
        for (url, expected) in [
            ("s3://anpei", place("anpei", "")),
            ("s3://anpei/", place("anpei", "")),
            ("s3://anpei/a/b/", place("anpei", "a/b")),
            ("s3://", None),
            ("s3:///a", None),
            ("https://anpei", None),
        ] {
            assert_eq!(Place::of(url), expected, "{url}");
        }
    }

    #[test]
    fn a_bucket_in_the_host_is_seen() {
        let place = Place::of("s3://anpei").unwrap();
        for (endpoint, within) in [
            ("https://anpei.oss-cn-hangzhou.aliyuncs.com", true),
            ("https://oss-cn-hangzhou.aliyuncs.com", false),
            ("http://anpei:9000", false),
            ("http://127.0.0.1:9000", false),
        ] {
            assert_eq!(place.is_host_of(endpoint), within, "{endpoint}");
        }
    }

    #[tokio::test]
    async fn what_was_put_is_read_in_pieces_and_removed_once() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::folder(&folder.path().join("objects")).unwrap();
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        objects.put("a/b/1", bytes.clone().into()).await.unwrap();
        objects
            .put("a/c/1", Bytes::from_static(b"x"))
            .await
            .unwrap();
        let part = objects.read("a/b/1", 10..20).await.unwrap();
        assert_eq!(part, bytes[10..20]);
        assert!(objects.read("a/c/1", 0..2).await.is_err(), "shorter");
        let parts: Vec<Bytes> = objects
            .stream("a/b/1".to_owned(), 5..699_999)
            .try_collect()
            .await
            .unwrap();
        assert!(parts.iter().all(|part| part.len() as u64 <= STEP));
        assert_eq!(parts.concat(), bytes[5..699_999]);
        assert_eq!(objects.below("a/b").await.unwrap(), ["a/b/1"]);
        objects.remove("a/b/1").await.unwrap();
        objects.remove("a/b/1").await.unwrap();
        assert!(objects.below("a/b").await.unwrap().is_empty());
    }
}
