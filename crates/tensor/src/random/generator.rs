//! The generator: an engine, a cached normal number, and the seed.

use super::draw;
use super::mt19937::{Mt19937, WORDS};
use parking_lot::{Mutex, MutexGuard};
use rushlight_backend::{Error, Result, room};
use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

/// The state of a generator, which draws modify under the generator's lock.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(super) engine: Mt19937,
    /// The second number of the last Box-Muller pair, if it was not used yet.
    pub(super) spare_normal: Option<f64>,
    seed: u64,
}

impl State {
    fn new(seed: u64) -> State {
        State {
            engine: Mt19937::new(seed as u32),
            spare_normal: None,
            seed,
        }
    }
}

/// A source of random numbers that gives PyTorch's numbers for PyTorch's seeds. PyTorch: `torch.Generator`.
///
/// A clone is another handle on the same stream. Generators may be shared between threads; each draw of a whole tensor is one step.
///
/// ```
/// use rushlight::random::Generator;
/// let g = Generator::new(42);
/// assert_eq!(g.permutation(5)?, [2, 4, 3, 0, 1]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generator(Arc<Mutex<State>>);

impl Generator {
    /// A generator at the start of `seed`'s stream. Only the lower 32 bits of the seed reach the engine, as in PyTorch.
    pub fn new(seed: u64) -> Generator {
        Generator(Arc::new(Mutex::new(State::new(seed))))
    }

    /// Resets to the start of `seed`'s stream. PyTorch: `Generator.manual_seed`.
    pub fn manual_seed(&self, seed: u64) {
        *self.lock() = State::new(seed);
    }

    /// Seeds from the operating system and returns the seed. PyTorch: `Generator.seed`.
    pub fn seed(&self) -> u64 {
        let seed = unpredictable();
        self.manual_seed(seed);
        seed
    }

    /// The seed that the stream started from. PyTorch: `Generator.initial_seed`.
    pub fn initial_seed(&self) -> u64 {
        self.lock().seed
    }

    /// A new generator at the present position of this one's stream. PyTorch: `Generator.clone_state`.
    ///
    /// ```
    /// use rushlight::random::Generator;
    /// let g = Generator::new(42);
    /// let copy = g.clone_state();
    /// assert!(!copy.same(&g));
    /// assert_eq!(copy.random(), g.random());
    /// ```
    pub fn clone_state(&self) -> Generator {
        Generator(Arc::new(Mutex::new(self.lock().clone())))
    }

    /// Whether both are handles on the same stream.
    pub fn same(&self, other: &Generator) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The next 32 bits of the stream.
    pub fn random(&self) -> u32 {
        self.lock().engine.next_u32()
    }

    /// The next 64 bits of the stream.
    pub fn random64(&self) -> u64 {
        self.lock().engine.next_u64()
    }

    /// The next uniform number in `[0, 1)`, with 53 random bits.
    pub fn uniform(&self) -> f64 {
        draw::unit_f64(&mut self.lock().engine)
    }

    /// The next integer in `0..range`, as `randint(range)` draws it. A range of 0 stands for all 2^64.
    pub fn below(&self, range: u64) -> u64 {
        let mut number = [0i64];
        draw::integers(
            &mut self.lock(),
            &mut number,
            0,
            range,
            draw::is_wide(range),
        );
        number[0] as u64
    }

    /// The numbers `0..n` in random order, as `randperm(n)` gives them.
    ///
    /// # Errors
    /// If there is no memory for `n` numbers.
    #[track_caller]
    pub fn permutation(&self, n: usize) -> Result<Vec<i64>> {
        let mut order = room("permutation", Some(n))?;
        order.resize(n, 0);
        self.permute(&mut order);
        Ok(order)
    }

    /// Overwrites a list with the numbers from 0 up to its length in random order, as [`Generator::permutation`] gives them.
    pub fn permute(&self, order: &mut [i64]) {
        draw::permutation(&mut self.lock(), order);
    }

    /// `n` indices into `weights`, drawn with probabilities proportional to the weights. PyTorch: `torch.multinomial` on `float64`.
    ///
    /// # Errors
    /// If a weight is negative or not finite, if all are zero, if `n` is 0 or, without replacement, more than there are weights that are
    /// not zero, or if there is no memory for `n` indices.
    #[track_caller]
    pub fn multinomial(&self, weights: &[f64], n: usize, replacement: bool) -> Result<Vec<i64>> {
        check_weights(weights, n, replacement)?;
        draw::multinomial(&mut self.lock(), weights, n, replacement)
    }

