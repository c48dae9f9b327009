//! The CPU against the GPU, operation by operation and size by size: `cargo bench -p rushlight-benches`.
//!
//! Each group has a line `cpu` and a line `gpu` over the sizes; `target/criterion/report/index.html` draws them, and shows where they cross.
//! The time of a GPU's run is that of many with the wait for the last one, so it is the work's and not the queueing's. Without a GPU its
//! lines are left out, and standard error says so. On a GPU in software the largest sizes are left out; with `RUSHLIGHT_BENCH_SHORT=1` all
//! but the smallest, and each bench takes moments.

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use rushlight::{DType, Device, Result};
use rushlight_benches::loading::{self, Way};
use rushlight_benches::places::{Place, Scale, places};
use rushlight_benches::timing::timed;
use rushlight_benches::work::{self, Work};
use std::time::Duration;

/// What a group counts a second.
#[derive(Clone, Copy)]
enum Count {
    Bytes,
    Operations,
    Steps,
}

/// A group: the same work for each size and each place.
fn group<S: Copy + std::fmt::Display>(
    c: &mut Criterion,
    name: &str,
    count: Count,
    sizes: &[S],
    make: impl Fn(S, &Device) -> Result<Work>,
) {
    let short = Scale::of_this_machine() == Scale::Short;
    let mut group = c.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    if short {
        group.warm_up_time(Duration::from_millis(1));
        group.measurement_time(Duration::from_millis(10));
    } else {
        group.warm_up_time(Duration::from_millis(500));
        group.measurement_time(Duration::from_secs(2));
    }
    for &size in sizes {
        for Place {
            name: place,
            device,
        } in places()
        {
            // What a device cannot do is told and left out; the first run also compiles its pipelines.
            let made = make(size, &device).and_then(|mut work| {
                timed(&device, 1, &mut *work.run)?;
                Ok(work)
            });
            let mut work = match made {
                Ok(work) => work,
                Err(e) => {
                    eprintln!("skipped, {name}/{place}/{size}: {e}");
                    continue;
                }
            };
            group.throughput(match count {
                Count::Bytes => Throughput::Bytes(work.bytes as u64),
                Count::Operations => Throughput::Elements(work.flops as u64),
                Count::Steps => Throughput::Elements(1),
            });
            group.bench_function(BenchmarkId::new(place, size), |b| {
                b.iter_custom(|times| {
                    timed(&device, times, &mut *work.run)
                        .unwrap_or_else(|e| panic!("{name}/{place}/{size}: {e}"))
                });
            });
        }
    }
    group.finish();
}

fn matmul(c: &mut Criterion) {
    let sizes = Scale::of_this_machine().choose(&[64, 256, 512, 1024, 2048, 4096], 3);
    group(c, "matmul", Count::Operations, &sizes, |n, device| {
        work::matmul(n, DType::F32, device)
    });
}

fn elementwise(c: &mut Criterion) {
    let sizes = Scale::of_this_machine().choose(&[1 << 10, 1 << 16, 1 << 20, 1 << 22, 1 << 26], 1);
    for name in ["add", "relu", "exp", "gelu"] {
        let title = format!("elementwise/{name}");
        group(c, &title, Count::Bytes, &sizes, |n, device| {
            work::elementwise(name, n, device)
        });
    }
}

fn random(c: &mut Criterion) {
    let sizes = Scale::of_this_machine().choose(&[1 << 10, 1 << 16, 1 << 20, 1 << 24], 1);
    group(c, "random/randn", Count::Bytes, &sizes, work::random);
}

fn reduce(c: &mut Criterion) {
    let rows = Scale::of_this_machine().choose(&[4, 64, 1024, 4096, 65_536], 1);
    for (name, dim) in [("sum", None), ("sum_dim0", Some(0)), ("sum_dim1", Some(1))] {
        let title = format!("reduce/{name} of rows x 1024");
        group(c, &title, Count::Bytes, &rows, |rows, device| {
            work::sum(dim, rows, 1024, device)
        });
    }
}

fn softmax(c: &mut Criterion) {
    let rows = Scale::of_this_machine().choose(&[4, 64, 1024, 4096, 65_536], 1);
    group(
        c,
        "softmax of rows x 1024",
        Count::Bytes,
        &rows,
        |rows, device| work::softmax(rows, 1024, device),
    );
}

fn conv(c: &mut Criterion) {
    let batches = Scale::of_this_machine().choose(&[1, 4, 16, 64, 256], 2);
    let title = "conv 3x3 of batch x 32 x 28 x 28";
    group(c, title, Count::Operations, &batches, |batch, device| {
        work::conv(batch, 32, device)
    });
}

fn attention(c: &mut Criterion) {
    let lengths = Scale::of_this_machine().choose(&[16, 64, 256, 1024, 2048], 2);
    let title = "attention of 2 x 8 heads of 64";
    group(c, title, Count::Operations, &lengths, |length, device| {
        work::attention(2, length, device)
    });
}

fn train_step(c: &mut Criterion) {
    group(c, "train_step/adult", Count::Steps, &[64], |_, device| {
        work::adult_step(device)
    });
    let batches = Scale::of_this_machine().choose(&[16, 64, 256, 1024, 4096], 2);
    group(
        c,
        "train_step/mnist",
        Count::Steps,
        &batches,
        work::mnist_step,
    );
}

/// Ways of an epoch's batches to the device; on the CPU there is nowhere to go.
fn load(c: &mut Criterion) {
    let samples = Scale::of_this_machine().choose(&[512, 8192, 65_536], 1);
    for way in Way::ALL {
        let title = format!("loading/{}", way.name());
        group(c, &title, Count::Bytes, &samples, |samples, device| {
            loading::batches(way, samples, device)
        });
        let title = format!("loading and training/{}", way.name());
        group(c, &title, Count::Bytes, &samples, |samples, device| {
            loading::training(way, samples, device)
        });
    }
}

criterion_group!(
    benches,
    matmul,
    elementwise,
    random,
    reduce,
    softmax,
    conv,
    attention,
    train_step,
    load
);
criterion_main!(benches);
