//! Numbers that no machine has the memory, the time or the digits for are errors that say so, with the caller's place, before anything is
//! allocated; numbers that only look absurd mean what they mean in Python.

mod numbers;

use rushlight::data::{
    BatchSampler, DataLoader, Dataset, RandomSampler, Sampler, SequentialSampler,
};
use rushlight::linalg;
use rushlight::nn;
use rushlight::prelude::*;
use rushlight::signal::windows;
use rushlight::{ErrorKind, Generator, Result, step};
use rushlight_tests::devices;

const HUGE: usize = 1 << 50;
const SIZES: [usize; 5] = [HUGE, 1 << 62, isize::MAX as usize, 1 << 63, usize::MAX];

/// An error that names the caller's file, of a kind that says what is wrong with a number.
#[track_caller]
fn refused<T>(result: Result<T>, what: &str) {
    let Err(error) = result else {
        panic!("an error was expected of {what}")
    };
    let text = error.to_string();
    let caller = format!("{}:", std::panic::Location::caller().file());
    assert!(text.contains(&caller), "{what}: {text}");
    let kinds = [
        ErrorKind::OutOfMemory,
        ErrorKind::Shape,
        ErrorKind::Value,
        ErrorKind::Index,
    ];
    assert!(kinds.contains(&error.kind()), "{what}: {text}");
}

#[test]
fn new_tensors() -> Result<()> {
    for device in devices() {
        for n in SIZES {
            let on = &device;
            refused(Tensor::zeros(n, on), "zeros");
            refused(Tensor::ones([n, 2], on), "ones");
            refused(Tensor::full([2, n], 1.5, on), "full");
            refused(Tensor::empty([n, n], on), "empty");
            refused(Tensor::zeros([0, n, n], on), "zeros without elements");
            refused(Tensor::arange(0, n, 1, on), "arange");
            refused(Tensor::arange(0.0, n as f64, 1.0, on), "arange of floats");
            refused(Tensor::arange(0, 1e300, 1, on), "arange to 1e300");
            refused(Tensor::linspace(0, 1, n, on), "linspace");
            refused(Tensor::logspace(0, 1, n, 10.0, on), "logspace");
            refused(Tensor::eye(n, on), "eye");
            refused(Tensor::eye_rect(n, 1, on), "eye_rect");
            refused(Tensor::rand(n, on), "rand");
            refused(Tensor::randn([n, 1], on), "randn");
            refused(Tensor::randint(0, 5, n, on), "randint");
            refused(Tensor::randperm(n, on), "randperm");
            refused(Tensor::tril_indices(n, n, 0, on), "tril_indices");
            refused(Tensor::triu_indices(n, n, 0, on), "triu_indices");
            refused(windows::hann(n, true, on), "hann");
            refused(windows::kaiser(n, 12.0, false, on), "kaiser");
            refused(windows::bartlett(n, true, on), "bartlett");
            refused(windows::exponential(n, None, 1.0, true, on), "exponential");
        }
        // A matrix without columns has no triangle, however many rows it has.
        assert_eq!(Tensor::tril_indices(HUGE, 0, 0, &device)?.shape(), [2, 0]);
        let above = Tensor::triu_indices(HUGE, 3, 1, &device)?;
        assert_eq!(above.to_vec2::<i64>()?, [[0, 0, 1], [1, 2, 2]]);
        let low = Tensor::tril_indices(4, 2, -2, &device)?;
        assert_eq!(low.to_vec2::<i64>()?, [[2, 3, 3], [0, 0, 1]]);
        assert_eq!(
            Tensor::tril_indices(2, 3, isize::MAX, &device)?.shape(),
            [2, 6]
        );
        assert_eq!(
            Tensor::triu_indices(2, 3, isize::MIN, &device)?.shape(),
            [2, 6]
        );
        assert_eq!(
            Tensor::triu_indices(2, 3, isize::MAX, &device)?.shape(),
            [2, 0]
        );
    }
    Ok(())
}

