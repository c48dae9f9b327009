//! The Mersenne Twister: 32 bits at a time, as PyTorch, numpy and C++'s `std::mt19937` draw them.

use rand_core::{Infallible, SeedableRng, TryRng};

/// Words of state.
pub(super) const WORDS: usize = 624;
const SHIFT: usize = 397;

/// The mt19937 engine of Matsumoto and Nishimura (1998), seeded with one 32-bit word.
///
/// It implements the traits of `rand_core` 0.10, so every distribution of the `rand` crate works on it. It is not cryptographically secure.
///
/// ```
/// use rushlight::random::Mt19937;
/// let mut engine = Mt19937::new(5489);
/// assert_eq!(engine.next_u32(), 3499211612);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Mt19937 {
    pub(super) words: [u32; WORDS],
    /// Index of the next word; `WORDS` when all words of the block are used.
    pub(super) next: usize,
}

impl Mt19937 {
    /// The engine as `init_genrand(seed)` leaves it.
    pub fn new(seed: u32) -> Mt19937 {
        let mut words = [seed; WORDS];
        for i in 1..WORDS {
            let before = words[i - 1];
            words[i] = 1_812_433_253u32
                .wrapping_mul(before ^ (before >> 30))
                .wrapping_add(i as u32);
        }
        Mt19937 { words, next: WORDS }
    }

    /// The next 32 bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.next >= WORDS {
            self.refill();
        }
        let mut y = self.words[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// The next 64 bits: two draws, the first in the upper half, as PyTorch's `random64` has them.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let high = self.next_u32();
        u64::from(high) << 32 | u64::from(self.next_u32())
    }

    #[cold]
    fn refill(&mut self) {
        let w = &mut self.words;
        // Three loops without indices modulo 624, so that the compiler can vectorize them.
        for i in 0..WORDS - SHIFT {
            w[i] = w[i + SHIFT] ^ twist(w[i], w[i + 1]);
        }
        for i in WORDS - SHIFT..WORDS - 1 {
            w[i] = w[i + SHIFT - WORDS] ^ twist(w[i], w[i + 1]);
        }
        w[WORDS - 1] = w[SHIFT - 1] ^ twist(w[WORDS - 1], w[0]);
        self.next = 0;
    }
}

#[inline]
fn twist(upper: u32, lower: u32) -> u32 {
    let mixed = (upper & 0x8000_0000) | (lower & 0x7fff_ffff);
    (mixed >> 1) ^ ((lower & 1).wrapping_neg() & 0x9908_b0df)
}

impl TryRng for Mt19937 {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_u32())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_u64())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(4) {
            chunk.copy_from_slice(&self.next_u32().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl SeedableRng for Mt19937 {
    type Seed = [u8; 4];

    fn from_seed(seed: [u8; 4]) -> Mt19937 {
        Mt19937::new(u32::from_le_bytes(seed))
    }

    /// Keeps the lower 32 bits, as PyTorch's `manual_seed` does.
    fn seed_from_u64(seed: u64) -> Mt19937 {
        Mt19937::new(seed as u32)
    }
}

impl std::fmt::Debug for Mt19937 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mt19937")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn the_ten_thousandth_number_of_the_default_seed_is_the_standards() {
        let mut engine = Mt19937::new(5489);
        for _ in 0..9999 {
            engine.next_u32();
        }
        assert_eq!(engine.next_u32(), 4_123_659_995);
    }

    #[test]
    fn the_rand_traits_draw_from_the_same_stream() {
        let mut direct = Mt19937::new(110);
        let mut through = Mt19937::seed_from_u64(110 + (7 << 32));
        assert_eq!(direct.next_u32(), Rng::next_u32(&mut through));
        assert_eq!(direct.next_u64(), Rng::next_u64(&mut through));
        let mut bytes = [0; 7];
        through.fill_bytes(&mut bytes);
        assert_eq!(bytes[..4], direct.next_u32().to_le_bytes());
        assert_eq!(bytes[4..], direct.next_u32().to_le_bytes()[..3]);
    }
}
