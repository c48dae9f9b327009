//! Results that are larger than the cache, which kernels write around it: at whatever address they start, and whatever they are made from.

use crate::support::*;
use rushlight_backend::{Backend, Binary, DType, Dims, Element, Layout, Map, Scalar, Unary, plan};
use rushlight_cpu::Cpu;

/// A number of elements that is no multiple of a cache line, and enough for any threshold.
const N: usize = (50 << 20) / 8 + 3;

/// Numbers that tell positions apart.
fn ramp(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i % 1009) as f64 - 500.0).collect()
}

/// A dense tensor that starts `skip` elements after its storage does.
fn behind<T: Element>(values: &[T], skip: usize) -> Tensor {
    let mut list = vec![values[0]; skip];
    list.extend(values);
    let layout = Layout::strided(dims(&[values.len()]), dims(&[1]), skip);
    Tensor::of(&list).with(layout)
}

/// The elements of the storage.
fn stored<T: Element>(t: &Tensor) -> Vec<T> {
    let mut bytes = vec![0; t.storage.bytes()];
    Cpu.download(&t.storage, 0, &mut bytes).unwrap();
    bytes
        .chunks_exact(size_of::<T>())
        .map(T::from_bytes)
        .collect()
}

fn map(f: Map, ins: &[&Tensor], out: &Tensor) {
    let views: Vec<_> = ins.iter().map(|t| t.view()).collect();
    let call = plan::map(f, DType::F64, &views, out.view().into()).unwrap();
    Cpu.map(call).unwrap();
}

#[test]
fn elementwise_results() {
    let (x, y) = (ramp(N), ramp(N));
    let (a, b) = (behind(&x, 3), behind(&y, 0));
    for skip in [0, 1, 7] {
        let out = behind(&vec![7.0; N], skip);
        let got = |f, ins: &[&Tensor]| {
            map(f, ins, &out);
            let all = stored::<f64>(&out);
            assert!(
                all[..skip].iter().all(|&v| v == 7.0),
                "what lies before the result"
            );
            all[skip..].to_vec()
        };
        let sum = got(Map::Binary(Binary::Add), &[&a, &b]);
        assert!(sum.iter().zip(&x).zip(&y).all(|((s, x), y)| *s == x + y));
        let magnitude = got(Map::Unary(Unary::Abs), &[&a]);
        assert!(magnitude.iter().zip(&x).all(|(m, x)| *m == x.abs()));
        let half = got(Map::BinaryScalar(Binary::Mul, Scalar::Float(0.5)), &[&a]);
        assert!(half.iter().zip(&x).all(|(h, x)| *h == x * 0.5));
        assert!(got(Map::Copy, &[&a]) == x);
    }
}

#[test]
fn broadcast_and_converted_results() {
    const COLUMNS: usize = 1031;
    let rows = N / COLUMNS;
    let (x, v) = (ramp(rows * COLUMNS), ramp(COLUMNS));
    let matrix = Tensor::of(&x).with(Layout::contiguous(dims(&[rows, COLUMNS])));
    let row = Tensor::of(&v).expand(&[rows, COLUMNS]);
    let out = Tensor::empty(Dims::from([rows, COLUMNS]), DType::F64);
    map(Map::Binary(Binary::Sub), &[&matrix, &row], &out);
    let wanted = |i: usize| x[i] - v[i % COLUMNS];
    assert!(
        stored::<f64>(&out)
            .iter()
            .enumerate()
            .all(|(i, &got)| got == wanted(i))
    );
    // In place, where the result displaces nothing.
    map(Map::Binary(Binary::Sub), &[&out, &row], &out);
    let wanted = |i: usize| x[i] - v[i % COLUMNS] - v[i % COLUMNS];
    assert!(
        stored::<f64>(&out)
            .iter()
            .enumerate()
            .all(|(i, &got)| got == wanted(i))
    );

    let narrow: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let narrow = Tensor::of(&narrow).with(matrix.layout);
    map(Map::Copy, &[&narrow], &out);
    assert!(stored::<f64>(&out) == x);
    let call = plan::fill(Scalar::Float(2.5), out.view().into()).unwrap();
    Cpu.fill(call).unwrap();
    assert!(stored::<f64>(&out).iter().all(|&v| v == 2.5));
}
