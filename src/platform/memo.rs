//! Answers kept for a moment, as they are sent: forgotten at the next commit here, and within [`LIFE`] for what others
//! commit. Only for what many ask at once and what costs many rows; the key holds the whole reach of its asker.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use poem::http::HeaderValue;
use poem::http::header::{CONTENT_TYPE, ETAG};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::ToJSON;
use poem_openapi::{ApiResponse, types::Type};
use uuid::Uuid;

use super::locale::Lang;
use super::scope::Grant;
use super::{Caller, Fault, Result, State, etag};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// How old an answer may be: nobody sees a difference, and of a thousand a second one is made anew.
pub const LIFE: Duration = Duration::from_millis(250);
/// Answers held; beyond that the old ones are forgotten, then all.
const MOST: usize = 1_000;

/// What was asked, and all of its asker that the answer may hang on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    operation: &'static str,
    county_id: Uuid,
    grants: Vec<Grant>,
    /// Where the answer tells of the asker himself.
    login: Option<String>,
    of: Option<Uuid>,
    lang: Lang,
}

impl Asked {
    /// An operation whose answer is the same for all who hold the same roles at the same places.
    #[must_use]
    pub fn by_reach(operation: &'static str, by: &Caller, of: Option<Uuid>) -> Self {
        Self {
            operation,
            county_id: by.county_id,
            grants: by.grants.clone(),
            login: None,
            of,
            lang: by.lang,
        }
    }

    /// An operation whose answer tells of the asker himself.
    #[must_use]
    pub fn by_self(operation: &'static str, by: &Caller) -> Self {
        Self {
            login: Some(by.login.clone()),
            ..Self::by_reach(operation, by, Some(by.account_id))
        }
    }
}

/// The answers of one instance, and the things they are made from.
#[derive(Default)]
pub struct Memo {
    answers: RwLock<HashMap<Asked, Kept>>,
    things: RwLock<HashMap<(TypeId, Uuid), Thing>>,
}

/// Something read and taken apart once for many requests.
struct Thing {
    commits: u64,
    /// Microseconds since 1970 by the service's own clock, which things are often judged by.
    at: i64,
    thing: Arc<dyn Any + Send + Sync>,
}

struct Kept {
    commits: u64,
    at: Instant,
    body: Bytes,
    tag: HeaderValue,
}

impl Memo {
    /// The answer kept for this question, or the one `make` makes.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn answer<T: Type + ToJSON>(
        &self,
        state: &State,
        asked: Asked,
        make: impl Future<Output = Result<T>>,
    ) -> Result<Written<T>> {
        // Before it is made: what is committed meanwhile makes it old at once.
        let commits = *state.db.committed().borrow();
        if let Some((body, tag)) = self.find(&asked, commits) {
            return Ok(Written(body, Some(tag), PhantomData));
        }
        let at = Instant::now();
        let body = Bytes::from(make.await?.to_json_string());
        let tag = HeaderValue::from_str(&etag::of(&body))
            .map_err(|_| Fault::internal("a validator of odd signs"))?;
        let mut kept = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, answer| answer.at.elapsed() < LIFE);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        let answer = Kept {
            commits,
            at,
            body: body.clone(),
            tag: tag.clone(),
        };
        kept.insert(asked, answer);
        Ok(Written(body, Some(tag), PhantomData))
    }

    /// The thing of this kind kept for an id, or the one `make` makes; as fresh as an answer.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn thing<T: Any + Send + Sync>(
        &self,
        state: &State,
        id: Uuid,
        make: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let key = (TypeId::of::<T>(), id);
        let commits = *state.db.committed().borrow();
        let at = state.clock.now();
        if let Some(thing) = self.kept_thing(&key, commits, at) {
            return Ok(thing);
        }
        let thing = Arc::new(make.await?);
        let mut kept = self.things.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        let new = Thing {
            commits,
            at,
            thing: thing.clone(),
        };
        kept.insert(key, new);
        Ok(thing)
    }

    fn kept_thing<T: Any + Send + Sync>(
        &self,
        key: &(TypeId, Uuid),
        commits: u64,
        now: i64,
    ) -> Option<Arc<T>> {
        let kept = self.things.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(key)?;
        let age = u64::try_from(now - found.at).map(Duration::from_micros);
        let fresh = found.commits == commits && age.is_ok_and(|age| age < LIFE);
        let thing = fresh.then(|| found.thing.clone())?;
        drop(kept);
        thing.downcast().ok()
    }

    fn find(&self, asked: &Asked, commits: u64) -> Option<(Bytes, HeaderValue)> {
        let kept = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(asked)?;
        let fresh = found.commits == commits && found.at.elapsed() < LIFE;
        fresh.then(|| (found.body.clone(), found.tag.clone()))
    }
}

/// JSON that was written before, with its validator if that was made too; in the document it is the thing itself.
pub struct Written<T>(Bytes, Option<HeaderValue>, PhantomData<fn() -> T>);

impl<T: Type + ToJSON> From<T> for Written<T> {
    fn from(thing: T) -> Self {
        Self(Bytes::from(thing.to_json_string()), None, PhantomData)
    }
}

impl<T> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut response = Response::from(Body::from_bytes(self.0));
        let headers = response.headers_mut();
        // Room for what the edge sets, at once.
        headers.reserve(20);
        headers.insert(CONTENT_TYPE, JSON);
        if let Some(tag) = self.1 {
            headers.insert(ETAG, tag);
        }
        response
    }
}

impl<T: Type + ToJSON> ApiResponse for Written<T> {
    fn meta() -> MetaResponses {
        <Json<T> as ApiResponse>::meta()
    }

    fn register(registry: &mut Registry) {
        <Json<T> as ApiResponse>::register(registry);
    }
}
