//! The ways out: an SMTP server, a folder where there is none, and an HTTP message gateway.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart, header};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{Channel, Words, html};
use crate::platform::config::{Settings, make_private_folder, write_private_file};
use crate::platform::{Fault, Result};

/// A message opened to be sent.
pub(super) struct Parcel {
    pub(super) id: Uuid,
    pub(super) channel: Channel,
    pub(super) to: String,
    pub(super) template: String,
    pub(super) words: Words,
    /// PNG, base64.
    pub(super) picture: Option<String>,
    pub(super) written_at: DateTime<FixedOffset>,
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// Why the other side did not take it.
pub(super) struct Failed {
    pub(super) why: String,
    /// Trying again is of no use.
    pub(super) for_good: bool,
}

impl Failed {
    pub(super) fn for_now(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            for_good: false,
        }
    }

    pub(super) fn for_good(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            for_good: true,
        }
    }
}

enum Mails {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

struct Gateway {
    client: reqwest::Client,
    url: String,
    secret: SecretString,
}

/// The ways out of one instance.
pub(super) struct Transport {
    mails: Mails,
    from: Mailbox,
    gateway: Option<Gateway>,
    /// Taken by the other side, and not yet noted as sent: never handed over again by this instance.
    taken: Mutex<HashSet<Uuid>>,
    /// Being handed over: a lease that ends meanwhile gives it to no second hand of this instance.
    on_way: Mutex<HashSet<Uuid>>,
}

/// While it lives, its message is on its way.
pub(super) struct OnWay<'a> {
    all: &'a Mutex<HashSet<Uuid>>,
    id: Uuid,
}

impl Drop for OnWay<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.id);
    }
}

impl Transport {
    fn taken(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the other side has this message already.
    pub(super) fn has_taken(&self, id: Uuid) -> bool {
        self.taken().contains(&id)
    }

    /// Sets a message on its way; none when it is already.
    pub(super) fn set_out(&self, id: Uuid) -> Option<OnWay<'_>> {
        let all = &self.on_way;
        let mut held = all.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(id).then(|| OnWay { all, id })
    }

    /// Remembers that the other side has it.
    pub(super) fn remember(&self, id: Uuid) {
        self.taken().insert(id);
    }

    /// It is noted now.
    pub(super) fn forget(&self, id: Uuid) {
        self.taken().remove(&id);
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// `internal` when an address or a URL cannot be read.
    pub(super) fn open(settings: &Settings) -> Result<Self> {
        let fail = |what: &str, e: &dyn std::fmt::Display| Fault::internal(format!("{what}: {e}"));
        let from = settings.mail_from.parse();
        let from: Mailbox = from.map_err(|e| fail("ANPEI_MAIL_FROM", &e))?;
        let mails = match &settings.smtp_url {
            Some(url) => Mails::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(|e| fail("ANPEI_SMTP_URL", &e))?
                    .build(),
            ),
            None => Mails::Folder(settings.data.join("mail")),
        };
        let gateway = settings
            .gateway_url
            .as_ref()
            .zip(settings.gateway_secret.clone());
        let gateway = match gateway {
            Some((url, secret)) => Some(Gateway {
                client: client()?,
                url: url.clone(),
                secret,
            }),
            None => None,
        };
        Ok(Self {
            mails,
            from,
            gateway,
            taken: Mutex::default(),
            on_way: Mutex::default(),
        })
    }

    /// Hands a message over; it is the other side's once this returns.
    ///
    /// # Errors
    /// Why it was not taken.
    pub(super) async fn send(&self, parcel: &Parcel) -> std::result::Result<(), Failed> {
        match parcel.channel {
            Channel::Mail => self.mail(parcel).await,
            Channel::Gateway => match &self.gateway {
                Some(gateway) => gateway.send(parcel).await,
                None => Err(Failed::for_good(
                    "没有设置消息网关 · no message gateway is set (ANPEI_GATEWAY_URL)",
                )),
            },
        }
    }

    async fn mail(&self, parcel: &Parcel) -> std::result::Result<(), Failed> {
        let to: Mailbox = parcel
            .to
            .parse()
            .map_err(|_| Failed::for_good("not an e-mail address"))?;
        // The same for every try: a store that has it already knows it again.
        let id = format!("<{}@{}>", parcel.id, self.from.email.domain());
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(id))
            .date(std::time::SystemTime::from(parcel.written_at))
            .subject(parcel.words.subject.clone())
            .multipart(parts(&parcel.words, parcel.picture.as_deref()))
            .map_err(|e| Failed::for_good(e.to_string()))?;
        match &self.mails {
            Mails::Smtp(server) => match server.send(mail).await {
                Ok(_) => Ok(()),
                Err(e) if e.is_permanent() => Err(Failed::for_good(e.to_string())),
                Err(e) => Err(Failed::for_now(e.to_string())),
            },
            Mails::Folder(folder) => keep(folder.clone(), parcel.id, mail.formatted()).await,
        }
    }
}

/// The words as text and as a page, with the picture the page shows.
fn parts(words: &Words, picture: Option<&str>) -> MultiPart {
    let picture = picture.and_then(|told| STANDARD.decode(told).ok());
    let page = SinglePart::html(html::page(words, picture.is_some()));
    let text = SinglePart::plain(words.text.clone());
    let Some(picture) = picture else {
        return MultiPart::alternative().singlepart(text).singlepart(page);
    };
    let png = "image/png"
        .parse()
        .unwrap_or(header::ContentType::TEXT_PLAIN);
    let shown = Attachment::new_inline("code".to_owned()).body(picture, png);
    let related = MultiPart::related().singlepart(page).singlepart(shown);
    MultiPart::alternative().singlepart(text).multipart(related)
}

/// Without an SMTP server mails land as files, so that nothing is lost and a first start works.
async fn keep(folder: PathBuf, id: Uuid, mail: Vec<u8>) -> std::result::Result<(), Failed> {
    let write = move || {
        make_private_folder(&folder)?;
        let path = folder.join(format!("{id}.eml"));
        write_private_file(&path, &mail)?;
        tracing::info!(path = %path.display(), "no SMTP server is set: the mail was kept as a file");
        Ok::<_, Fault>(())
    };
    let kept = tokio::task::spawn_blocking(write).await;
    kept.map_err(|e| Failed::for_now(e.to_string()))?
        .map_err(|fault| Failed::for_now(fault.to_string()))
}

fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|e| Fault::internal(e.to_string()))
}

impl Gateway {
    /// Signed after Standard Webhooks, so that any provider's adapter can check it.
    async fn send(&self, parcel: &Parcel) -> std::result::Result<(), Failed> {
        let body = serde_json::json!({
            "to": parcel.to, "template": parcel.template, "text": parcel.words.text,
        })
        .to_string();
        let secret = self.secret.expose_secret();
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap_or(secret))
            .unwrap_or_else(|_| secret.as_bytes().to_vec());
        let (id, at) = (parcel.id, parcel.now);
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &key),
            format!("{id}.{at}.{body}").as_bytes(),
        );
        let told = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", format!("v1,{}", STANDARD.encode(tag)))
            .body(body)
            .send()
            .await
            .map_err(|e| Failed::for_now(e.without_url().to_string()))?;
        let status = told.status();
        if status.is_success() {
            Ok(())
        } else if status.is_client_error() && ![408, 425, 429].contains(&status.as_u16()) {
            Err(Failed::for_good(format!("HTTP {status}")))
        } else {
            Err(Failed::for_now(format!("HTTP {status}")))
        }
    }
}
