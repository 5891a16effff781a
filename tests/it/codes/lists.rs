//! Status lists: their bits, their shards, and what does not unpack.

use anpei::codes::status_list::{self, SHARD, Status, StatusList};
use rstest::rstest;

#[rstest]
fn a_status_list_reads_back_at_every_width(#[values(1, 2, 4, 8)] bits: u8) {
    let most = u8::MAX >> (8 - bits);
    let mut list = StatusList::new(bits, 1000).unwrap();
    assert_eq!(list.entries(), 1000);
    let value = |index: u32| (index * 7 + index / 11) as u8 & most;
    for index in 0..1000 {
        assert!(list.set(index, most) && list.set(index, value(index)));
    }
    assert!(!list.set(1000, 0) && (bits == 8 || !list.set(0, most + 1)));
    let again = StatusList::inflate(bits, &list.deflate(), 1000).unwrap();
    assert_eq!(again, list);
    for index in 0..1000 {
        assert_eq!(again.get(index), Some(value(index)));
    }
    assert_eq!((again.get(1000), again.get(u32::MAX)), (None, None));
    assert_eq!(StatusList::new(3, 8), None);
}

#[test]
fn the_drafts_own_examples_of_status_lists_come_out() {
    // Token Status List, section 4.1: the one-bit and the two-bit list.
    let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    for (bits, values, packed) in [
        (1, one.as_slice(), [0xb9, 0xa3].as_slice()),
        (2, two.as_slice(), [0xc9, 0x44, 0xf9].as_slice()),
    ] {
        let mut list = StatusList::new(bits, values.len() as u32).unwrap();
        for (index, value) in (0..).zip(values) {
            assert!(list.set(index, *value));
        }
        let theirs = deflate_stored(packed);
        assert_eq!(StatusList::inflate(bits, &theirs, 16).unwrap(), list);
    }
}

/// A zlib stream of one stored block: written by hand, so that it hangs on no deflater.
fn deflate_stored(bytes: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = u16::try_from(bytes.len()).unwrap();
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(bytes);
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
    out
}

#[test]
fn a_list_that_would_unpack_to_more_than_it_may_is_refused() {
    let full = StatusList::new(2, SHARD).unwrap();
    assert_eq!(
        StatusList::inflate(2, &full.deflate(), SHARD).unwrap(),
        full
    );
    let bomb = StatusList::new(2, SHARD + 4).unwrap().deflate();
    assert!(StatusList::inflate(2, &bomb, SHARD).is_err());
    let good = full.deflate();
    for bad in [
        &good[..good.len() - 1],
        &[good.as_slice(), &[0]].concat(),
        &[],
        &good[1..],
    ] {
        assert!(StatusList::inflate(2, bad, SHARD).is_err());
    }
    let mut wrong_sum = good.clone();
    *wrong_sum.last_mut().unwrap() ^= 1;
    assert!(StatusList::inflate(2, &wrong_sum, SHARD).is_err());
}

#[test]
fn a_shard_holds_a_million_and_the_next_one_the_rest() {
    let places = [
        (0, Status::Invalid),
        (SHARD - 1, Status::Suspended),
        (SHARD, Status::Superseded),
        (3 * SHARD, Status::Invalid),
    ];
    let lists = status_list::shards(places, 2);
    assert_eq!(lists.len(), 2);
    assert_eq!(lists[0].get(0), Some(1));
    assert_eq!(lists[0].get(SHARD - 1), Some(2));
    assert_eq!(lists[1].get(0), Some(3));
}