#[test]
fn triangles_have_as_many_indices_as_elements() -> Result<()> {
    for (rows, cols) in [(0, 3), (3, 0), (1, 1), (3, 5), (5, 3), (4, 4)] {
        for k in -6..=6isize {
            let whole = Tensor::ones([rows, cols], ())?;
            let at = |t: Tensor| t.nonzero()?.t()?.to_vec::<i64>();
            let lower = Tensor::tril_indices(rows, cols, k, ())?;
            assert_eq!(
                lower.to_vec::<i64>()?,
                at(whole.tril(k)?)?,
                "{rows} {cols} {k}"
            );
            let upper = Tensor::triu_indices(rows, cols, k, ())?;
            assert_eq!(
                upper.to_vec::<i64>()?,
                at(whole.triu(k)?)?,
                "{rows} {cols} {k}"
            );
        }
    }
    Ok(())
}

/// A triangle far away has few elements, whose indices int32 may not hold.
#[test]
fn triangles_beyond_int32() -> Result<()> {
    let n = 1usize << 33;
    for device in devices() {
        let far = n as isize - 1;
        let last = Tensor::triu_indices(1, n, far, &device)?;
        assert_eq!(last.to_vec::<i64>()?, [0, far as i64]);
        let int32 = (DType::I32, &device);
        refused(Tensor::triu_indices(1, n, far, int32), "triu_indices");
        refused(Tensor::tril_indices(n, 1, -far, int32), "tril_indices");
        let near = Tensor::triu_indices(1, 1 << 31, (1 << 31) - 1, int32)?;
        assert_eq!(near.to_vec::<i32>()?, [0, i32::MAX]);
        assert_eq!(Tensor::tril_indices(1, n, -1, int32)?.shape(), [2, 0]);
    }
    Ok(())
}

#[test]
fn repeated_and_combined() -> Result<()> {
    for device in devices() {
        let x = Tensor::arange(0.0, 3.0, 1.0, &device)?;
        let positions = Tensor::arange(0, 3, 1, &device)?;
        for n in SIZES {
            refused(x.repeat(n), "repeat");
            refused(x.repeat([n, n]), "repeat twice");
            refused(x.tile([n, 1]), "tile");
            refused(x.repeat_interleave(n, None), "repeat_interleave");
            refused(x.combinations(n, true), "combinations with replacement");
            refused(x.expand([n, n, 3]), "expand");
            refused(x.mvlgamma(n), "mvlgamma");
            refused(positions.one_hot(n), "one_hot");
            refused(positions.bincount(None, n), "bincount");
            refused(x.histc(n, 0.0, 1.0), "histc");
            refused(x.histogram(n, None, None, false), "histogram");
            refused(x.multinomial(n, true), "multinomial");
            refused(x.multinomial(n, false), "multinomial without replacement");
            refused(x.unfold(0, n, 1), "unfold");
            refused(x.constant_pad_nd([n, 0], 0), "constant_pad_nd");
            refused(linalg::vander(&x, Some(n)), "vander");
        }
        refused(
            Tensor::arange(0, 60, 1, &device)?.combinations(30, false),
            "combinations",
        );
        let long = Tensor::zeros(1 << 13, &device)?;
        refused(Tensor::cartesian_prod(&[&long; 6]), "cartesian_prod");
        let counts = tensor!([i64::MAX, i64::MAX, 5]).to(&device)?;
        refused(
            x.repeat_interleave(&counts, None),
            "repeat_interleave by a tensor",
        );
        let last = tensor!([i64::MAX]).to(&device)?;
        refused(last.one_hot(None), "one_hot of the largest integer");
        refused(last.bincount(None, 0), "bincount of the largest integer");

        // Small results of the same operations.
        assert_eq!(x.combinations(HUGE, false)?.shape(), [0, HUGE]);
        let pairs = positions.combinations(2, true)?;
        let want = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]];
        assert_eq!(pairs.to_vec2::<i64>()?, want);
        assert_eq!(
            positions.combinations(3, false)?.to_vec2::<i64>()?,
            [[0, 1, 2]]
        );
        let m = positions.reshape([1, 3])?;
        assert_eq!(
            m.repeat([2, 2])?.to_vec2::<i64>()?,
            [[0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2]]
        );
        assert_eq!(m.repeat([0, HUGE])?.shape(), [0, 3 * HUGE]);
        let deep = Tensor::ones([1, 2, 1, 1, 1, 1, 1, 3], &device)?;
        let deep = deep.repeat([2, 1, 1, 1, 1, 2, 1, 2])?;
        assert_eq!(deep.shape(), [2, 2, 1, 1, 1, 2, 1, 6]);
        assert_eq!(
            m.t()?.repeat_interleave(2, 0)?.to_vec::<i64>()?,
            [0, 0, 1, 1, 2, 2]
        );
    }
    Ok(())
}

