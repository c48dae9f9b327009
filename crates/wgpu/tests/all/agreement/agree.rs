//! One operation on both backends, and whether they say the same.

use super::image::{Image, element};
use rushlight_backend::{Backend, DType, ErrorKind, Result, Scalar, Storage, View};
use rushlight_cpu::Cpu;
use rushlight_wgpu::Gpu;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// How near the GPU's numbers must come.
#[derive(Clone, Copy, Debug)]
pub enum Close {
    /// The same bits; any NaN for a NaN.
    Exact,
    /// Beyond one step of the result's dtype, within this part of the number, plus this much.
    Within(f64, f64),
}

impl Close {
    fn holds(self, cpu: Scalar, gpu: Scalar, dtype: DType) -> bool {
        if !dtype.is_float() {
            return cpu == gpu;
        }
        let (a, b) = (cpu.to_f64(), gpu.to_f64());
        if a.is_nan() || b.is_nan() {
            return a.is_nan() && b.is_nan();
        }
        match self {
            Close::Exact => a.to_bits() == b.to_bits(),
            _ if a == b => true,
            Close::Within(relative, absolute) => {
                (a - b).abs() <= (relative + dtype.epsilon()) * a.abs() + absolute
            }
        }
    }
}

/// An operation on inputs and outputs.
type Run<'a> = dyn Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()> + 'a;

/// An input: a tensor of its own, or an output's memory under the same layout.
pub enum Input {
    Own(Image),
    Output(usize),
}

thread_local! {
    /// What cannot be done on this GPU, by what it said.
    static REFUSED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// What was refused in this test since the last call, each message once.
pub fn refused() -> Vec<String> {
    REFUSED
        .with_borrow_mut(std::mem::take)
        .into_iter()
        .collect()
}

fn execute(
    backend: &dyn Backend,
    inputs: &[Input],
    outs: &[Image],
    run: &Run<'_>,
) -> Result<Vec<Vec<u8>>> {
    let up = |image: &Image| backend.upload(&image.bytes);
    let written: Vec<Storage> = outs.iter().map(up).collect::<Result<_>>()?;
    let own: Vec<Option<Storage>> = inputs
        .iter()
        .map(|input| match input {
            Input::Own(image) => up(image).map(Some),
            Input::Output(_) => Ok(None),
        })
        .collect::<Result<_>>()?;
    let views = |image: &'_ Image| (image.layout, image.dtype);
    let layouts: Vec<_> = inputs
        .iter()
        .map(|input| match input {
            Input::Own(image) => views(image),
            Input::Output(i) => views(&outs[*i]),
        })
        .collect();
    let x: Vec<View<'_>> = inputs
        .iter()
        .enumerate()
        .map(|(k, input)| {
            let storage = match (input, &own[k]) {
                (Input::Output(i), _) => &written[*i],
                (_, Some(storage)) => storage,
                (_, None) => unreachable!("an input of its own has memory"),
            };
            View::new(storage, &layouts[k].0, layouts[k].1)
        })
        .collect::<Result<_>>()?;
    let y: Vec<View<'_>> = outs
        .iter()
        .zip(&written)
        .map(|(image, storage)| View::new(storage, &image.layout, image.dtype).unwrap())
        .collect();
    run(backend, &x, &y)?;
    outs.iter()
        .zip(&written)
        .map(|(image, storage)| {
            let mut bytes = vec![0; image.bytes.len()];
            backend.download(storage, 0, &mut bytes)?;
            Ok(bytes)
        })
        .collect()
}

/// Runs `run` on both backends, on the same inputs and into the same outputs, and compares: every element of the outputs' views as `close`
/// says, all that lies around them bit by bit. What the GPU says it cannot do is noted and passes.
pub fn agree(
    gpu: &Gpu,
    what: &str,
    inputs: &[Input],
    outs: &[Image],
    close: Close,
    run: &Run<'_>,
) -> std::result::Result<(), String> {
    agree_with(&Cpu, gpu, what, inputs, outs, close, run)
}

/// The same with another backend in the CPU's place.
pub fn agree_with(
    reference: &dyn Backend,
    gpu: &Gpu,
    what: &str,
    inputs: &[Input],
    outs: &[Image],
    close: Close,
    run: &Run<'_>,
) -> std::result::Result<(), String> {
    let expected = execute(reference, inputs, outs, run);
    let actual = execute(gpu, inputs, outs, run);
    let story = || {
        let told = |image: &Image| format!("{} {:?}", image.dtype, image.layout);
        let inputs: Vec<String> = inputs
            .iter()
            .map(|input| match input {
                Input::Own(image) => told(image),
                Input::Output(i) => format!("output {i}"),
            })
            .collect();
        let outs: Vec<String> = outs.iter().map(told).collect();
        format!("{what}\n  of {inputs:#?}\n  into {outs:#?}")
    };
    let (expected, actual) = match (expected, actual) {
        // The CPU leaves it to be composed of other operations.
        (Err(e), _) if e.kind() == ErrorKind::Unsupported => return Ok(()),
        (_, Err(e)) if e.kind() == ErrorKind::Unsupported => {
            let name = what.split(' ').next().unwrap_or_default();
            REFUSED.with_borrow_mut(|set| set.insert(format!("{name}: {}", e.message())));
            return Ok(());
        }
        (Err(_), Err(_)) => return Ok(()),
        (Err(e), Ok(_)) => return Err(format!("{}: only the CPU refuses: {e}", story())),
        (Ok(_), Err(e)) => return Err(format!("{}: only the GPU refuses: {e}", story())),
        (Ok(expected), Ok(actual)) => (expected, actual),
    };
    for (i, image) in outs.iter().enumerate() {
        compare(image, &expected[i], &actual[i], close).map_err(|e| {
            format!(
                "{}: output {i}: {e}{}",
                story(),
                surroundings(inputs, outs, &e)
            )
        })?;
    }
    Ok(())
}

/// The inputs' elements where a difference is, for elementwise work.
fn surroundings(inputs: &[Input], outs: &[Image], difference: &Difference) -> String {
    let of = |input: &Input| {
        let image = match input {
            Input::Own(image) => image,
            Input::Output(i) => &outs[*i],
        };
        let place = *image.places().get(difference.index)?;
        (image.shape() == outs[0].shape()).then(|| element(&image.bytes, image.dtype, place))
    };
    let elements: Vec<Scalar> = inputs.iter().filter_map(of).collect();
    format!(", of {elements:?}")
}

/// An element that is not the same.
struct Difference {
    index: usize,
    told: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "element {}: {}", self.index, self.told)
    }
}

fn compare(
    image: &Image,
    cpu: &[u8],
    gpu: &[u8],
    close: Close,
) -> std::result::Result<(), Difference> {
    let (size, dtype) = (image.dtype.size(), image.dtype);
    let mut around = vec![true; image.bytes.len() / size];
    for (index, place) in image.places().into_iter().enumerate() {
        around[place] = false;
        let (a, b) = (element(cpu, dtype, place), element(gpu, dtype, place));
        if !close.holds(a, b, dtype) {
            let told = format!("{a:?} is expected, {b:?} on the GPU");
            return Err(Difference { index, told });
        }
    }
    for (place, _) in around.iter().enumerate().filter(|(_, around)| **around) {
        let range = place * size..(place + 1) * size;
        if gpu[range.clone()] != image.bytes[range] {
            let told = "outside of the view, was written".to_owned();
            return Err(Difference { index: place, told });
        }
    }
    Ok(())
}
