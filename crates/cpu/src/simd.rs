//! Run-time selection of SIMD instructions, so that a plain `cargo build` is fast on every CPU.
//!
//! Kernels are plain loops over raw pointers, compiled for several instruction sets and vectorized by LLVM. The results have the same bits under
//! every instruction set, and in SIMD lanes as in the scalar tail, because Rust never reorders or fuses floating-point arithmetic. A loop that
//! is bound by memory gains nothing from AVX-512 and is compiled for AVX2 only.
//!
//! The environment variable `RUSHLIGHT_SIMD` limits the choice, so that one machine can test the code that others run.

use std::marker::PhantomData;
use std::sync::OnceLock;

/// The instruction sets that a loop is compiled for, in addition to the baseline of the target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Simd {
    /// None, because the loop calls functions that do not vectorize.
    Baseline,
    /// AVX2 and FMA.
    Avx2,
    /// AVX2 with FMA, and AVX-512.
    Avx512,
}

/// The environment variable that limits the instruction sets: `baseline`, `avx2` or `avx512`. It is read once.
const LIMIT: &str = "RUSHLIGHT_SIMD";

/// The best instruction set that this CPU supports and `RUSHLIGHT_SIMD` allows.
#[inline]
pub(crate) fn level() -> Simd {
    static LEVEL: OnceLock<Simd> = OnceLock::new();
    *LEVEL.get_or_init(|| detect().min(limit()))
}

#[cold]
fn limit() -> Simd {
    match std::env::var(LIMIT).as_deref() {
        Ok("baseline") => Simd::Baseline,
        Ok("avx2") => Simd::Avx2,
        Ok("avx512") | Err(_) => Simd::Avx512,
        Ok(other) => {
            eprintln!("{LIMIT}={other} is ignored: it may be baseline, avx2 or avx512");
            Simd::Avx512
        }
    }
}

