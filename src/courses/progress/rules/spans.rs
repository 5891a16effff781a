//! Sets of whole numbers, as disjoint spans in order: seconds of a lesson, milliseconds of a day.

/// Spans `from..to`, in order, none touching another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// How many numbers are in it.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.0.iter().map(|(from, to)| to - from).sum()
    }

    /// The spans themselves.
    #[must_use]
    pub fn as_slice(&self) -> &[(i64, i64)] {
        &self.0
    }

    /// Puts `from..to` in.
    pub fn add(&mut self, from: i64, to: i64) {
        if from >= to {
            return;
        }
        let first = self.0.partition_point(|(_, end)| *end < from);
        let after = self.0.partition_point(|(start, _)| *start <= to);
        let mut whole = (from, to);
        if let Some(touched) = self.0.get(first..after)
            && let (Some(head), Some(tail)) = (touched.first(), touched.last())
        {
            whole = (from.min(head.0), to.max(tail.1));
        }
        self.0.splice(first..after.max(first), [whole]);
    }

    /// Puts all of another in.
    pub fn add_all(&mut self, other: &Self) {
        for (from, to) in &other.0 {
            self.add(*from, *to);
        }
    }

    /// Takes all of another out.
    pub fn remove_all(&mut self, other: &Self) {
        let mut left = Self::default();
        for (from, to) in &self.0 {
            left.0.extend(other.missing(*from, *to).0);
        }
        *self = left;
    }

    /// What of `from..to` is not in it.
    #[must_use]
    pub fn missing(&self, from: i64, to: i64) -> Self {
        let mut missing = Vec::new();
        let mut at = from;
        let first = self.0.partition_point(|(_, end)| *end <= from);
        for (start, end) in self.0.iter().skip(first) {
            if *start >= to {
                break;
            }
            if *start > at {
                missing.push((at, *start));
            }
            at = at.max(*end);
        }
        if at < to {
            missing.push((at, to));
        }
        Self(missing)
    }

    /// The first `count` numbers of it, or fewer where it has fewer.
    #[must_use]
    pub fn first(&self, count: i64) -> Self {
        let mut left = count;
        let mut taken = Vec::new();
        for (from, to) in &self.0 {
            if left <= 0 {
                break;
            }
            let end = (*to).min(from + left);
            taken.push((*from, end));
            left -= end - from;
        }
        Self(taken)
    }

    /// Forgets what lies wholly before.
    pub fn forget_before(&mut self, at: i64) {
        self.0.retain(|(_, end)| *end > at);
    }

    /// Fills the oldest holes until no more than `most` spans are left.
    pub fn bound(&mut self, most: usize) {
        while self.0.len() > most.max(1) {
            let (from, _) = self.0.remove(0);
            if let Some(next) = self.0.first_mut() {
                next.0 = from;
            }
        }
    }

    /// As bytes: distances from one end to the next, seven bits a byte.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut last = 0;
        for (from, to) in &self.0 {
            put(&mut bytes, from - last);
            put(&mut bytes, to - from);
            last = *to;
        }
        bytes
    }

    /// What [`Spans::encode`] wrote; none when it is not that.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut spans = Vec::new();
        let (mut rest, mut last) = (bytes, 0_i64);
        while !rest.is_empty() {
            let from = last.checked_add(take(&mut rest)?)?;
            last = from.checked_add(take(&mut rest)?)?;
            spans.push((from, last));
        }
        Some(Self(spans))
    }
}

/// Appends a number that is not negative.
pub(super) fn put(bytes: &mut Vec<u8>, number: i64) {
    let mut left = u64::try_from(number).unwrap_or_default();
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or_default();
        left >>= 7;
        if left == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// Takes a number off the front.
pub(super) fn take(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return i64::try_from(number).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(spans: &[(i64, i64)]) -> Spans {
        let mut set = Spans::default();
        for (from, to) in spans {
            set.add(*from, *to);
        }
        set
    }

    fn members(spans: &Spans) -> BTreeSet<i64> {
        spans.0.iter().flat_map(|(from, to)| *from..*to).collect()
    }

    proptest! {
        #[test]
        fn spans_are_the_sets_they_stand_for(
            one in prop::collection::vec((0..60_i64, 0..12_i64), 0..8),
            two in prop::collection::vec((0..60_i64, 0..12_i64), 0..8),
            (from, length, count) in (0..60_i64, 0..30_i64, 0..20_i64),
        ) {
            let ends = |list: &[(i64, i64)]| -> Vec<_> {
                list.iter().map(|(at, long)| (*at, at + long)).collect()
            };
            let set = |list: &[(i64, i64)]| -> BTreeSet<i64> {
                list.iter().flat_map(|(at, long)| *at..at + long).collect()
            };
            let (a, b) = (of(&ends(&one)), of(&ends(&two)));
            let (as_set, bs_set) = (set(&one), set(&two));
            prop_assert_eq!(members(&a), as_set.clone());
            prop_assert_eq!(a.total(), as_set.len() as i64);
            prop_assert!(a.0.windows(2).all(|pair| pair[0].1 < pair[1].0), "{:?}", a);
            let asked: BTreeSet<i64> = (from..from + length).collect();
            prop_assert_eq!(
                members(&a.missing(from, from + length)),
                asked.difference(&as_set).copied().collect::<BTreeSet<_>>()
            );
            prop_assert_eq!(
                members(&a.first(count)),
                as_set.iter().copied().take(count as usize).collect::<BTreeSet<_>>()
            );
            let mut both = a.clone();
            both.add_all(&b);
            prop_assert_eq!(members(&both), as_set.union(&bs_set).copied().collect::<BTreeSet<_>>());
            let mut less = a.clone();
            less.remove_all(&b);
            prop_assert_eq!(members(&less), as_set.difference(&bs_set).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(Spans::decode(&a.encode()), Some(a.clone()));
            let mut few = a.clone();
            few.bound(2);
            prop_assert!(few.0.len() <= 2 && members(&few).is_superset(&as_set));
        }

        #[test]
        fn odd_bytes_are_no_spans_and_break_nothing(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(read) = Spans::decode(&bytes) {
                prop_assert!(read.total() >= 0);
            }
        }
    }
}
