//! What can be done with a whole tree of modules: listing, switching, moving, loading.

use crate::call::surround;
use crate::loading::{IncompatibleKeys, LoadOptions, load};
use crate::moving::Move;
use crate::saving::{load_tensors, save_tensors};
use crate::tree::{Contents, join, walk};
use crate::{Buffer, CopyMemo, Module, Parameter, StateDict};
use rushlight_autograd::Autograd;
use rushlight_tensor::{Error, Options, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The methods of PyTorch's `nn.Module` that walk the tree. Every module has them, and so does `dyn Module`.
///
/// Lists are in PyTorch's order: of each module first its own parameters, then its children. What stands in two places (tied weights) is
/// listed once, under its first name.
///
/// Method calls find these methods before a method of the same name that a type defines itself with `&mut self`, because the compiler
/// tries `&net` before `&mut net`: `net.train(&data)` is [`ModuleExt::train`] where `Net` defines `fn train(&mut self, data: &Data)`. Call
/// that one as `Net::train(&mut net, &data)`, or give it another name. A method of the type with `&self` comes first, except that `to`,
/// which takes the module itself, comes before it.
pub trait ModuleExt: Module {
    /// Handles to all parameters, for an optimizer.
    fn parameters(&self) -> Vec<Parameter> {
        self.named_parameters()
            .into_iter()
            .map(|(_, p)| p)
            .collect()
    }

    /// Names of and handles to all parameters: `layer1.weight`.
    fn named_parameters(&self) -> Vec<(String, Parameter)> {
        let mut seen = Vec::new();
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            for (name, p) in Contents::of(module).parameters {
                if !seen.contains(&p.identity()) {
                    seen.push(p.identity());
                    list.push((join(path, &name), p.clone()));
                }
            }
        });
        list
    }

    /// Names of and handles to all buffers: `bn.running_mean`.
    fn named_buffers(&self) -> Vec<(String, Buffer)> {
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            list.extend(
                Contents::of(module)
                    .buffers
                    .into_iter()
                    .map(|(name, b)| (join(path, &name), b.clone())),
            );
        });
        list
    }

    /// Handles to all buffers.
    fn buffers(&self) -> Vec<Buffer> {
        self.named_buffers().into_iter().map(|(_, b)| b).collect()
    }

    /// All modules of the tree with their paths, this one first, under the empty name.
    fn named_modules(&self) -> Vec<(String, &dyn Module)> {
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            list.push((path.to_owned(), module))
        });
        list
    }

    /// All modules of the tree, this one first.
    fn modules(&self) -> Vec<&dyn Module> {
        self.named_modules().into_iter().map(|(_, m)| m).collect()
    }

    /// The modules directly in this one, with their names.
    fn named_children(&self) -> Vec<(String, &dyn Module)> {
        Contents::of(self.as_module()).modules
    }

    /// The modules directly in this one.
    fn children(&self) -> Vec<&dyn Module> {
        self.named_children().into_iter().map(|(_, m)| m).collect()
    }

    /// The module at a dotted path: `encoder.0`. The empty path is this module.
    #[track_caller]
    fn get_submodule(&self, path: &str) -> Result<&dyn Module> {
        match self.named_modules().into_iter().find(|(p, _)| p == path) {
            Some((_, module)) => Ok(module),
            None => Err(Error::value(format!(
                "get_submodule: {} has no module {path:?}",
                self.type_name()
            ))),
        }
    }

    /// The parameter at a dotted path: `fc1.weight`.
    #[track_caller]
    fn get_parameter(&self, path: &str) -> Result<Parameter> {
        match self.named_parameters().into_iter().find(|(p, _)| p == path) {
            Some((_, parameter)) => Ok(parameter),
            None => Err(Error::value(format!(
                "get_parameter: {} has no parameter {path:?}",
                self.type_name()
            ))),
        }
    }

    /// The buffer at a dotted path: `bn.running_mean`.
    #[track_caller]
    fn get_buffer(&self, path: &str) -> Result<Buffer> {
        match self.named_buffers().into_iter().find(|(p, _)| p == path) {
            Some((_, buffer)) => Ok(buffer),
            None => Err(Error::value(format!(
                "get_buffer: {} has no buffer {path:?}",
                self.type_name()
            ))),
        }
    }

    /// Adds a parameter to this module at run time; it is listed, saved and moved like any other.
    ///
    /// An error if the name is taken, or if the module has no [`ModuleState`](crate::ModuleState) to hold it.
    #[track_caller]
    fn register_parameter(&mut self, name: &str, parameter: Parameter) -> Result<()> {
        check_free("register_parameter", self.as_module(), name)?;
        match self.state_mut() {
            Some(state) => state.register_parameter(name, parameter),
            None => Err(no_state("register_parameter", self.type_name())),
        }
    }

    /// Adds a buffer to this module at run time; as [`ModuleExt::register_parameter`].
    #[track_caller]
    fn register_buffer(&mut self, name: &str, buffer: Buffer) -> Result<()> {
        check_free("register_buffer", self.as_module(), name)?;
        match self.state_mut() {
            Some(state) => state.register_buffer(name, buffer),
            None => Err(no_state("register_buffer", self.type_name())),
        }
    }

    /// Puts the whole tree in training mode. PyTorch: `train()`.
    fn train(&self) {
        self.set_training(true);
    }

    /// Puts the whole tree in evaluation mode: dropout passes everything, batch norm uses its running statistics.
    fn eval(&self) {
        self.set_training(false);
    }

    /// Sets the mode of the whole tree. PyTorch: `train(mode)`.
    fn set_training(&self, training: bool) {
        walk(self.as_module(), &mut |_, module| {
            if let Some(state) = module.state() {
                state.set_training(training);
            }
        });
    }

    /// Whether the module is in training mode. PyTorch: `module.training`.
    ///
    /// The flag is in the module's [`ModuleState`](crate::ModuleState). A derived struct without one cannot ask: `self.is_training()`
    /// is a compile error there, because `eval()` would not change the answer. Of a `dyn Module` or a type parameter without one the
    /// answer is that of the modules in it: `false` if one of them is in evaluation mode.
    ///
    /// ```
    /// use rushlight::nn::{Forward, Module, ModuleExt, ModuleState};
    /// use rushlight::{Result, Tensor};
    ///
    /// #[derive(Module, Default)]
    /// struct Noise { state: ModuleState }
    ///
    /// impl Forward for Noise {
    ///     type Output = Tensor;
    ///     fn forward(&self, x: &Tensor) -> Result<Tensor> {
    ///         match self.is_training() {
    ///             true => x.add(&x.randn_like()?),
    ///             false => Ok(x.clone()),
    ///         }
    ///     }
    /// }
    ///
    /// let noise = Noise::default();
    /// assert!(noise.is_training());
    /// noise.eval();
    /// assert!(!noise.is_training());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    fn is_training(&self) -> bool {
        if let Some(state) = self.state() {
            return state.is_training();
        }
        let mut training = true;
        walk(self.as_module(), &mut |_, module| {
            training &= module.state().is_none_or(|state| state.is_training());
        });
        training
    }

    /// A copy of the module with memory of its own for every parameter and buffer. PyTorch: `copy.deepcopy(model)`.
    ///
    /// Dtypes, devices, `requires_grad`, training flags and what was registered at run time are copied; weights that are tied are tied
    /// to each other in the copy. No random numbers are drawn. Fields marked `#[module(skip)]` are cloned, or copied
    /// if they are tensors. Hooks and gradients are not
    /// copied.
    ///
    /// # Errors
    /// If the type of a skipped field is not known to be `Clone`, or if the module holds a trait object other than `dyn Layer` and
    /// `dyn Module`.
    ///
    /// ```
    /// use rushlight::nn::{Linear, ModuleExt, init};
    /// let model = Linear::new(3, 2)?;
    /// let twin = model.deep_copy()?;
    /// assert!(twin.weight.equal(&model.weight)?);
    /// init::zeros_(&model.weight)?;
    /// assert!(!twin.weight.equal(&model.weight)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn deep_copy(&self) -> Result<Self>
    where
        Self: Sized,
    {
        match self.copy_with(&mut CopyMemo::default()) {
            Ok(copy) => Ok(copy),
            Err(e) => Err(e.here()),
        }
    }

    /// The module with all parameters and buffers on a device, or the floating-point ones of another dtype, or both. PyTorch: `model.to(…)`.
    ///
    /// What changes becomes a new [`Parameter`]: move a model before making its optimizer. Tied weights stay tied. [`ModuleExt::to_`]
    /// moves a module that is borrowed.
    ///
    /// # Errors
    /// If the dtype is not a floating-point one, or memory on the device cannot be allocated; the module is dropped then.
    ///
    /// ```
    /// use rushlight::nn::{Linear, ModuleExt};
    /// use rushlight::{DType, Device};
    /// let device = Device::CPU;
    /// let model = Linear::new(3, 2)?.to((DType::F64, &device))?;
    /// assert_eq!(model.weight.dtype(), DType::F64);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn to(mut self, target: impl Into<Options>) -> Result<Self>
    where
        Self: Sized,
    {
        self.to_(target)?;
        Ok(self)
    }

    /// As [`ModuleExt::to`], in place.
    ///
    /// ```
    /// use rushlight::nn::{Layer, Linear, ModuleExt, ReLU};
    /// use rushlight::DType;
    /// let mut layers: Vec<Box<dyn Layer>> = vec![Box::new(Linear::new(3, 2)?), Box::new(ReLU::new())];
    /// for layer in &mut layers {
    ///     layer.to_(DType::F16)?;
    /// }
    /// assert_eq!(layers[0].parameters()[0].dtype(), DType::F16);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn to_(&mut self, target: impl Into<Options>) -> Result<()> {
        let target = target.into();
        if let Some(dtype) = target.dtype
            && !dtype.is_float()
        {
            return Err(Error::dtype(format!(
                "to: a module's parameters are floating-point, they cannot become {dtype}"
            )));
        }
        let moved = self.as_module_mut().visit_mut(&mut Move {
            target,
            moved: HashMap::new(),
        });
        match moved {
            Ok(()) => Ok(()),
            Err(e) => Err(e.here()),
        }
    }

    /// Calls `f` on every module of the tree, children first. PyTorch: `apply`.
    ///
    /// ```
    /// use rushlight::nn::{Linear, ModuleExt, init};
    /// let model = Linear::new(3, 2)?;
    /// model.apply(|m| match m.downcast_ref::<Linear>() {
    ///     Some(linear) => init::zeros_(&linear.weight),
    ///     None => Ok(()),
    /// })?;
    /// assert_eq!(model.weight.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn apply(&self, mut f: impl FnMut(&dyn Module) -> Result<()>) -> Result<()> {
        apply(self.as_module(), &mut f)
    }

    /// Calls `forward` as this module's forward: with its hooks for inputs of this type around it, and the module named in an error.
    ///
    /// For modules that take more than one input: the first is the one that hooks see, the closure captures the others. A module whose
    /// hooks are to see all inputs implements [`Forward`](crate::Forward) for a tuple of tensors instead. With `#[track_caller]` an
    /// error names the line from which the method was called. PyTorch: `Module.__call__`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Linear, Module, ModuleExt, ModuleState};
    /// use rushlight::{Result, Tensor};
    ///
    /// #[derive(Module)]
    /// struct CrossAttention { query: Linear, key: Linear, value: Linear, state: ModuleState }
    ///
    /// impl CrossAttention {
    ///     #[track_caller]
    ///     fn call(&self, x: &Tensor, memory: &Tensor) -> Result<Tensor> {
    ///         self.call_forward(x, |x| self.attend(x, memory))
    ///     }
    ///
    ///     fn attend(&self, x: &Tensor, memory: &Tensor) -> Result<Tensor> {
    ///         let (q, k, v) = (self.query.call(x)?, self.key.call(memory)?, self.value.call(memory)?);
    ///         q.matmul(&k.t()?)?.softmax(-1)?.matmul(&v)
    ///     }
    /// }
    ///
    /// let attention = CrossAttention {
    ///     query: Linear::new(4, 2)?,
    ///     key: Linear::new(6, 2)?,
    ///     value: Linear::new(6, 3)?,
    ///     state: ModuleState::default(),
    /// };
    /// let (x, memory) = (Tensor::zeros([5, 4], ())?, Tensor::zeros([7, 6], ())?);
    /// assert_eq!(attention.call(&x, &memory)?.shape(), [5, 3]);
    /// let e = attention.call(&x, &x).unwrap_err().to_string();
    /// assert!(e.contains("in key (Linear 6→2)") && e.contains("in CrossAttention, called at"), "{e}");
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn call_forward<In, Out>(
        &self,
        input: &In,
        forward: impl FnOnce(&In) -> Result<Out>,
    ) -> Result<Out>
    where
        In: ?Sized + ToOwned + 'static,
        Out: 'static,
    {
        surround(self.as_module(), input, forward)
    }

    /// Forgets the gradients of all parameters. PyTorch: `zero_grad`.
    fn zero_grad(&self) {
        self.parameters()
            .iter()
            .for_each(|p| p.tensor().zero_grad());
    }

    /// Freezes all parameters, or thaws them. PyTorch: `requires_grad_`.
    #[track_caller]
    fn requires_grad_(&self, requires_grad: bool) -> Result<()> {
        for p in self.parameters() {
            p.tensor().requires_grad_(requires_grad)?;
        }
        Ok(())
    }

    /// How many numbers the parameters hold, those that are frozen included.
    fn num_parameters(&self) -> usize {
        self.parameters().iter().map(|p| p.numel()).sum()
    }

    /// All parameters and persistent buffers by name. The tensors share the module's memory; [`StateDict::copy`] separates them.
    fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        walk(self.as_module(), &mut |path, module| {
            let contents = Contents::of(module);
            for (name, p) in contents.parameters {
                state.insert(join(path, &name), p.detach());
            }
            for (name, b) in contents
                .buffers
                .into_iter()
                .filter(|(_, b)| b.is_persistent())
            {
                state.insert(join(path, &name), b.detach());
            }
        });
        state
    }

    /// Copies a state dict into the module's own tensors, so that optimizers keep their parameters.
    ///
    /// One error lists everything that does not fit: keys of another shape or kind of dtype and, if `strict`, missing and unexpected ones,
    /// with names that are similar; nothing is changed then. Without `strict` the keys left alone are returned.
    #[track_caller]
    fn load_state_dict(&self, state: &StateDict, strict: bool) -> Result<IncompatibleKeys> {
        self.load_state_dict_with(state, LoadOptions::new().strict(strict))
    }

    /// As [`ModuleExt::load_state_dict`], with a choice of the keys and of the names that they are loaded under.
    ///
    /// ```
    /// use rushlight::nn::{Linear, LoadOptions, ModuleExt, sequential};
    /// let saved = sequential![Linear::new(4, 3)?, Linear::new(3, 2)?].state_dict();
    /// let model = sequential![Linear::new(4, 3)?, Linear::new(3, 5)?];
    /// // All but the last layer, which is of another size here.
    /// let options = LoadOptions::new().strict(false).filter(|name| !name.starts_with("1."));
    /// let left = model.load_state_dict_with(&saved, options)?;
    /// assert_eq!(left.missing, ["1.weight", "1.bias"]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn load_state_dict_with(
        &self,
        state: &StateDict,
        options: LoadOptions<'_>,
    ) -> Result<IncompatibleKeys> {
        let what = format!("load_state_dict of {}", self.type_name());
        load(&what, &self.state_dict(), state, &options)
    }

    /// Writes the state dict to a safetensors file, which is replaced as a whole or not at all.
    #[track_caller]
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_tensors(path, &self.state_dict(), &BTreeMap::new())
    }

    /// Reads a state dict from a safetensors file, strictly: every key must fit. PyTorch: `load_state_dict(torch.load(path))`.
    ///
    /// Nothing is changed on an error. A file in another format, such as a PyTorch checkpoint, is named by its format.
    #[track_caller]
    fn load(&self, path: impl AsRef<Path>) -> Result<()> {
        self.load_with(path, LoadOptions::new())?;
        Ok(())
    }

    /// As [`ModuleExt::load`], with a choice of the keys and of the names that they are loaded under.
    ///
    /// ```
    /// use rushlight::nn::{Linear, LoadOptions, ModuleExt, sequential};
    /// let path = std::env::temp_dir().join(format!("rushlight-doc-load-{}", std::process::id()));
    /// sequential![Linear::new(4, 3)?, Linear::new(3, 2)?].save(&path)?;
    /// let head = Linear::new(3, 2)?;
    /// head.load_with(&path, LoadOptions::new().prefix("1."))?;
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    fn load_with(
        &self,
        path: impl AsRef<Path>,
        options: LoadOptions<'_>,
    ) -> Result<IncompatibleKeys> {
        let path = path.as_ref();
        let saved = load_tensors(path)?;
        let what = format!("load {path:?} into {}", self.type_name());
        load(&what, &self.state_dict(), &saved.tensors, &options)
    }
}

impl<M: Module + ?Sized> ModuleExt for M {}

fn apply(module: &dyn Module, f: &mut dyn FnMut(&dyn Module) -> Result<()>) -> Result<()> {
    for (_, child) in Contents::of(module).modules {
        apply(child, f)?;
    }
    f(module)
}

#[track_caller]
fn check_free(what: &str, module: &dyn Module, name: &str) -> Result<()> {
    let Contents {
        parameters,
        buffers,
        modules,
    } = Contents::of(module);
    let taken = parameters
        .iter()
        .map(|p| &p.0)
        .chain(buffers.iter().map(|b| &b.0))
        .chain(modules.iter().map(|m| &m.0));
    match taken.into_iter().any(|taken| taken == name) {
        true => Err(Error::value(format!(
            "{what}: {} has something named {name:?} already",
            module.type_name()
        ))),
        false => Ok(()),
    }
}

#[cold]
#[track_caller]
fn no_state(what: &str, module: &str) -> Error {
    Error::value(format!(
        "{what}: {module} has nowhere to keep it; give it a field of type ModuleState"
    ))
}
