//! Typed codes and their check sign (短码): read out where no camera works.

/// Signs of a typed code: no look-alikes (0 O 1 I L), and as many as a prime, so that its check sign tells every single
/// wrong sign and every two that changed places.
const SIGNS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Signs of a typed code without its check sign: 31⁷ are 2.7 × 10¹⁰, and looking up is limited.
pub const TYPED_SIGNS: usize = 7;

/// A typed code from numbers below 31, its check sign behind them.
#[must_use]
pub fn typed_code(numbers: [u8; TYPED_SIGNS]) -> String {
    let sign = |n: u32| char::from(SIGNS[n as usize % SIGNS.len()]);
    let mut code: String = numbers.iter().map(|n| sign(u32::from(*n))).collect();
    code.push(sign(check(numbers.iter().map(|n| u32::from(*n) % 31))));
    code
}

/// The check sign's number: place by place weighted 1 to 7, modulo 31.
fn check(numbers: impl Iterator<Item = u32>) -> u32 {
    numbers.zip(1..).map(|(n, weight)| n * weight).sum::<u32>() % 31
}

/// A typed code as it was typed, with its signs as they are kept; nothing when its check sign is wrong.
#[must_use]
pub fn read_typed(text: &str) -> Option<String> {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '·'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let numbers: Vec<u32> = clean
        .bytes()
        .map(|sign| SIGNS.iter().position(|s| *s == sign))
        .map(|place| place.and_then(|place| u32::try_from(place).ok()))
        .collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    (first.len() == TYPED_SIGNS && check(first.iter().copied()) == *last).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_code_tells_every_wrong_sign_and_every_two_that_changed_places() {
        let code = typed_code([0, 5, 30, 7, 7, 12, 29]);
        assert_eq!(
            read_typed(&format!(" {}-{} ", &code[..4], code[4..].to_lowercase())),
            Some(code.clone())
        );
        for place in 0..code.len() {
            for sign in SIGNS {
                let mut wrong = code.clone().into_bytes();
                if wrong[place] == *sign {
                    continue;
                }
                wrong[place] = *sign;
                assert_eq!(read_typed(&String::from_utf8(wrong).unwrap()), None);
            }
            for other in place + 1..code.len() {
                let mut swapped = code.clone().into_bytes();
                swapped.swap(place, other);
                let swapped = String::from_utf8(swapped).unwrap();
                assert_eq!(read_typed(&swapped).is_some(), swapped == code, "{swapped}");
            }
        }
        for text in ["", "2", "22222222X", "0OIL1234", "张三"] {
            assert_eq!(read_typed(text), None, "{text}");
        }
    }
}
