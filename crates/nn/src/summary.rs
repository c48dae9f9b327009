//! A table of a model's modules with their output shapes and numbers of parameters, made by one call of the model.
//!
//! The outputs are recorded where modules are called (`call::surround`), not by hooks, because a hook is registered for one type of input and
//! a module without a [`ModuleState`] has no hooks.

use crate::tree::{Contents, Key, join, key, walk};
use crate::{Buffer, Call, Forward, Module, ModuleExt, ModuleState, Parameter};
use rushlight_autograd::{Autograd, no_grad};
use rushlight_tensor::{DType, Device, Ints, Result, Tensor};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::{self, Write};

/// Lists the modules of `model` with their output shapes for an input of zeros. PyTorch: `torchinfo.summary(model, input_size)`.
///
/// The input has the dtype and the device of the model's first parameter. The model runs once, in evaluation mode and without recording a
/// graph; afterwards the mode of every module is restored. Hooks run, and a model that draws random numbers in evaluation mode draws them.
/// Use [`summary_of`] for models that take other inputs.
///
/// # Errors
/// Those of the model, for example if it does not accept the shape.
///
/// ```
/// use rushlight::nn::{Conv2d, Flatten, Linear, ReLU, sequential, summary};
/// let model = sequential![Conv2d::new(1, 4, 3)?, ReLU::new(), Flatten::new(), Linear::new(144, 10)?];
/// let summary = summary(&model, [2, 1, 8, 8])?;
/// assert_eq!(summary.parameters, 1490);
/// assert_eq!(summary.rows[1].output, [[2, 4, 6, 6]]);
/// assert_eq!(summary.to_string(), "\
/// module         output shape  parameters
/// ---------------------------------------
/// Sequential     [2, 10]
/// ├─ 0: Conv2d   [2, 4, 6, 6]          40
/// ├─ 1: ReLU     [2, 4, 6, 6]
/// ├─ 2: Flatten  [2, 144]
/// └─ 3: Linear   [2, 10]            1,450
/// ---------------------------------------
/// 1,490 parameters, 1,490 of them trainable
/// input 512 B, outputs 3.5 KiB, parameters 5.8 KiB, buffers 0 B");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn summary<M>(model: &M, input_shape: impl Into<Ints>) -> Result<Summary>
where
    M: Forward + ?Sized,
{
    let (device, dtype) = match model.as_module().parameters().first() {
        Some(first) => (first.device().clone(), first.dtype()),
        None => (Device::CPU, DType::F32),
    };
    let input = Tensor::zeros(input_shape, (dtype, &device))?;
    let mut summary = summary_of(model, || model.call(&input))?;
    summary.input_bytes = Some(bytes(&input));
    Ok(summary)
}

/// Lists the modules of `model` with their output shapes while `run` calls the model. It is [`summary`] for models whose input is not one
/// tensor of floating-point numbers. PyTorch: `torchinfo.summary(model, input_data=…)`.
///
/// # Errors
/// Those of `run`.
///
/// ```
/// use rushlight::nn::{Call, LSTM, summary_of};
/// use rushlight::Tensor;
/// let lstm = LSTM::new(8, 16)?;
/// let x = Tensor::zeros([5, 2, 8], ())?;
/// let summary = summary_of(&lstm, || lstm.call(&x))?;
/// // The output, the last hidden state and the last cell state.
/// assert_eq!(summary.rows[0].output, [[5, 2, 16], [1, 2, 16], [1, 2, 16]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn summary_of<M, Out>(model: &M, run: impl FnOnce() -> Result<Out>) -> Result<Summary>
where
    M: Module + ?Sized,
{
    let model = model.as_module();
    let modes = Modes::of(model);
    model.eval();
    let recording = Recording::start();
    let outcome = no_grad(run);
    let calls = recording.end();
    drop(modes);
    outcome?;
    Ok(Summary::of(model, calls))
}

/// The result of [`summary`], which is printed as a table.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The modules, each before its children.
    pub rows: Vec<SummaryRow>,
    /// The number of elements of all parameters; tied parameters count once.
    pub parameters: usize,
    /// The number of these elements that require a gradient.
    pub trainable: usize,
    /// The size of the input in bytes, if it is known.
    pub input_bytes: Option<usize>,
    /// The total size in bytes of the outputs of modules without children. Results of functions between the modules are not part of it.
    pub output_bytes: usize,
    /// The size of the parameters in bytes.
    pub parameter_bytes: usize,
    /// The size of the buffers in bytes.
    pub buffer_bytes: usize,
}

