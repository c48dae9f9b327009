//! Random tensors against PyTorch 2.15: the same calls after `manual_seed(7)`, in the same order.

use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{DType, Result, Tensor, random};

#[track_caller]
fn near(x: &Tensor, want: &[f64]) -> Result<()> {
    let got = x.to(DType::F64)?.to_vec::<f64>()?;
    assert!(got.len() >= want.len(), "{got:?}");
    for (g, w) in got.iter().zip(want) {
        assert!(
            (g - w).abs() <= 2e-6 * w.abs().max(1.0),
            "{got:?} is not {want:?}"
        );
    }
    Ok(())
}

#[track_caller]
fn integers(x: &Tensor, want: &[i64]) -> Result<()> {
    assert_eq!(x.to(DType::I64)?.to_vec::<i64>()?, want);
    Ok(())
}

fn empty(shape: &[usize], dtype: DType) -> Result<Tensor> {
    Tensor::empty(shape, dtype)
}

/// A new vector that `draw` has filled.
fn drawn(n: usize, dtype: DType, draw: impl Fn(&Tensor) -> Result<()>) -> Result<Tensor> {
    let x = empty(&[n], dtype)?;
    draw(&x)?;
    Ok(x)
}

#[test]
fn every_draw_gives_pytorchs_numbers() -> Result<()> {
    use DType::*;
    let in_order = || -> Result<()> {
        // Views are filled in the order in which their elements lie, normals one by one.
        let x = empty(&[2, 3], F32)?.t()?;
        x.uniform_(-1.0, 1.0)?;
        near(
            &x,
            &[
                0.0698450804,
                0.313780546,
                -0.602393627,
                -0.534476876,
                0.31842339,
                -0.149877191,
            ],
        )?;
        let x = empty(&[4, 5], F32)?.t()?;
        x.normal_(0.0, 1.0)?;
        near(
            &x,
            &[
                -1.25140011,
                -0.631848931,
                0.496332228,
                -0.149534911,
                -1.88406754,
                0.0212013777,
            ],
        )?;
        let whole = Tensor::zeros([3, 4], ())?;
        let even = whole.slice(1, 0, 4, 2)?;
        even.normal_(1.0, 2.0)?;
        near(
            &even,
            &[
                -0.496859401,
                4.97267437,
                0.419652522,
                -3.84401822,
                1.58303535,
                0.0734523684,
            ],
        )?;
        near(&whole.slice(1, 1, 4, 2)?, &[0.0; 6])?;
        let x = empty(&[4, 5], F32)?.t()?.randn_like()?;
        near(
            &x,
            &[
                1.18757844,
                -0.898453057,
                -0.607533634,
                0.0932608694,
                -0.322037071,
                0.609512269,
            ],
        )?;
        let x = empty(&[2, 2], F32)?.t()?.rand_like()?;
        near(&x, &[0.726432741, 0.127754331, 0.886804521, 0.0125171542])?;

        near(&Tensor::randn([17], F64)?, &[-0.0816469177, -0.535348973])?;
        near(&Tensor::rand([2], F16)?, &[0.875976562, 0.596679688])?;
        near(&Tensor::randn([2], BF16)?, &[0.58984375, -0.76171875])?;

        integers(&Tensor::randint(-3, 10, [2, 3], ())?, &[4, -1, 4, 8, 3, 4])?;
        integers(&Tensor::randint(0, 256, [4], U8)?, &[230, 234, 17, 5])?;
        integers(&Tensor::randint(0, 2, [5], Bool)?, &[1, 1, 0, 0, 1])?;
        integers(&Tensor::randint(0, 10, [3], F32)?, &[8, 8, 0])?;
        integers(&drawn(2, I8, |x| x.random_(..))?, &[47, 37])?;
        let large = [4_007_411_787_379_313_239, 2_714_393_586_122_042_628];
        integers(&drawn(2, I64, |x| x.random_(..))?, &large)?;
        integers(&drawn(2, F32, |x| x.random_(..))?, &[10_729_779, 670_120])?;
        integers(&drawn(2, I16, |x| x.random_(30000..))?, &[32697, 32443])?;
        let large = [2_527_805_033_822_953, 6_079_068_682_816_474];
        integers(&drawn(2, F64, |x| x.random_(5..))?, &large)?;

        let p = Tensor::linspace(0.0, 1.0, 6, ())?.reshape([2, 3])?;
        integers(&p.bernoulli()?, &[0, 0, 0, 0, 1, 1])?;
        let x = empty(&[3, 2], I64)?.t()?;
        x.bernoulli_(&p)?;
        integers(&x, &[0, 0, 0, 0, 1, 1])?;
        integers(&p.double()?.bernoulli()?, &[0, 0, 0, 0, 1, 1])?;
        integers(&drawn(6, Bool, |x| x.bernoulli_(0.5))?, &[0, 1, 0, 0, 1, 0])?;

        let w = Tensor::from_slice(&[0.1f32, 0.2, 0.7, 3.0, 2.0, 1.0], [2, 3])?;
        integers(&w.multinomial(2, false)?, &[2, 1, 0, 1])?;
        integers(&w.multinomial(4, true)?, &[1, 0, 2, 2, 0, 0, 1, 0])?;
        integers(&w.select(0, 0)?.multinomial(1, false)?, &[2])?;
        integers(&w.double()?.multinomial(3, false)?, &[2, 1, 0, 0, 1, 2])?;
        integers(&w.half()?.multinomial(2, false)?, &[2, 1, 2, 1])?;
        integers(
            &w.bfloat16()?.multinomial(4, true)?,
            &[2, 2, 2, 2, 1, 1, 0, 0],
        )?;
        integers(&w.select(0, 1)?.multinomial(1, true)?, &[0])?;

        near(
            &drawn(2, F32, |x| x.exponential_(2.0))?,
            &[0.0820782036, 0.607516289],
        )?;
        near(
            &drawn(2, F32, |x| x.cauchy_(0.0, 1.0))?,
            &[-1.20929885, 3.60747528],
        )?;
        near(
            &drawn(2, F32, |x| x.log_normal_(0.0, 1.0))?,
            &[3.15426898, 0.837539375],
        )?;
        integers(&drawn(3, I32, |x| x.geometric_(0.25))?, &[7, 1, 6])?;
        near(
            &Tensor::normal(5.0, 0.1, [2], ())?,
            &[4.99909067, 4.96630907],
        )?;
        integers(&Tensor::randperm(6, I32)?, &[3, 4, 0, 5, 1, 2])?;
        integers(&Tensor::randperm(4, F32)?, &[1, 2, 3, 0])?;
        integers(&Tensor::randint(0, 1000, [1], ())?, &[420])
    };
    Generator::new(7).scope(in_order)
}