    /// Runs `f` with this generator as the default one of the current thread: what PyTorch's `generator=` argument does, for any draw.
    ///
    /// ```
    /// use rushlight::{Generator, Tensor};
    /// let g = Generator::new(42);
    /// let x = g.scope(|| Tensor::randperm(5, ()))?;
    /// assert_eq!(x.to_vec::<i64>()?, [2, 4, 3, 0, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn scope<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Restore(Option<Generator>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SCOPED.set(self.0.take());
            }
        }
        let _restore = Restore(SCOPED.replace(Some(self.clone())));
        f()
    }

    /// The whole state in PyTorch's own layout (5,056 bytes), with the seed and the cached normal number.
    ///
    /// `torch.Generator().set_state` takes these bytes, and [`Generator::set_state`] takes those of `get_state`.
    pub fn state(&self) -> Vec<u8> {
        let state = self.lock();
        let next = state.engine.next;
        let mut bytes = Vec::with_capacity(STATE_BYTES);
        bytes.extend(state.seed.to_le_bytes());
        let left = (WORDS + 1 - next.clamp(1, WORDS)) as i32;
        bytes.extend(left.to_le_bytes());
        bytes.extend(1i32.to_le_bytes());
        bytes.extend((next as u64).to_le_bytes());
        for word in state.engine.words {
            bytes.extend(u64::from(word).to_le_bytes());
        }
        bytes.extend(0f64.to_le_bytes());
        bytes.extend(state.spare_normal.unwrap_or(0.0).to_le_bytes());
        bytes.extend(0f64.to_le_bytes());
        bytes.extend(u64::from(state.spare_normal.is_some()).to_le_bytes());
        bytes.extend([0; 8]);
        bytes
    }

    /// Restores a state that [`Generator::state`], or PyTorch's `get_state` on the CPU, has saved.
    ///
    /// # Errors
    /// If the bytes are not such a state.
    #[track_caller]
    pub fn set_state(&self, bytes: &[u8]) -> Result<()> {
        if bytes.len() != STATE_BYTES {
            return Err(Error::state(format!(
                "generator state: {} bytes, but a state has {STATE_BYTES}",
                bytes.len()
            )));
        }
        let word = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(eight)
        };
        let left = word(8) as u32;
        let next = word(16);
        if word(8) >> 32 == 0 || left == 0 || left > WORDS as u32 || next > WORDS as u64 {
            return Err(Error::state(
                "generator state: the bytes are not the state of an mt19937 generator",
            ));
        }
        let mut words = [0; WORDS];
        for (i, w) in words.iter_mut().enumerate() {
            *w = word(24 + 8 * i) as u32;
        }
        let normals = 24 + 8 * WORDS;
        *self.lock() = State {
            engine: Mt19937 {
                words,
                // PyTorch's counter runs down to 1 when the block is spent; before the first draw its index is still 0.
                next: if left == 1 { WORDS } else { next as usize },
            },
            spare_normal: (word(normals + 24) as u32 != 0)
                .then(|| f64::from_bits(word(normals + 8))),
            seed: word(0),
        };
        Ok(())
    }

    /// Exclusive use of the state, for draws of more than one number.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

/// Whether `n` indices can be drawn with these weights.
#[track_caller]
pub(super) fn check_weights(weights: &[f64], n: usize, replacement: bool) -> Result<()> {
    if n == 0 {
        return Err(Error::value(
            "multinomial: the number of samples must be positive, got 0",
        ));
    }
    if let Some(w) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
        return Err(Error::value(format!(
            "multinomial: a weight is {w}; weights must be finite and not negative"
        )));
    }
    let positive = weights.iter().filter(|w| **w > 0.0).count();
    if positive == 0 {
        return Err(Error::value(
            "multinomial: the weights sum to 0; at least one must be positive",
        ));
    }
    if !replacement && n > positive {
        return Err(Error::value(format!(
            "multinomial: cannot draw {n} samples without replacement from {} weights of which {positive} are not 0",
            weights.len()
        )));
    }
    Ok(())
}

const STATE_BYTES: usize = 24 + 8 * WORDS + 40;

