//! Cursor paging: a limit, an opaque cursor, a stable order by id, no counting.

use uuid::Uuid;

use super::error::{Code, Fault, Result};

/// Most rows a page may hold.
pub const MAX_LIMIT: u64 = 200;
/// Rows of a page whose `limit` is not said.
pub const DEFAULT_LIMIT: u64 = 50;

/// Which page is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub after: Option<Uuid>,
    pub limit: u64,
}

impl Page {
    /// Reads the `limit` (1 to 200, default 50) and `cursor` parameters.
    ///
    /// # Errors
    /// `invalid_cursor`, `invalid_field`.
    pub fn read(limit: Option<i32>, cursor: Option<&str>) -> Result<Self> {
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(n) => u64::try_from(n)
                .ok()
                .filter(|n| (1..=MAX_LIMIT).contains(n))
                .ok_or_else(|| Fault::field("limit", "1–200"))?,
        };
        let after = cursor
            .map(|text| {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| Fault::new(Code::InvalidCursor))?;
                Ok::<_, Fault>(Uuid::from_bytes(bytes))
            })
            .transpose()?;
        Ok(Self { after, limit })
    }

    /// Rows fetched with `limit + 1` to this page and the cursor of the next, if there is one.
    pub fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more {
            rows.last().map(|row| hex::encode(id(row).as_bytes()))
        } else {
            None
        };
        (rows, next)
    }
}

/// Declares a page of one kind of thing, with its own name in the spec.
#[macro_export]
macro_rules! page_of {
    ($(#[$doc:meta])* $name:ident, $item:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, poem_openapi::Object)]
        #[oai(skip_serializing_if_is_none)]
        pub struct $name {
            /// The things of this page, in a stable order.
            pub items: Vec<$item>,
            /// Send it back as `cursor` for the next page; absent on the last one.
            pub next_cursor: Option<String>,
        }

        impl $name {
            pub(crate) fn new((items, next_cursor): (Vec<$item>, Option<String>)) -> Self {
                Self { items, next_cursor }
            }
        }
    };
}