/// A module in a [`Summary`].
#[derive(Clone, Debug)]
pub struct SummaryRow {
    /// The path of the module in the model, such as `encoder.layers.0`; it is empty for the model itself.
    pub path: String,
    /// The name of the module's type, such as `Linear`.
    pub type_name: &'static str,
    /// The depth of the module in the tree; 0 for the model itself.
    pub depth: usize,
    /// The shapes of the tensors that the first call returned: a tensor, a tuple as recurrent layers return it, or a vector. Empty if the
    /// module was not called or returned something else.
    pub output: Vec<Vec<usize>>,
    /// The number of calls. Modules without fields of one type may have the same address; their calls are attributed in the order of the rows.
    pub calls: usize,
    /// The number of elements of the module's own parameters, without those of its children.
    pub parameters: usize,
    /// The beginning of the module's line in the printed tree.
    label: String,
    /// Whether the module or one below it was called.
    reached: bool,
}

impl Summary {
    fn of(model: &dyn Module, calls: HashMap<Key, Vec<Output>>) -> Summary {
        let parameters = model.parameters();
        let numel = |p: &Parameter| p.numel();
        let summary = Summary {
            rows: Vec::new(),
            parameters: parameters.iter().map(numel).sum(),
            trainable: parameters
                .iter()
                .filter(|p| p.requires_grad())
                .map(numel)
                .sum(),
            input_bytes: None,
            output_bytes: 0,
            parameter_bytes: parameters.iter().map(|p| bytes(p)).sum(),
            buffer_bytes: model.buffers().iter().map(|b: &Buffer| bytes(b)).sum(),
        };
        let mut sharing: HashMap<Key, Sharing> = HashMap::new();
        walk(model, &mut |_, module| {
            sharing.entry(key(module)).or_default().modules += 1;
        });
        let mut rows = Rows {
            summary,
            calls,
            sharing,
        };
        rows.add(model, "", "", Place::Root);
        rows.summary
    }
}

/// The modules with one key, of which there are several only if they have no fields.
#[derive(Default)]
struct Sharing {
    modules: usize,
    listed: usize,
}

/// A summary to which rows are added.
struct Rows {
    summary: Summary,
    calls: HashMap<Key, Vec<Output>>,
    sharing: HashMap<Key, Sharing>,
}

impl Rows {
    /// Adds `module` and its children, and returns whether one of them was called. `indent` is the part of the printed tree to the left of the
    /// module.
    fn add(&mut self, module: &dyn Module, path: &str, indent: &str, place: Place<'_>) -> bool {
        let contents = Contents::of(module);
        let (calls, bytes, output) = self.take(key(module));
        if contents.modules.is_empty() {
            self.summary.output_bytes += bytes;
        }
        let type_name = module.type_name();
        let (label, below) = match place {
            Place::Root => (type_name.to_owned(), String::new()),
            Place::Inner(name) => (
                format!("{indent}├─ {name}: {type_name}"),
                format!("{indent}│  "),
            ),
            Place::Last(name) => (
                format!("{indent}└─ {name}: {type_name}"),
                format!("{indent}   "),
            ),
        };
        let row = self.summary.rows.len();
        self.summary.rows.push(SummaryRow {
            path: path.to_owned(),
            type_name,
            depth: below.chars().count() / 3,
            output,
            calls,
            parameters: contents.parameters.iter().map(|(_, p)| p.numel()).sum(),
            label,
            reached: false,
        });
        let mut reached = calls > 0;
        let last = contents.modules.len().wrapping_sub(1);
        for (i, (name, child)) in contents.modules.iter().enumerate() {
            let place = match i == last {
                true => Place::Last(name),
                false => Place::Inner(name),
            };
            reached |= self.add(*child, &join(path, name), &below, place);
        }
        self.summary.rows[row].reached = reached;
        reached
    }

    /// The calls of the next module with this key: their number, the size of their outputs, and the shapes of the first.
    fn take(&mut self, key: Key) -> (usize, usize, Vec<Vec<usize>>) {
        let calls = self.calls.get(&key).map_or(&[][..], Vec::as_slice);
        let sharing = self.sharing.entry(key).or_default();
        let end = |modules: usize| modules * calls.len() / sharing.modules.max(1);
        let own = &calls[end(sharing.listed)..end(sharing.listed + 1)];
        sharing.listed += 1;
        let bytes = own.iter().map(|output| output.bytes).sum();
        let shapes = own.first().map(|output| output.shapes.clone());
        (own.len(), bytes, shapes.unwrap_or_default())
    }
}