thread_local! {
    /// The generator that [`Generator::scope`] has made the default of this thread.
    static SCOPED: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// The generator that is used by default. PyTorch: `torch.default_generator`.
///
/// One for the whole process, except inside [`Generator::scope`]. Until [`manual_seed`] is called, its seed is different in every run.
///
/// ```
/// use rushlight::random::{Generator, default_generator};
/// let seed = Generator::new(7).scope(|| default_generator().initial_seed());
/// assert_eq!(seed, 7);
/// ```
pub fn default_generator() -> Generator {
    static DEFAULT: OnceLock<Generator> = OnceLock::new();
    if let Some(scoped) = SCOPED.with_borrow(Clone::clone) {
        return scoped;
    }
    DEFAULT
        .get_or_init(|| Generator::new(unpredictable()))
        .clone()
}

/// Seeds the default generator, and with it the draws on every device. PyTorch: `torch.manual_seed`.
///
/// # Threads
/// All threads draw from one default generator, and a seed set in one thread is set for all. Each draw of a whole tensor holds the
/// generator's lock, so that no number is given twice, and the numbers of one tensor follow each other in the stream. But which of two
/// threads draws first is not determined: a program that draws from the default generator in several threads at once is not reproducible,
/// whatever the seed. Give each thread a [`Generator`] of its own for that, and draw in its [`Generator::scope`].
///
/// A scope holds for the thread that entered it; threads and rayon jobs that it starts draw from the process's generator. Inside a scope this
/// function seeds the scope's generator.
///
/// ```standalone_crate
/// use rushlight::{Generator, Tensor, manual_seed};
/// manual_seed(0);
/// let drawn: Vec<Tensor> = std::thread::scope(|s| {
///     let threads: Vec<_> = (0..4)
///         .map(|i| s.spawn(move || Generator::new(i).scope(|| Tensor::rand([3], ()))))
///         .collect();
///     threads.into_iter().map(|t| t.join().unwrap().unwrap()).collect()
/// });
/// // The same in every run, and nothing was taken from the default generator.
/// assert!(drawn[0].equal(&Generator::new(0).scope(|| Tensor::rand([3], ()))?)?);
/// assert!(drawn[0].equal(&Tensor::rand([3], ())?)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// ```standalone_crate
/// use rushlight::random::{default_generator, manual_seed};
/// manual_seed(110);
/// assert_eq!(default_generator().initial_seed(), 110);
/// ```
pub fn manual_seed(seed: u64) {
    default_generator().manual_seed(seed);
}

/// Seeds the default generator from the operating system and returns the seed. PyTorch: `torch.seed`.
///
/// ```standalone_crate
/// use rushlight::random::{initial_seed, seed};
/// assert_eq!(seed(), initial_seed());
/// ```
pub fn seed() -> u64 {
    default_generator().seed()
}

/// The seed that the default generator's stream started from. PyTorch: `torch.initial_seed`.
///
/// ```standalone_crate
/// use rushlight::random::{initial_seed, manual_seed};
/// manual_seed(7);
/// assert_eq!(initial_seed(), 7);
/// ```
pub fn initial_seed() -> u64 {
    default_generator().initial_seed()
}

/// The state of the default generator, in PyTorch's bytes: [`Generator::state`]. PyTorch: `torch.get_rng_state`.
///
/// ```standalone_crate
/// use rushlight::Tensor;
/// use rushlight::random::{get_rng_state, set_rng_state};
/// let before = get_rng_state();
/// let x = Tensor::rand([3], ())?;
/// set_rng_state(&before)?;
/// assert!(x.equal(&Tensor::rand([3], ())?)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn get_rng_state() -> Vec<u8> {
    default_generator().state()
}

/// Restores a state of the default generator, also one that PyTorch saved: [`Generator::set_state`]. PyTorch: `torch.set_rng_state`.
///
/// ```
/// use rushlight::{Generator, Tensor};
/// use rushlight::random::{get_rng_state, set_rng_state};
/// let same = Generator::new(3).scope(|| {
///     let before = get_rng_state();
///     let x = Tensor::rand([3], ())?;
///     set_rng_state(&before)?;
///     x.equal(&Tensor::rand([3], ())?)
/// })?;
/// assert!(same);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the bytes are not such a state.
#[track_caller]
pub fn set_rng_state(state: &[u8]) -> Result<()> {
    default_generator().set_state(state)
}

/// An unpredictable seed: the keys of a fresh `RandomState` come from the operating system.
fn unpredictable() -> u64 {
    RandomState::new().hash_one(std::time::SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_state_continues_where_it_was_taken() {
        let g = Generator::new(7);
        let mut numbers = [0f64; 5];
        draw::normal_one_by_one(&mut g.lock(), &mut numbers, 0.0, 1.0);
        let saved = g.state();
        let mut first = [0f64; 700];
        draw::normal_one_by_one(&mut g.lock(), &mut first, 0.0, 1.0);
        let other = Generator::new(0);
        other.set_state(&saved).unwrap();
        let mut second = [0f64; 700];
        draw::normal_one_by_one(&mut other.lock(), &mut second, 0.0, 1.0);
        assert_eq!(first, second);
        assert_eq!(other.initial_seed(), 7);
    }

    #[test]
    fn a_state_of_the_wrong_length_or_content_is_refused() {
        let g = Generator::new(7);
        assert!(g.set_state(&[]).is_err());
        assert!(g.set_state(&[0; STATE_BYTES]).is_err());
        let fresh = g.state();
        g.random();
        g.set_state(&fresh).unwrap();
        assert_eq!(g.random(), Generator::new(7).random());
    }

    #[test]
    fn unseeded_generators_differ() {
        let g = Generator::new(0);
        assert_ne!(g.seed(), g.seed());
    }
}
