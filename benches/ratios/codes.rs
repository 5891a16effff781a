//! The certificate code: issuing and verifying beside the bare signatures of the library; the status list's time and size.

#[path = "../../tests/it/codes/made.rs"]
#[expect(dead_code, reason = "the world of the tests has more than is measured")]
mod made;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anpei::codes::bundle::{self, Kept};
use anpei::codes::presentation::{self, Presentation};
use anpei::codes::render;
use anpei::codes::status_list::{self, SHARD, Status};
use anpei::codes::tc1::{self, Credential};
use anpei::codes::verdict::{Asked, Colour, judge};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, ParsedPublicKey, UnparsedPublicKey,
};

use crate::report::{Report, Rounds};
use crate::{Out, Told};
use made::{HOST, NOW, Phone, World};

/// Codes that take turns: none is verified from a warm cache of one.
const CODES: u8 = 64;
const AIM: &str = "≥ 0.80";

pub fn measure(told: &Told, report: &mut Report) -> Out<()> {
    let world = World::new();
    let millis = Duration::from_millis(told.millis);
    issue(told, &world, millis, report)?;
    verify(told, &world, millis, report)?;
    lists(&world, report)?;
    pictures(&world, millis, report)
}

/// How often a second `once` can be done, counted through `turns` of a round.
fn rate(time: Duration, mut once: impl FnMut(usize)) -> f64 {
    let began = Instant::now();
    let mut done = 0_u32;
    while began.elapsed() < time {
        for turn in 0..usize::from(CODES) {
            once(turn);
        }
        done += u32::from(CODES);
    }
    f64::from(done) / began.elapsed().as_secs_f64()
}

fn issue(told: &Told, world: &World, time: Duration, report: &mut Report) -> Out<()> {
    let plain: Vec<Credential> = (0..CODES)
        .map(|n| {
            let mut credential = world.plain();
            credential.id[0] = n;
            credential
        })
        .collect();
    let signed = plain.iter().map(|plain| tc1::sign(plain, &world.issuer));
    let messages = signed.map(|bytes| Ok(tc1::decode(&bytes?)?.message));
    let messages = messages.collect::<Out<Vec<Vec<u8>>>>()?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&world.issuer.seed()?)?;
    let mut rounds = Rounds::default();
    for round in 0..=told.rounds {
        let ours = rate(time, |turn| {
            black_box(tc1::sign(&plain[turn], &world.issuer).is_ok());
        });
        let limit = rate(time, |turn| {
            black_box(pair.try_sign(&messages[turn]).is_ok());
        });
        if round > 0 {
            rounds.ours.push(ours);
            rounds.limit.push(limit);
        }
    }
    report.row("code · issue", "one Ed25519 signature", &rounds, "/s", AIM);
    Ok(())
}

/// A code on a screen, and what its two signatures take to be verified.
struct Screen {
    text: String,
    message: Vec<u8>,
    signature: [u8; 64],
    holder: [u8; 33],
    holder_read: ParsedPublicKey,
    proved: Vec<u8>,
    proof: [u8; 64],
}

impl Screen {
    fn new(world: &World, n: u8) -> Out<Self> {
        let phone = Phone::new(100 + n);
        let credential = world.credential(|c| {
            c.id[0] = n;
            c.holder = Some(phone.key());
        });
        let shown: Presentation = phone.show(&credential, NOW, Some(*b"4071"));
        let parsed = tc1::decode(&credential)?;
        Ok(Self {
            text: presentation::text(HOST, &shown.encode()),
            message: parsed.message,
            signature: parsed.signature,
            holder: phone.key(),
            holder_read: ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, phone.key())?,
            proved: presentation::message(&credential, NOW, Some(*b"4071")),
            proof: shown.proof,
        })
    }

    fn is_green(&self, kept: &Kept) -> bool {
        let asked = Asked {
            text: &self.text,
            now: NOW,
            for_item: Some(made::WELDING),
            challenge: Some(*b"4071"),
            seen_before: false,
        };
        judge(&asked, Some(kept)).colour == Colour::Green
    }
}

