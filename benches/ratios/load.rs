//! Keep-alive clients on threads and a runtime of their own; the same for ours and for the limit.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Out;

/// Clients under load: more than enough to keep two cores busy.
pub const CLIENTS: usize = 32;

const CLIENT_THREAD: &str = "clients";

/// A runtime for clients only.
pub struct Load(tokio::runtime::Runtime);

/// What clients saw.
#[derive(Debug, Default)]
pub struct Shot {
    /// Answers a second.
    pub per_second: f64,
    /// Microseconds, in order.
    pub micros: Vec<u32>,
    /// Answers that were none of 2xx.
    pub refused: usize,
    /// Microseconds an answer cost the processor outside the clients' threads: it moves less than answers a second when
    /// others use the machine.
    pub cost: f64,
}

impl Shot {
    /// The latency that a share of the answers kept within, in milliseconds.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    pub fn within(&self, share: f64) -> f64 {
        let place = (self.micros.len() as f64 * share) as usize;
        let last = self.micros.len().saturating_sub(1);
        f64::from(self.micros.get(place.min(last)).copied().unwrap_or(0)) / 1_000.0
    }
}

impl Load {
    pub fn new() -> Out<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .thread_name(CLIENT_THREAD)
            .build()?;
        Ok(Self(runtime))
    }

    /// Sends these requests, by turns, from so many clients for so long.
    pub async fn run(
        &self,
        address: SocketAddr,
        requests: &Arc<Vec<Vec<u8>>>,
        clients: usize,
        time: Duration,
    ) -> Out<Shot> {
        let began = Instant::now();
        let before = busy();
        let each: Vec<_> = (0..clients)
            .map(|first| {
                let requests = requests.clone();
                self.0.spawn(client(address, requests, first, began + time))
            })
            .collect();
        let mut shot = Shot::default();
        for one in each {
            let (micros, refused) = one.await??;
            shot.micros.extend(micros);
            shot.refused += refused;
        }
        shot.micros.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
        let answers = shot.micros.len() as f64;
        shot.per_second = answers / began.elapsed().as_secs_f64();
        shot.cost = (busy() - before) / answers;
        Ok(shot)
    }
}

/// Microseconds that this process has had of the processor, without the clients' threads; nothing where the system
/// does not tell.
fn busy() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        let thread = thread.ok()?.path();
        let name = std::fs::read_to_string(thread.join("comm")).ok()?;
        let told = std::fs::read_to_string(thread.join("schedstat")).ok()?;
        let nanos: f64 = told.split(' ').next()?.parse().ok()?;
        (name.trim() != CLIENT_THREAD).then_some(nanos / 1_000.0)
    };
    threads.filter_map(of).sum()
}

/// A GET as its bytes.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// A POST of JSON as its bytes, with a key of its own.
pub fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    sent("POST", path, token, body)
}

/// A PUT of JSON as its bytes.
pub fn put(path: &str, token: &str, body: &str) -> Vec<u8> {
    sent("PUT", path, token, body)
}

fn sent(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let key = anpei::platform::clock::new_id();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

async fn client(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    first: usize,
    until: Instant,
) -> Out<(Vec<u32>, usize)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut micros, mut refused) = (Vec::with_capacity(8_192), 0);
    let mut buffer = Vec::with_capacity(16_384);
    // Clients start at different places, a prime apart, so that they do not walk in step.
    let mut next = first * 7_919;
    while Instant::now() < until {
        let Some(request) = requests.get(next % requests.len().max(1)) else {
            break;
        };
        next += 1;
        let began = Instant::now();
        stream.write_all(request).await?;
        if !answer(&mut stream, &mut buffer).await? {
            refused += 1;
        }
        micros.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok((micros, refused))
}

/// Reads one answer to its end; whether it was a 2xx.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Out<bool> {
    buffer.clear();
    let end = loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed a connection".into());
        }
        if let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = std::str::from_utf8(&buffer[..end])?;
    let length = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.trim().parse::<usize>())?;
    let good = head.starts_with("HTTP/1.1 2");
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed a connection".into());
        }
    }
    Ok(good)
}
