//! Questions that are nearly the same, found without comparing each with each.
//!
//! A question's pairs of characters are drawn down to a fixed row of least hashes (MinHash, Broder 1997): as many of
//! them agree, as much of two questions is the same. Only those that agree on a whole band are compared.

use std::collections::HashMap;
use std::hash::Hash;

use super::rules::bare;

/// Hashes of a signature.
pub const HASHES: usize = 64;
/// Hashes of a band: two questions are compared when they agree on one.
const BAND: usize = 4;
/// Hashes in common, of all, from which two are told to be alike: seven tenths.
const ALIKE: usize = HASHES * 7 / 10;

/// What of a question is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature([u32; HASHES]);

/// A fixed mixing of bits (SplitMix64's), so that a signature kept is one made today.
const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

impl Signature {
    /// Of a question's text with its options.
    #[must_use]
    pub fn of(text: &str, options: &[String]) -> Self {
        let mut all = bare(text);
        let mut options: Vec<String> = options.iter().map(|option| bare(option)).collect();
        options.sort_unstable();
        all.extend(options);
        let letters: Vec<char> = all.chars().collect();
        let mut least = [u32::MAX; HASHES];
        let pairs = letters.windows(2).map(|pair| match pair {
            [a, b] => (u64::from(u32::from(*a)) << 32) | u64::from(u32::from(*b)),
            _ => 0,
        });
        let alone = letters.first().filter(|_| letters.len() == 1);
        for pair in pairs.chain(alone.map(|c| u64::from(u32::from(*c)))) {
            for (place, slot) in (0u64..).zip(least.iter_mut()) {
                let hash = mix(pair ^ mix(place));
                *slot = (*slot).min(u32::try_from(hash >> 32).unwrap_or(u32::MAX));
            }
        }
        Self(least)
    }

    /// As it is kept.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.to_be_bytes()).collect()
    }

    /// Read back; none where it is of another length.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut row = [0; HASHES];
        if bytes.len() != HASHES * 4 {
            return None;
        }
        for (slot, four) in row.iter_mut().zip(bytes.chunks_exact(4)) {
            *slot = u32::from_be_bytes(four.try_into().ok()?);
        }
        Some(Self(row))
    }

    fn common(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count()
    }
}

/// Questions seen so far, each under its bands.
pub struct Seen<K> {
    bands: HashMap<(usize, [u32; BAND]), Vec<usize>>,
    all: Vec<(K, Signature)>,
}

impl<K: Clone + Eq + Hash> Default for Seen<K> {
    fn default() -> Self {
        Self {
            bands: HashMap::new(),
            all: Vec::new(),
        }
    }
}

impl<K: Clone + Eq + Hash> Seen<K> {
    fn keys(signature: &Signature) -> impl Iterator<Item = (usize, [u32; BAND])> + '_ {
        let bands = signature.0.chunks_exact(BAND).enumerate();
        bands.filter_map(|(place, band)| Some((place, band.try_into().ok()?)))
    }

    /// The one most alike among those seen, where one is alike enough.
    #[must_use]
    pub fn alike(&self, signature: &Signature) -> Option<K> {
        let near = Self::keys(signature).filter_map(|key| self.bands.get(&key));
        let near = near.flatten().filter_map(|place| self.all.get(*place));
        let told = near.map(|(key, other)| (other.common(signature), key));
        let most = told.max_by_key(|(common, _)| *common)?;
        (most.0 >= ALIKE).then(|| most.1.clone())
    }

    /// Adds one.
    pub fn add(&mut self, key: K, signature: Signature) {
        for band in Self::keys(&signature) {
            self.bands.entry(band).or_default().push(self.all.len());
        }
        self.all.push((key, signature));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Signature {
        let options = ["切断电源", "用水灭火", "打开门窗", "立即逃离"].map(String::from);
        Signature::of(text, &options)
    }

    #[test]
    fn nearly_the_same_is_told_and_merely_related_is_not() {
        let mut seen = Seen::default();
        seen.add(1, of("发生电气火灾时，首先应当采取的措施是什么？"));
        seen.add(
            2,
            of("在潮湿场所使用手持电动工具，应当选用哪一类安全电压？"),
        );
        for (text, alike) in [
            ("发生电气火灾时，首先应当采取的措施是什么？", Some(1)),
            ("发生电气火灾时首先应采取的措施是什么", Some(1)),
            (
                "发生电气火灾的时候，首先应当采取的措施是（　　）。",
                Some(1),
            ),
            ("高处作业人员发现安全带有裂纹时应当怎样处理？", None),
            ("潮湿场所作业前需要做哪些检查？", None),
        ] {
            assert_eq!(seen.alike(&of(text)), alike, "{text}");
        }
    }

    #[test]
    fn a_signature_comes_back_as_it_was_kept() {
        let one = of("什么是高处作业？");
        assert_eq!(Signature::read(&one.bytes()), Some(one));
        assert_eq!(Signature::read(&[0; 3]), None);
        assert_eq!(Signature::of("", &[]), Signature::of("", &[]));
    }
}