#[test]
fn what_does_not_fit_is_an_error_that_says_why() -> Result<()> {
    let x = Tensor::zeros([4], ())?;
    let whole = Tensor::zeros([4], DType::I64)?;
    let weights = |w: &[f32]| Tensor::from_slice(w, w.len());
    let cases: [(Result<()>, &str); 24] = [
        (
            Tensor::randint(5, 5, [2], ()).map(drop),
            "randint: the range is empty: low 5 must be below high 5",
        ),
        (
            Tensor::randint(0, 257, [2], DType::U8).map(drop),
            "randint: 256 is out of bounds for uint8",
        ),
        (
            Tensor::randint(0, 3, [2], DType::Bool).map(drop),
            "randint: 2 is out of bounds for bool",
        ),
        (
            Tensor::randint(0, 65537, [2], DType::F16).map(drop),
            "randint: 65536 is out of bounds for float16",
        ),
        (
            Tensor::rand([2], DType::I64).map(drop),
            "rand: the numbers need a floating-point dtype, not int64",
        ),
        (
            Tensor::rand([2, -1], ()).map(drop),
            "rand: a shape cannot have the negative size -1",
        ),
        (
            Tensor::rand([1i64 << 60, 8, 8], ()).map(drop),
            "rand: no memory for a tensor of shape",
        ),
        (
            Tensor::rand([1i64 << 40, 1 << 20], ()).map(drop),
            "rand: no memory for a tensor of shape",
        ),
        (
            Tensor::randperm(300, DType::U8).map(drop),
            "randperm: uint8 cannot hold all numbers below 300",
        ),
        (
            Tensor::randperm(3, DType::Bool).map(drop),
            "randperm: bool cannot hold all numbers below 3",
        ),
        (
            Tensor::normal(0.0, -1.0, [2], ()).map(drop),
            "normal: the standard deviation must not be negative, got -1",
        ),
        (
            x.uniform_(2.0, 1.0),
            "uniform_: the lower bound 2 is not below the upper bound 1",
        ),
        (
            x.uniform_(0.0, f64::INFINITY),
            "uniform_: the range from 0 to inf exceeds float32",
        ),
        (
            x.normal_(0.0, f64::NAN),
            "normal_: the standard deviation must not be negative, got NaN",
        ),
        (
            x.exponential_(0.0),
            "exponential_: the rate lambda must be positive, got 0",
        ),
        (
            x.geometric_(1.0),
            "geometric_: the probability p must lie between 0 and 1, both excluded, got 1",
        ),
        (
            x.bernoulli_(1.5),
            "bernoulli_: the probability p must lie in [0, 1], got 1.5",
        ),
        (
            weights(&[0.5, -0.1])?.bernoulli().map(drop),
            "bernoulli: the probabilities must lie in [0, 1], got -0.1",
        ),
        (
            whole.bernoulli().map(drop),
            "bernoulli: the probabilities must be floating-point, not int64",
        ),
        (
            whole.normal_(0.0, 1.0),
            "normal_: the numbers need a floating-point dtype, not int64",
        ),
        (
            weights(&[0.0, 0.0])?.multinomial(1, true).map(drop),
            "multinomial: the weights sum to 0",
        ),
        (
            weights(&[1.0, f32::NAN])?.multinomial(1, true).map(drop),
            "multinomial: a weight is NaN",
        ),
        (
            weights(&[1.0, 1.0])?.multinomial(3, false).map(drop),
            "multinomial: cannot draw 3 samples without replacement from 2 weights",
        ),
        (
            Tensor::ones([1, 2, 2], ())?.multinomial(1, true).map(drop),
            "multinomial: expected weights of 1 or 2 dimensions",
        ),
    ];
    for (i, (result, text)) in cases.into_iter().enumerate() {
        let message = result.expect_err(&format!("case {i}")).to_string();
        assert!(message.starts_with(text), "case {i}: {message}");
        assert!(
            message.contains("tests/all/random.rs"),
            "case {i} has lost its caller: {message}"
        );
    }
    Ok(())
}

