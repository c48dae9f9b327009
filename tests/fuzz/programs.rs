//! Random programs over the methods of tensors, each step on several places: dense and strided on the CPU, and on the GPU.
//!
//! After a step its results, as the CPU has them, are handed to every place: a rounding error of one step is not another step's finding.

use crate::fuzz::arguments::{Args, Place, random};
use crate::fuzz::harness::{Rng, run};
use crate::fuzz::methods::{Call, Method, all};
use rushlight::prelude::*;
use rushlight::{ErrorKind, Generator, Result};
use rushlight_tests::gpu;

/// Results of more elements are dropped: absurd arguments give views that no program could read.
const LARGE: usize = 2000;
const STEPS: usize = 4;
const POOL: usize = 6;

#[test]
fn dense_and_strided() {
    let methods = all();
    let places = [place(Device::CPU, false), place(Device::CPU, true)];
    run("programs", 1500, |seed| program(seed, &methods, &places));
}

#[test]
fn cpu_and_gpu() {
    let Some(device) = gpu() else { return };
    let methods = all();
    let places = [place(Device::CPU, false), place(device, true)];
    run("programs-gpu", 60, |seed| {
        program(seed ^ 1 << 40, &methods, &places)
    });
}

/// Every method at least some times, with arguments of every kind.
#[test]
fn each_method() {
    let methods = all();
    let places = [place(Device::CPU, true), place(Device::CPU, false)];
    let count = 8 * methods.len() as u64;
    run("methods", count, |seed| {
        let method = &methods[seed as usize % methods.len()];
        program(seed, std::slice::from_ref(method), &places)
    });
}

fn place(device: Device, strided: bool) -> Place {
    Place { device, strided }
}

/// The first finding of the program with this seed.
fn program(seed: u64, methods: &[Method], places: &[Place]) -> Option<String> {
    match steps(seed, methods, places) {
        Ok(found) => found,
        Err(e) => Some(format!("a program could not be set up: {e}")),
    }
}

fn steps(seed: u64, methods: &[Method], places: &[Place]) -> Result<Option<String>> {
    let mut rng = Rng::new(seed);
    let mut start: Vec<Tensor> = Vec::new();
    for _ in 0..3 {
        start.push(random(&mut rng)?);
    }
    let mut pools: Vec<Vec<Tensor>> = Vec::new();
    for place in places {
        let held: Result<Vec<Tensor>> = start.iter().map(|t| place.hold(t)).collect();
        match held {
            Ok(held) => pools.push(held),
            // Not every GPU has every dtype.
            Err(e) if e.kind() == ErrorKind::Unsupported => return Ok(None),
            Err(e) => return Err(e),
        }
    }
    let mut told = String::new();
    for _ in 0..STEPS {
        let method = &methods[rng.below(methods.len())];
        told += &format!(" {}", method.name);
        let step = rng.clone();
        rng.word();
        let mut first: Option<Result<Vec<Read>>> = None;
        for (place, pool) in places.iter().zip(&pools) {
            let args = Args {
                rng: step.clone(),
                pool,
                place,
            };
            let got = outcome(method.call, args);
            let Some(want) = &first else {
                first = Some(got);
                continue;
            };
            if let Some(differs) = disagreement(want, &got) {
                let on = &place.device;
                let shapes: Vec<String> = pool
                    .iter()
                    .map(|t| format!("{:?} {}", t.shape(), t.dtype()))
                    .collect();
                return Ok(Some(format!(
                    "{told} [{}] on {on}: {differs}",
                    shapes.join(", ")
                )));
            }
        }
        let Some(Ok(results)) = first else { continue };
        for read in results.into_iter().filter(|r| r.values.is_some()) {
            let held: Result<Vec<Tensor>> = places.iter().map(|p| p.hold(&read.tensor)).collect();
            // Twice as many rows of nothing may be more than can be counted.
            let Ok(held) = held else { continue };
            for (tensor, pool) in held.into_iter().zip(&mut pools) {
                if pool.len() == POOL {
                    pool.remove(0);
                }
                pool.push(tensor);
            }
        }
    }
    Ok(None)
}

/// A result and its elements, unless there are too many.
struct Read {
    tensor: Tensor,
    values: Option<Vec<f64>>,
}

fn outcome(call: Call, mut args: Args<'_>) -> Result<Vec<Read>> {
    let results = Generator::new(7).scope(|| call(&mut args))?;
    results.into_iter().map(read).collect()
}

fn read(tensor: Tensor) -> Result<Read> {
    let tensor = tensor.detach();
    if tensor.numel() > LARGE {
        // A view of so many elements fits no memory but that of the tensor it is a view of.
        let values = None;
        return Ok(Read { tensor, values });
    }
    let tensor = tensor.cpu()?;
    // int64 beyond 2^53 is compared to within a rounding.
    let values = Some(tensor.to(DType::F64)?.to_vec()?);
    Ok(Read { tensor, values })
}

/// How two outcomes of one step differ.
fn disagreement(want: &Result<Vec<Read>>, got: &Result<Vec<Read>>) -> Option<String> {
    let (want, got) = match (want, got) {
        (Ok(want), Ok(got)) => (want, got),
        (Err(_), Err(_)) => return None,
        // What a GPU cannot do it refuses by name.
        (Ok(_), Err(e)) if e.kind() == ErrorKind::Unsupported => return None,
        (Ok(_), Err(e)) => return Some(format!("an error where there was none: {e}")),
        (Err(e), Ok(_)) => return Some(format!("no error where there was one: {e}")),
    };
    if want.len() != got.len() {
        return Some(format!("{} results, not {}", got.len(), want.len()));
    }
    want.iter().zip(got).find_map(|(w, g)| differs(w, g))
}

fn differs(want: &Read, got: &Read) -> Option<String> {
    let (w, g) = (&want.tensor, &got.tensor);
    if w.shape() != g.shape() || w.dtype() != g.dtype() {
        return Some(format!(
            "{:?} {}, not {:?} {}",
            g.shape(),
            g.dtype(),
            w.shape(),
            w.dtype()
        ));
    }
    let tolerance = match w.dtype() {
        DType::F64 => 1e-6,
        DType::F32 => 1e-3,
        DType::F16 | DType::BF16 => 5e-2,
        _ => 1e-15,
    };
    let near = |a: f64, b: f64| {
        a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * (1.0 + a.abs())
    };
    let (a, b) = (want.values.as_ref()?, got.values.as_ref()?);
    let i = (0..a.len()).find(|&i| !near(a[i], b[i]))?;
    Some(format!(
        "element {i} of {:?} {} is {}, not {}",
        w.shape(),
        w.dtype(),
        b[i],
        a[i]
    ))
}