#[test]
fn parts() -> Result<()> {
    let x = Tensor::arange(0, 6, 1, ())?;
    for n in [1 << 44, 1 << 62, 1 << 63, usize::MAX] {
        refused(x.tensor_split(n, 0), "tensor_split");
        refused(Tensor::zeros(0, ())?.chunk(n, 0), "chunk of nothing");
        assert_eq!(x.chunk(n, 0)?.len(), 6);
        assert_eq!(x.split(n, 0)?.len(), 1);
        refused(x.hsplit(n), "hsplit");
        refused(x.narrow(0, n, 1), "narrow from");
        refused(x.narrow(0, 0, n), "narrow to");
    }
    let wide = Tensor::zeros(1, ())?.expand(HUGE)?;
    refused(wide.unbind(0), "unbind");
    refused(wide.split(1, 0), "split");
    refused(wide.copy(), "copy");
    // More bytes than can be counted, read a few at a time until the reader has enough.
    let wider = Tensor::zeros(1, DType::F64)?.expand(1usize << 62)?;
    refused(wider.bytes(), "bytes");
    let mut chunks = 0;
    let stopped = wider.bytes_in_chunks(16, |chunk| {
        assert_eq!(chunk, [0; 16]);
        chunks += 1;
        match chunks < 3 {
            true => Ok(()),
            false => Err(rushlight::Error::value("enough")),
        }
    });
    assert_eq!((chunks, stopped.is_err()), (3, true));
    refused(Tensor::zeros([HUGE, 0], ())?.to_vec2::<f32>(), "to_vec2");
    refused(Tensor::zeros([HUGE, 0], ())?.tolist(), "tolist");
    Ok(())
}

#[test]
fn positions_and_sizes_beyond_isize() -> Result<()> {
    for device in devices() {
        let x = Tensor::arange(0, 3, 1, &device)?;
        for far in [usize::MAX, 1 << 63, isize::MAX as usize, 1 << 40] {
            assert_eq!(x.i(0..far)?.to_vec::<i64>()?, [0, 1, 2]);
            assert_eq!(x.i(..far)?.to_vec::<i64>()?, [0, 1, 2]);
            assert_eq!(x.i(1..=far)?.to_vec::<i64>()?, [1, 2]);
            assert_eq!(x.i(..=far)?.to_vec::<i64>()?, [0, 1, 2]);
            assert_eq!(x.i(far..)?.shape(), [0]);
            assert_eq!(x.i(step(.., far))?.to_vec::<i64>()?, [0]);
            refused(x.i(far), "a position");
            refused(x.i([far]), "a list of positions");
            refused(x.reshape(far), "reshape");
            refused(x.reshape([far, 3]), "reshape");
            refused(x.i(0..0)?.reshape([0, far, far]), "reshape of nothing");
            refused(x.view(far), "view");
            refused(x.unflatten(0, [far, 3]), "unflatten");
            refused(x.permute([far]), "permute");
            refused(x.sum_dim(far, false), "sum_dim");
            refused(x.as_strided([1], [1], far), "as_strided from");
            refused(x.as_strided([2], [far], 0), "as_strided by");
            refused(x.as_strided([far], [1], 0), "as_strided over");
        }
        assert_eq!(x.i(..=isize::MAX)?.numel(), 3);
        assert_eq!(x.reshape([-1, 1])?.shape(), [3, 1]);
        refused(x.reshape(usize::MAX), "reshape");
        // The product is 17 in 64 bits.
        let column = Tensor::zeros([3, 1], &device)?;
        refused(column.expand([3, 6148914691236517211usize]), "expand");
        refused(column.broadcast_to([HUGE, 3, HUGE]), "broadcast_to");
        let (a, b) = (
            Tensor::zeros([1, 1], &device)?.expand([1, 1usize << 40])?,
            Tensor::zeros([1, 1], &device)?.expand([1usize << 40, 1])?,
        );
        refused(a.add(&b), "add of what broadcasts");
        refused(
            a.matmul(&Tensor::zeros([1, 1], &device)?.expand([1 << 30, 1])?),
            "matmul",
        );
        // A number keeps its size.
        assert_eq!(
            x.to(DType::F64)?.mul(0)?.add(usize::MAX)?.to_vec::<f64>()?,
            [2f64.powi(64); 3]
        );
    }
    Ok(())
}