#[test]
fn in_place_draws_show_in_views_and_count_as_writes() -> Result<()> {
    let x = Tensor::zeros([4, 4], ())?;
    let (row, before) = (x.select(0, 1)?, x.version());
    row.uniform_(1.0, 2.0)?;
    assert!(x.version() > before);
    assert_eq!(x.to_vec::<f32>()?[4..8], row.to_vec::<f32>()?);
    assert!(row.to_vec::<f32>()?.iter().all(|x| (1.0..2.0).contains(x)));
    let repeated = Tensor::zeros([1], ())?.expand([3])?;
    assert!(repeated.uniform_(0.0, 1.0).is_err());
    Ok(())
}

#[test]
fn a_scope_leaves_the_default_generator_alone_even_when_it_panics() {
    let outside = default_generator();
    let inside = Generator::new(1);
    inside.scope(|| assert!(default_generator().same(&inside)));
    let unwinds = std::panic::AssertUnwindSafe(|| inside.scope(|| panic!("on purpose")));
    let panicked = std::panic::catch_unwind(unwinds);
    assert!(panicked.is_err());
    assert!(default_generator().same(&outside));
}

#[test]
fn empty_tensors_draw_nothing() -> Result<()> {
    let g = Generator::new(3);
    g.scope(|| {
        Tensor::rand([0, 5], ())?;
        Tensor::randn([0], ())?;
        Tensor::randperm(0, ())?;
        Tensor::randint(0, 5, [3, 0], ()).map(drop)
    })?;
    assert_eq!(g.random(), Generator::new(3).random());
    Ok(())
}

#[test]
fn the_default_generators_state_is_read_and_restored() -> Result<()> {
    // Inside a scope, where no other thread draws.
    Generator::new(5).scope(|| {
        let before = random::get_rng_state();
        let x = Tensor::rand([20], ())?;
        random::set_rng_state(&before)?;
        assert!(x.equal(&Tensor::rand([20], ())?)?);
        assert_eq!(random::initial_seed(), 5);
        assert_eq!(random::seed(), random::initial_seed());
        assert!(random::set_rng_state(&before[1..]).is_err());
        // A thread that is started here draws from the process's generator.
        let seed = std::thread::scope(|s| s.spawn(random::initial_seed).join().unwrap());
        assert_ne!(seed, random::initial_seed());
        Ok(())
    })
}
