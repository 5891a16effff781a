//! Valid presentations, changed at random: none is accepted, nothing panics.
//!
//! Changes are made to the characters, to the bytes behind them and to the CBOR items in those; what comes out must be
//! red or grey. A change that leaves the fragment as it was (another host) is none.

use anpei::codes::base41::{self, ALPHABET};
use anpei::codes::bundle::Kept;
use anpei::codes::presentation::{Presentation, text};
use anpei::codes::verdict::{Asked, Colour, judge};

use super::made::{HOST, NOW, World, five, item};

/// A small generator of its own (SplitMix64): the same mutations at each run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// Presentations that are all green now.
struct Field {
    kept: Kept,
    shown: Vec<Presentation>,
    fragments: Vec<String>,
}

impl Field {
    fn new() -> Self {
        let world = World::new();
        let credentials = [
            world.credential(|_| {}),
            world.credential(|c| c.items = five()),
            world.credential(|c| c.expires = Some(NOW + 100)),
            world.credential(|c| {
                (c.name, c.items[0]) = ("买买提·阿不都热合曼".to_owned(), item(300))
            }),
            world.credential(|c| (c.items[0].review_due, c.status_index) = (None, 3)),
        ];
        let shown: Vec<Presentation> = credentials
            .iter()
            .flat_map(|credential| {
                [(0, None), (-30, None), (45, Some(*b"4071"))]
                    .map(|(ahead, digits)| world.phone.show(credential, NOW + ahead, digits))
            })
            .collect();
        let fragment = |shown: &Presentation| base41::encode(&shown.encode());
        let fragments = shown.iter().map(fragment).collect();
        let field = Self {
            kept: world.kept(|_| {}),
            shown,
            fragments,
        };
        for shown in &field.shown {
            assert_eq!(field.colour(&text(HOST, &shown.encode())), Colour::Green);
        }
        field
    }

    fn colour(&self, text: &str) -> Colour {
        let asked = Asked {
            text,
            now: NOW,
            for_item: None,
            challenge: None,
            seen_before: false,
        };
        judge(&asked, Some(&self.kept)).colour
    }

    /// Whether it reads as one of the valid ones, whatever its host.
    fn is_unchanged(&self, text: &str) -> bool {
        let fragment = text.split_once('#').map_or(text, |(_, fragment)| fragment);
        self.fragments.iter().any(|valid| valid == fragment)
    }

    /// A text that is none of the valid ones.
    fn mutant(&self, chance: &mut Chance) -> String {
        let shown = &self.shown[chance.below(self.shown.len())];
        match chance.below(4) {
            0 => self.characters(shown, chance),
            1 => text(HOST, &self.splice(shown, chance).encode()),
            2 => {
                let mut inner = shown.clone();
                self.bytes(&mut inner.credential, chance);
                text(HOST, &inner.encode())
            }
            _ => {
                let mut bytes = shown.encode();
                for _ in 0..=chance.below(3) {
                    self.bytes(&mut bytes, chance);
                }
                text(HOST, &bytes)
            }
        }
    }

    /// Characters changed, lost, doubled, moved; half the time as base41 knows them.
    fn characters(&self, shown: &Presentation, chance: &mut Chance) -> String {
        let mut all: Vec<char> = text(HOST, &shown.encode()).chars().collect();
        for _ in 0..=chance.below(3) {
            let (place, other) = (chance.below(all.len()), chance.below(all.len()));
            let known = char::from(ALPHABET[chance.below(41)]);
            let any = char::from_u32(u32::from(chance.byte()) + 1).unwrap();
            match chance.below(6) {
                0 => all[place] = known,
                1 => all[place] = any,
                2 => all.insert(place, known),
                3 => drop(all.remove(place)),
                4 => all.swap(place, other),
                _ => all.truncate(place.max(20)),
            }
        }
        all.into_iter().collect()
    }

    /// Parts of one with parts of another, instants and digits changed.
    fn splice(&self, shown: &Presentation, chance: &mut Chance) -> Presentation {
        let other = &self.shown[chance.below(self.shown.len())];
        let mut new = shown.clone();
        match chance.below(5) {
            0 => new.credential.clone_from(&other.credential),
            1 => new.proof = other.proof,
            2 => new.t += i64::from(chance.byte()) - 128,
            3 => new.challenge = other.challenge,
            _ => {
                let digit = b'0' + chance.byte() % 10;
                new.challenge = Some([digit, b'0', b'7', b'1']);
            }
        }
        new
    }

    /// Bytes changed, lost, doubled, moved; and CBOR heads made longer than they need be, or of another kind.
    fn bytes(&self, bytes: &mut Vec<u8>, chance: &mut Chance) {
        if bytes.is_empty() {
            return bytes.push(chance.byte());
        }
        let (place, other) = (chance.below(bytes.len()), chance.below(bytes.len()));
        match chance.below(12) {
            0 | 1 => bytes[place] ^= 1 << chance.below(8),
            2 => bytes[place] = chance.byte(),
            3 => bytes.insert(place, chance.byte()),
            4 => drop(bytes.remove(place)),
            5 => bytes.truncate(place),
            6 => bytes.swap(place, other),
            7 => bytes.push(chance.byte()),
            8 => {
                let (from, to) = (place.min(other), place.max(other));
                let part = bytes[from..to].to_vec();
                bytes.splice(to..to, part);
            }
            9 => bytes[place] = bytes[place] & 0xe0 | 31,
            10 => bytes[place] = bytes[place] & 0x1f | chance.byte() & 0xe0,
            // A short head in two bytes: what it says stays the same.
            _ => {
                let head = bytes[place];
                if head & 0x1f < 24 {
                    bytes.splice(place..=place, [head & 0xe0 | 24, head & 0x1f]);
                }
            }
        }
    }
}

fn mutate(count: usize, seed: u64) -> [usize; 2] {
    let (field, mut chance) = (Field::new(), Chance(seed));
    let mut told = [0; 2];
    let mut done = 0;
    while done < count {
        let mutant = field.mutant(&mut chance);
        if field.is_unchanged(&mutant) {
            continue;
        }
        done += 1;
        match field.colour(&mutant) {
            Colour::Red => told[0] += 1,
            Colour::Grey => told[1] += 1,
            colour => panic!("{} after {done} of seed {seed}: {mutant}", colour.word()),
        }
    }
    told
}

#[test]
fn twenty_thousand_mutations_are_all_refused() {
    let [red, grey] = mutate(20_000, 1);
    assert!(red > 15_000 && grey > 100, "{red} red, {grey} grey");
}

/// `make fuzz`.
#[test]
#[ignore = "a million: a minute or so, optimised"]
fn a_million_mutations_are_all_refused() {
    let seed = std::process::id().into();
    let [red, grey] = mutate(1_000_000, seed);
    println!("1000000 mutations of seed {seed}: {red} red, {grey} grey, none accepted");
}