#[test]
fn an_index_result_beyond_eight_dimensions() -> Result<()> {
    for device in devices() {
        let x = Tensor::zeros([1, 1, 1, 1, 1, 2], &device)?;
        let index = Tensor::zeros([1, 1, 1, 1], (DType::I64, &device))?;
        refused(x.i(&index), "reading");
        refused(x.set(&index, 1), "setting");
        refused(x.index_put_(&index, 1, false), "index_put_");
        refused(x.index_put(&index, 1, true), "index_put");
    }
    Ok(())
}

#[test]
fn generators() -> Result<()> {
    let g = Generator::new(0);
    for n in SIZES {
        refused(g.permutation(n), "permutation");
        refused(g.multinomial(&[1.0, 2.0], n, true), "multinomial");
    }
    Ok(())
}

#[test]
fn out_of_memory_names_the_caller() -> Result<()> {
    for device in devices() {
        let e = Tensor::zeros(1usize << 46, &device).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
        assert!(e.location().file().ends_with("absurd_sizes/mod.rs"), "{e}");
    }
    Ok(())
}

#[test]
fn weights_of_zero_are_not_drawn() -> Result<()> {
    manual_seed(0);
    for device in devices() {
        for dtype in [DType::F32, DType::F16, DType::F64] {
            let Ok(weights) = tensor!([0.0, 1.0, 0.0]).to((dtype, &device)) else {
                continue;
            };
            refused(weights.multinomial(2, false), "two draws of one weight");
            refused(weights.multinomial(0, false), "no draw");
            assert_eq!(weights.multinomial(1, false)?.to_vec::<i64>()?, [1]);
            assert_eq!(weights.multinomial(5, true)?.to_vec::<i64>()?, [1; 5]);
            let rows = tensor!([[0.0, 1.0, 3.0], [1.0, 0.0, 1e-4]]).to((dtype, &device))?;
            for _ in 0..50 {
                let drawn = rows.multinomial(2, false)?.to_vec::<i64>()?;
                assert!(
                    !drawn[..2].contains(&0) && !drawn[2..].contains(&1),
                    "{drawn:?}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn one_hot_refuses_what_has_no_class() -> Result<()> {
    for device in devices() {
        let index = |list: &[i64]| Tensor::from_slice_on(list, list.len(), &device);
        let read = |t: Result<Tensor>| t?.to_vec::<i64>();
        refused(
            read(index(&[0, 3])?.one_hot(2)),
            "an index beyond the classes",
        );
        refused(read(index(&[0, -3])?.one_hot(2)), "an index below 0");
        refused(read(index(&[0, -3])?.one_hot(None)), "an index below 0");
        refused(index(&[])?.one_hot(None), "no index");
        refused(index(&[])?.one_hot(0), "no index and no class");
        assert_eq!(index(&[])?.one_hot(5)?.shape(), [0, 5]);
    }
    Ok(())
}

/// Found by random programs: tests in place of numbers were refused on the CPU.
#[test]
fn tests_in_place_of_numbers() -> Result<()> {
    for device in devices() {
        let x = tensor!([0.0, 2.0]).to(&device)?;
        let y = tensor!([1.0, 1.0]).to(&device)?;
        x.logical_xor_(&y)?;
        assert_eq!(x.to_vec::<f32>()?, [1.0, 0.0]);
        x.logical_not_()?;
        assert_eq!(x.to_vec::<f32>()?, [0.0, 1.0]);
        refused(x.max_pool([1; 99], ()), "max_pool");
    }
    Ok(())
}

/// Weights that are finite although their sum, or their ratio to an exponential number, is not.
#[test]
fn large_weights_are_drawn_as_others_are() -> Result<()> {
    let largest = [
        (DType::F16, 60000.0),
        (DType::BF16, 3e38),
        (DType::F32, 3e38),
        (DType::F64, 1.7e308),
    ];
    for device in devices() {
        for (dtype, weight) in largest {
            let Ok(weights) = Tensor::full(2, weight, (dtype, &device)) else {
                continue;
            };
            let firsts = |n: usize| -> Result<i64> {
                (0..200)
                    .map(|_| Ok(weights.multinomial(n, false)?.to_vec::<i64>()?[0]))
                    .sum()
            };
            let together = weights.multinomial(200, true)?.sum()?.item::<i64>()?;
            for ones in [firsts(1)?, firsts(2)?, together] {
                assert!((60..140).contains(&ones), "{ones} of 200 in {dtype}");
            }
        }
    }
    let drawn = Generator::new(1).multinomial(&[1.7e308, 0.0, 1.7e308], 100, true)?;
    for (index, there) in [(0, true), (1, false), (2, true)] {
        assert_eq!(drawn.contains(&index), there, "{index}");
    }
    Ok(())
}

#[test]
fn layers() {
    for n in [1 << 44, 1 << 62, usize::MAX] {
        refused(nn::RNN::new(2, n).map(drop), "RNN");
        refused(nn::LSTM::new(2, n).map(drop), "LSTM");
        refused(nn::GRU::new(n, 2).map(drop), "GRU");
        refused(nn::LSTMCell::new(2, n).map(drop), "LSTMCell");
        refused(nn::MultiheadAttention::new(n, 1).map(drop), "attention");
    }
}

#[test]
fn samplers() -> Result<()> {
    for n in SIZES {
        let all = RandomSampler::new(n)?;
        refused(all.indices(), "an order of all samples");
        let batches = BatchSampler::new(SequentialSampler::new(n), n, false)?;
        refused(batches.indices(), "a batch of all samples");
        let batches = BatchSampler::new(all, 2, false)?;
        refused(batches.indices(), "batches of all samples");
        let some = RandomSampler::with_replacement(n, 3)?;
        assert!(some.indices()?.all(|i| i < n));
    }
    Ok(())
}

/// A data set of as many samples as there are numbers.
struct Numbers;

impl Dataset for Numbers {
    type Sample = i64;

    fn len(&self) -> usize {
        usize::MAX
    }

    fn get(&self, index: usize) -> Result<i64> {
        Ok(index as i64)
    }
}

#[test]
fn loaders() -> Result<()> {
    for workers in [0, 1] {
        let builder = DataLoader::builder(Numbers).batch_size(2).shuffle(true);
        let loader = builder.num_workers(workers).build()?;
        let Some(first) = loader.iter().next() else {
            panic!("an epoch of no batch")
        };
        refused(first, "an epoch in random order");
        for first in &loader {
            refused(first, "an epoch in random order");
        }
    }
    Ok(())
}