/// The same choice for kernels written with the crate `pulp`.
#[inline]
pub(crate) fn arch() -> pulp::Arch {
    #[cfg(target_arch = "x86_64")]
    {
        let avx512 = || pulp::x86::V4::try_new().map(pulp::Arch::V4);
        let avx2 = || pulp::x86::V3::try_new().map(pulp::Arch::V3);
        let best = match level() {
            Simd::Avx512 => avx512().or_else(avx2),
            Simd::Avx2 => avx2(),
            Simd::Baseline => None,
        };
        best.unwrap_or(pulp::Arch::Scalar)
    }
    #[cfg(not(target_arch = "x86_64"))]
    pulp::Arch::new()
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Simd {
    macro_rules! all {
        ($($feature:tt)*) => { $(std::is_x86_feature_detected!($feature))&&* };
    }
    if !all!("avx2" "fma" "f16c" "bmi1" "bmi2" "lzcnt" "popcnt" "movbe") {
        Simd::Baseline
    } else if !all!("avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl") {
        Simd::Avx2
    } else {
        Simd::Avx512
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Simd {
    Simd::Baseline
}

/// A loop to be compiled for several instruction sets. Its `run` must be `#[inline(always)]`.
pub(crate) trait Work {
    /// What the work computes.
    type Output;
    /// Which instruction sets are worth their compile time.
    const SIMD: Simd;

    /// Does the work.
    fn run(self) -> Self::Output;

    /// Does the work without SIMD instructions, in shared code that keeps the binary small.
    fn plain(self) -> Self::Output;
}

/// Does the work with the best available instructions.
#[inline]
pub(crate) fn dispatch<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: `level` has detected the features that the function requires.
        unsafe {
            if W::SIMD >= Simd::Avx512 && level() >= Simd::Avx512 {
                return avx512(work);
            }
            if W::SIMD >= Simd::Avx2 && level() >= Simd::Avx2 {
                return avx2(work);
            }
        }
        work.plain()
    }
    // On other targets the baseline includes the vector instructions, such as NEON.
    #[cfg(not(target_arch = "x86_64"))]
    match W::SIMD {
        Simd::Baseline => work.plain(),
        Simd::Avx2 | Simd::Avx512 => work.run(),
    }
}

/// Does the work with AVX2.
///
/// # Safety
/// The CPU has the features named below.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c,bmi1,bmi2,lzcnt,popcnt,movbe")]
unsafe fn avx2<W: Work>(work: W) -> W::Output {
    work.run()
}

/// Does the work with AVX-512.
///
/// # Safety
/// The CPU has the features named below.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c,bmi1,bmi2,lzcnt,popcnt,movbe")]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
unsafe fn avx512<W: Work>(work: W) -> W::Output {
    work.run()
}

/// A function of one element, inlined into its loop.
pub(crate) trait Fn1<T> {
    type Out;
    const SIMD: Simd;
    fn call(x: T) -> Self::Out;

    /// Whether `call` does not handle `x`, so that `call_rare` must be used.
    #[inline(always)]
    fn is_rare(_x: T) -> bool {
        false
    }

    #[inline(always)]
    fn call_rare(x: T) -> Self::Out {
        Self::call(x)
    }
}

/// A function of two elements, inlined into its loop.
pub(crate) trait Fn2<T> {
    type Out;
    const SIMD: Simd;
    fn call(x: T, y: T) -> Self::Out;
}

struct Loop1<F: Fn1<T>, T> {
    dst: *mut F::Out,
    x: *const T,
    n: usize,
    f: PhantomData<F>,
}

impl<F: Fn1<T>, T: Copy> Work for Loop1<F, T> {
    type Output = ();
    const SIMD: Simd = F::SIMD;

    #[inline(always)]
    fn run(self) {
        for i in 0..self.n {
            // SAFETY: `run1`'s caller guarantees `n` elements behind both pointers.
            unsafe { self.dst.add(i).write(F::call(self.x.add(i).read())) }
        }
    }

    fn plain(self) {
        // SAFETY: as in `run`.
        unsafe { plain1(self.dst, self.x, self.n, F::call) }
    }
}

/// [`run1`] without SIMD instructions.
///
/// # Safety
/// As for [`run1`].
#[inline(never)]
unsafe fn plain1<T: Copy, R>(dst: *mut R, x: *const T, n: usize, f: fn(T) -> R) {
    for i in 0..n {
        // SAFETY: `run1`'s caller guarantees `n` elements behind both pointers.
        unsafe { dst.add(i).write(f(x.add(i).read())) }
    }
}

/// Replaces the results for rare elements.
///
/// # Safety
/// As for [`run1`].
#[cold]
unsafe fn rare<T: Copy, R>(
    dst: *mut R,
    x: *const T,
    n: usize,
    is_rare: fn(T) -> bool,
    f: fn(T) -> R,
) {
    for i in 0..n {
        // SAFETY: `run1`'s caller guarantees `n` elements behind both pointers.
        unsafe {
            let x = x.add(i).read();
            if is_rare(x) {
                dst.add(i).write(f(x));
            }
        }
    }
}

struct Loop2<F: Fn2<T>, T> {
    dst: *mut F::Out,
    x: *const T,
    y: *const T,
    n: usize,
    f: PhantomData<F>,
}

impl<F: Fn2<T>, T: Copy> Work for Loop2<F, T> {
    type Output = ();
    const SIMD: Simd = F::SIMD;

    #[inline(always)]
    fn run(self) {
        for i in 0..self.n {
            // SAFETY: `run2`'s caller guarantees `n` elements behind the three pointers.
            unsafe {
                let result = F::call(self.x.add(i).read(), self.y.add(i).read());
                self.dst.add(i).write(result);
            }
        }
    }

    fn plain(self) {
        // SAFETY: as in `run`.
        unsafe { plain2(self.dst, self.x, self.y, self.n, F::call) }
    }
}

/// [`run2`] without SIMD instructions.
///
/// # Safety
/// As for [`run2`].
#[inline(never)]
unsafe fn plain2<T: Copy, R>(dst: *mut R, x: *const T, y: *const T, n: usize, f: fn(T, T) -> R) {
    for i in 0..n {
        // SAFETY: `run2`'s caller guarantees `n` elements behind the three pointers.
        unsafe { dst.add(i).write(f(x.add(i).read(), y.add(i).read())) }
    }
}

/// `dst[i] = f(x[i])` for `i < n`.
///
/// # Safety
/// Both pointers are valid for `n` elements and are disjoint.
#[inline]
pub(crate) unsafe fn run1<F: Fn1<T>, T: Copy>(dst: *mut F::Out, x: *const T, n: usize) {
    let f = PhantomData::<F>;
    dispatch(Loop1 { dst, x, n, f });
    // SAFETY: guaranteed by the caller; the first loop did not change the input.
    unsafe {
        if (0..n).fold(false, |any, i| any | F::is_rare(x.add(i).read())) {
            rare(dst, x, n, F::is_rare, F::call_rare);
        }
    }
}

/// `dst[i] = f(x[i], y[i])` for `i < n`.
///
/// # Safety
/// All pointers are valid for `n` elements; `dst` and each input are disjoint or the same.
#[inline]
pub(crate) unsafe fn run2<F: Fn2<T>, T: Copy>(
    dst: *mut F::Out,
    x: *const T,
    y: *const T,
    n: usize,
) {
    let f = PhantomData::<F>;
    dispatch(Loop2 { dst, x, y, n, f });
}
