//! Base58btc of a known length, decoded in linear steps of five digits: a signature is decoded on
//! every verification, and a digit at a time costs more than hashing the whole certificate.

/// The value of each ASCII character as a digit; 255 for those that are none.
const DIGITS: [u8; 128] = {
    let alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits = [255; 128];
    let mut at = 0;
    while at < alphabet.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are 58 digits")]
        let value = at as u8;
        digits[alphabet[at] as usize] = value;
        at += 1;
    }
    digits
};

/// Why a text is not base58btc of the wanted length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base58Error {
    /// A character that is no digit.
    Digit,
    /// It stands for more or fewer bytes.
    Length,
}

/// The most 32-bit words a result may need: a signature's 64 bytes.
const WORDS: usize = 16;

/// Decodes exactly `N` bytes, at most 64. Leading ones are leading zero bytes, so that every byte
/// string has one form.
pub(super) fn decode<const N: usize>(text: &str) -> Result<[u8; N], Base58Error> {
    const { assert!(N <= WORDS * 4, "the result must fit the words") };
    // 58^11 exceeds 2^64, so longer texts hold more than N bytes, whatever they say.
    if text.len() > N * 11 / 8 + 1 {
        return Err(Base58Error::Length);
    }
    let mut words = [0_u32; WORDS];
    let mut used = 0;
    for chunk in text.as_bytes().chunks(5) {
        let (mut carry, mut scale) = (0_u64, 1_u64);
        for byte in chunk {
            let digit = DIGITS.get(usize::from(*byte)).copied().unwrap_or(255);
            if digit == 255 {
                return Err(Base58Error::Digit);
            }
            carry = carry * 58 + u64::from(digit);
            scale *= 58;
        }
        for word in &mut words[..used] {
            let value = u64::from(*word) * scale + carry;
            *word = low(value);
            carry = value >> 32;
        }
        if carry > 0 {
            *words.get_mut(used).ok_or(Base58Error::Length)? = low(carry);
            used += 1;
        }
    }
    let mut bytes = [0; WORDS * 4];
    for (four, word) in bytes.rchunks_exact_mut(4).zip(words) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    let (over, tail) = bytes.split_at(bytes.len() - N);
    let zeros = tail.iter().take_while(|byte| **byte == 0).count();
    let ones = text.bytes().take_while(|byte| *byte == b'1').count();
    if over.iter().any(|byte| *byte != 0) || zeros != ones {
        return Err(Base58Error::Length);
    }
    tail.try_into().map_err(|_| Base58Error::Length)
}

#[expect(clippy::cast_possible_truncation, reason = "the upper half is carried on")]
const fn low(value: u64) -> u32 {
    value as u32
}
