//! Workbooks of the old binary format (.xls), made by hand so that any field of theirs can be wrong.

/// One record of the old binary format.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
}

pub(super) fn number_at(row: u16, column: u16) -> Vec<u8> {
    let head = [row, column, 0].map(u16::to_le_bytes).concat();
    record(0x0203, &[head, 1.0_f64.to_le_bytes().to_vec()].concat())
}

pub(super) fn dimensions(rows: u32, columns: u16) -> Vec<u8> {
    let rows = [0, rows].map(u32::to_le_bytes).concat();
    let columns = [0, columns, 0].map(u16::to_le_bytes).concat();
    record(0x0200, &[rows, columns].concat())
}

/// A workbook of the old binary format with one sheet of these records.
pub(super) fn old_book(sheet: &[u8]) -> Vec<u8> {
    old_book_of(&[], sheet)
}

/// The same, with records that all sheets share.
fn old_book_of(shared: &[u8], sheet: &[u8]) -> Vec<u8> {
    let begin = |kind: u16| {
        let words = [0x0600, kind, 0, 0, 0, 0, 0, 0].map(u16::to_le_bytes);
        record(0x0809, &words.concat())
    };
    let bound = |at: u32| {
        record(
            0x0085,
            &[&at.to_le_bytes()[..], &[0, 0, 1, 0, b'1']].concat(),
        )
    };
    let end = record(0x000A, &[]);
    let head = begin(5).len() + bound(0).len() + shared.len() + end.len();
    let mut stream = [
        begin(5),
        bound(u32::try_from(head).unwrap()),
        shared.to_vec(),
        end.clone(),
    ]
    .concat();
    stream.extend(begin(0x10));
    stream.extend(sheet);
    stream.extend(end);
    stream.resize(stream.len().max(4_096).next_multiple_of(512), 0);
    contained(&stream)
}

/// The stream in its container: header, one sector of the chain table, one of the folder, then the stream.
fn contained(stream: &[u8]) -> Vec<u8> {
    let sectors = u32::try_from(stream.len() / 512).unwrap();
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(512, 0);
    let mut put = |at: usize, value: u32, bytes: usize| {
        header[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    };
    for (at, value, bytes) in [
        (24, 0x3E, 2),
        (26, 3, 2),
        (28, 0xFFFE, 2),
        (30, 9, 2),
        (32, 6, 2),
        (44, 1, 4),
        (48, 1, 4),
        (56, 4_096, 4),
        (60, u32::MAX - 1, 4),
        (68, u32::MAX - 1, 4),
        (76, 0, 4),
    ] {
        put(at, value, bytes);
    }
    header[80..].fill(0xFF);
    let mut chain = vec![u32::MAX - 2, u32::MAX - 1];
    chain.extend((0..sectors).map(|n| {
        if n + 1 == sectors {
            u32::MAX - 1
        } else {
            n + 3
        }
    }));
    chain.resize(128, u32::MAX);
    let entry = |name: &str, kind: u8, start: u32, length: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let named = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(128, 0);
        entry[64..66].copy_from_slice(&named.to_le_bytes());
        entry[66] = kind;
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&length.to_le_bytes());
        entry
    };
    let mut folder = entry("Root Entry", 5, u32::MAX - 1, 0);
    folder.extend(entry("Workbook", 2, 2, sectors * 512));
    folder.resize(512, 0);
    let chain: Vec<u8> = chain.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, chain, folder, stream.to_vec()].concat()
}

/// An old workbook with a table, shared texts and a range, small enough that a wound hits something that counts.
pub(super) fn old_table() -> Vec<u8> {
    let texts: Vec<u8> = ["姓名", "身份证号码", "王军"]
        .iter()
        .flat_map(|text| {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let length = u16::try_from(units.len() / 2).unwrap().to_le_bytes();
            [&length[..], &[1], &units].concat()
        })
        .collect();
    let texts = record(0x00FC, &[&[3, 0, 0, 0, 3, 0, 0, 0][..], &texts].concat());
    let text_at = |row: u16, column: u16, index: u32| {
        let head = [row, column, 0].map(u16::to_le_bytes).concat();
        record(0x00FD, &[head, index.to_le_bytes().to_vec()].concat())
    };
    let sheet = [
        dimensions(2, 2),
        text_at(0, 0, 0),
        text_at(0, 1, 1),
        text_at(1, 0, 2),
        number_at(1, 1),
    ]
    .concat();
    old_book_of(&texts, &sheet)
}