/// The position of a module among the children of its parent, and its name.
enum Place<'a> {
    Root,
    Inner(&'a str),
    Last(&'a str),
}

impl SummaryRow {
    /// The text of the second column, such as `[2, 10]`, `[5, 2, 16], [1, 2, 16]` or `[2, 10], called 3 times`.
    fn output_text(&self) -> String {
        let shapes: Vec<String> = self.output.iter().map(|s| format!("{s:?}")).collect();
        let mut text = shapes.join(", ");
        match self.calls {
            0 if self.reached => {}
            0 => text.push_str("not called"),
            1 => {}
            n => {
                let comma = if text.is_empty() { "" } else { ", " };
                let _ = write!(text, "{comma}called {n} times");
            }
        }
        text
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["module", "output shape", "parameters"];
        let mut cells = vec![heads.map(str::to_owned)];
        for row in &self.rows {
            let parameters = match row.parameters {
                0 => String::new(),
                n => grouped(n),
            };
            cells.push([row.label.clone(), row.output_text(), parameters]);
        }
        let [first, second, third] = [0, 1, 2].map(|column| {
            let widths = cells.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or(0)
        });
        let rule = "-".repeat(first + second + third + 4);
        for (i, [label, output, parameters]) in cells.iter().enumerate() {
            let line = format!("{label:first$}  {output:second$}  {parameters:>third$}");
            writeln!(f, "{}", line.trim_end())?;
            if i == 0 {
                writeln!(f, "{rule}")?;
            }
        }
        writeln!(f, "{rule}")?;
        let (all, trainable) = (grouped(self.parameters), grouped(self.trainable));
        writeln!(f, "{all} parameters, {trainable} of them trainable")?;
        if let Some(input) = self.input_bytes {
            write!(f, "input {}, ", size(input))?;
        }
        write!(
            f,
            "outputs {}, parameters {}, buffers {}",
            size(self.output_bytes),
            size(self.parameter_bytes),
            size(self.buffer_bytes)
        )
    }
}

/// Formats `1234567` as `1,234,567`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number of bytes, such as `512 B`, `5.8 KiB` or `1.4 MiB`.
fn size(bytes: usize) -> String {
    let mut value = bytes as f64;
    let mut units = ["KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = "B";
    while value >= 1000.0
        && let Some(next) = units.next()
    {
        value /= 1024.0;
        unit = next;
    }
    match unit {
        "B" => format!("{bytes} B"),
        _ => format!("{value:.1} {unit}"),
    }
}

fn bytes(tensor: &Tensor) -> usize {
    tensor.numel() * tensor.element_size()
}

/// The modes of the modules of a tree. Dropping the value restores them, also in a panic.
struct Modes<'a>(Vec<(&'a ModuleState, bool)>);

impl<'a> Modes<'a> {
    fn of(model: &'a dyn Module) -> Modes<'a> {
        let mut modes = Vec::new();
        walk(model, &mut |_, module| {
            modes.extend(module.state().map(|state| (state, state.is_training())));
        });
        Modes(modes)
    }
}

impl Drop for Modes<'_> {
    fn drop(&mut self) {
        for (state, training) in &self.0 {
            state.set_training(*training);
        }
    }
}

/// What one call of a module returned.
struct Output {
    shapes: Vec<Vec<usize>>,
    bytes: usize,
}

thread_local! {
    /// Whether a summary is being made on this thread. The flag is separate from `CALLS`, because every call of a module reads it.
    static RECORDING: Cell<bool> = const { Cell::new(false) };
    static CALLS: RefCell<HashMap<Key, Vec<Output>>> = RefCell::default();
}

/// The recording of calls on this thread. A nested recording does not change the outer one.
struct Recording {
    outer: (bool, HashMap<Key, Vec<Output>>),
}

impl Recording {
    fn start() -> Recording {
        Recording {
            outer: (RECORDING.replace(true), CALLS.take()),
        }
    }

    fn end(self) -> HashMap<Key, Vec<Output>> {
        CALLS.take()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        RECORDING.set(self.outer.0);
        CALLS.set(std::mem::take(&mut self.outer.1));
    }
}

/// Whether the calls of modules on this thread are recorded.
#[inline]
pub(crate) fn is_recording() -> bool {
    RECORDING.get()
}

/// Records the output of a call of `module`.
#[cold]
pub(crate) fn record(module: &dyn Module, output: &dyn Any) {
    let outputs = tensors(output);
    let output = Output {
        shapes: outputs.iter().map(|t| t.shape().to_vec()).collect(),
        bytes: outputs.iter().map(|t| bytes(t)).sum(),
    };
    CALLS.with_borrow_mut(|calls| calls.entry(key(module)).or_default().push(output));
}

/// The tensors in an output of one of the usual types.
fn tensors(output: &dyn Any) -> Vec<&Tensor> {
    if let Some(x) = output.downcast_ref::<Tensor>() {
        vec![x]
    } else if let Some((x, y)) = output.downcast_ref::<(Tensor, Tensor)>() {
        vec![x, y]
    } else if let Some((x, (y, z))) = output.downcast_ref::<(Tensor, (Tensor, Tensor))>() {
        vec![x, y, z]
    } else if let Some((x, y)) = output.downcast_ref::<(Tensor, Option<Tensor>)>() {
        [x].into_iter().chain(y).collect()
    } else if let Some((x, y, z)) = output.downcast_ref::<(Tensor, Tensor, Tensor)>() {
        vec![x, y, z]
    } else if let Some(list) = output.downcast_ref::<Vec<Tensor>>() {
        list.iter().collect()
    } else {
        Vec::new()
    }
}
