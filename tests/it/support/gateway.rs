//! A real HTTP server as the message gateway: it checks each message as any receiver would.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::listener::{Acceptor, Listener, TcpListener};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The gateway; it ends when this is dropped.
pub struct Gateway {
    url: String,
    heard: UnboundedReceiver<(bool, String)>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Gateway {
    pub async fn start() -> Self {
        let (told, heard) = unbounded_channel();
        let listening = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
        let acceptor = listening.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let gateway = poem::endpoint::make(move |mut request: poem::Request| {
            let told = told.clone();
            async move {
                let body = request.take_body().into_string().await.unwrap();
                let header = |name: &str| request.header(name).unwrap_or_default();
                let signed = is_signed(
                    header("webhook-id"),
                    header("webhook-timestamp"),
                    header("webhook-signature"),
                    &body,
                );
                told.send((signed, body)).unwrap();
                "ok"
            }
        });
        let serving = tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(gateway));
        Self {
            url: format!("http://{address}/sms"),
            heard,
            serving,
        }
    }

    /// What a server is told to reach it.
    pub fn settings(&self) -> [&str; 4] {
        ["--gateway-url", &self.url, "--gateway-secret", SECRET]
    }

    /// The next message that came, its signature found right.
    pub async fn next(&mut self) -> Value {
        let (signed, body) = self.heard.recv().await.unwrap();
        assert!(signed, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// After the Standard Webhooks text.
fn is_signed(id: &str, at: &str, signature: &str, body: &str) -> bool {
    let key = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.unwrap());
    let tag = signature.strip_prefix("v1,").unwrap_or_default();
    let tag = STANDARD.decode(tag).unwrap_or_default();
    hmac::verify(&key, format!("{id}.{at}.{body}").as_bytes(), &tag).is_ok()
}