fn verify(told: &Told, world: &World, time: Duration, report: &mut Report) -> Out<()> {
    let kept = world.kept(|_| {});
    let screens = (0..CODES).map(|n| Screen::new(world, n));
    let screens = screens.collect::<Out<Vec<Screen>>>()?;
    if !screens.iter().all(|screen| screen.is_green(&kept)) {
        return Err("a code that should be green is not".into());
    }
    let issuer = ParsedPublicKey::new(&ED25519, world.issuer.public())?;
    let issued = |screen: &Screen| {
        issuer
            .verify_sig(&screen.message, &screen.signature)
            .is_ok()
    };
    let (mut as_bytes, mut read_before) = (Rounds::default(), Rounds::default());
    for round in 0..=told.rounds {
        let ours = rate(time, |turn| {
            black_box(screens[turn].is_green(&kept));
        });
        // The holder's key comes with the code, in 33 bytes, and is another each time.
        let bytes = rate(time, |turn| {
            let screen = &screens[turn];
            let holder = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &screen.holder);
            black_box(issued(screen) && holder.verify(&screen.proved, &screen.proof).is_ok());
        });
        let read = rate(time, |turn| {
            let screen = &screens[turn];
            let proved = screen.holder_read.verify_sig(&screen.proved, &screen.proof);
            black_box(issued(screen) && proved.is_ok());
        });
        if round > 0 {
            as_bytes.ours.push(ours);
            as_bytes.limit.push(bytes);
            read_before.ours.push(ours);
            read_before.limit.push(read);
        }
    }
    let name = "code · text to verdict";
    report.row(
        name,
        "Ed25519 + P-256, key in 33 bytes",
        &as_bytes,
        "/s",
        AIM,
    );
    report.row(
        name,
        "Ed25519 + P-256, key read before",
        &read_before,
        "/s",
        "",
    );
    Ok(())
}

/// Every `nth` of `codes` is revoked, at places drawn at random from all shards.
fn lists(world: &World, report: &mut Report) -> Out<()> {
    for (codes, nth) in [
        (4_398, 100),
        (1_000_000, 100),
        (30_000_000, 1000),
        (30_000_000, 100),
    ] {
        let count = u32::div_ceil(codes, SHARD);
        let mut place = 0x1234_5678_9abc_def0_u64;
        let mut draw = || {
            place ^= place << 13;
            place ^= place >> 7;
            place ^= place << 17;
            u32::try_from(place % u64::from(count * SHARD)).unwrap_or(0)
        };
        let entries: Vec<_> = (0..codes / nth)
            .map(|_| (draw(), Status::Invalid))
            .collect();
        let began = Instant::now();
        let lists = status_list::shards(entries, count);
        let sign = |(number, list)| {
            let subject = status_list::subject(made::COUNTY, number);
            status_list::sign(&subject, NOW, list, &world.issuer)
        };
        let shards = lists
            .iter()
            .enumerate()
            .map(sign)
            .collect::<Result<Vec<_>, _>>()?;
        let built = began.elapsed();
        let size: usize = shards.iter().map(Vec::len).sum();
        let bytes = world.bundle(|draft| draft.signed = Some(shards.clone()));
        let began = Instant::now();
        bundle::read(&bytes, &world.roots(), None)?;
        report.note(format!(
            "status list of {codes} codes, 1 in {nth} revoked, {count} shards: {size} B signed, built in {:.1} ms; \
             the bundle {} B, verified and unpacked in {:.1} ms",
            built.as_secs_f64() * 1e3,
            bytes.len(),
            began.elapsed().as_secs_f64() * 1e3,
        ));
    }
    Ok(())
}

fn pictures(world: &World, time: Duration, report: &mut Report) -> Out<()> {
    let credential = world.credential(|_| {});
    let matrix = render::matrix(HOST, &credential)?;
    let modules = rate(time, |_| {
        black_box(render::matrix(HOST, &credential).is_ok());
    });
    let png = rate(time, |_| {
        black_box(matrix.png(8));
    });
    let svg = rate(time, |_| {
        black_box(matrix.svg());
    });
    report.note(format!(
        "a printed code: {modules:.0} QR codes/s; PNG at 8 pixels a module {png:.0}/s of {} B; SVG {svg:.0}/s of {} B",
        matrix.png(8).len(),
        matrix.svg().len(),
    ));
    Ok(())
}
