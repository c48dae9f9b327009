//! Methods for whole trees of modules: listing, training and evaluation mode, moving, saving and loading.

use crate::call::surround;
use crate::loading::{IncompatibleKeys, LoadOptions, load};
use crate::moving::Move;
use crate::saving::{load_tensors, save_tensors};
use crate::tree::{Contents, children_first, join, walk};
use crate::{Buffer, CopyMemo, Module, ModuleState, Parameter, StateDict};
use rushlight_autograd::Autograd;
use rushlight_tensor::{Error, Options, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The methods of PyTorch's `nn.Module` that traverse the tree. Every module has them, including `dyn Module`.
///
/// Lists are in PyTorch's order: the parameters of a module come before those of its children. A parameter or buffer that occurs in two
/// places (tied weights) is listed once, under its first name.
///
/// A call resolves to these methods before a method of the same name that a type defines with `&mut self`, because the compiler tries
/// `&net` before `&mut net`: `net.train(&data)` is [`ModuleExt::train`] even if `Net` defines `fn train(&mut self, data: &Data)`. Call the
/// latter as `Net::train(&mut net, &data)`, or rename it. A method of the type that takes `&self` has precedence over these methods, except
/// over `to`, which takes `self` by value.
pub trait ModuleExt: Module {
    /// Returns handles to all parameters, for example for an optimizer.
    fn parameters(&self) -> Vec<Parameter> {
        self.named_parameters()
            .into_iter()
            .map(|(_, p)| p)
            .collect()
    }

    /// Returns the names of all parameters, such as `layer1.weight`, with handles to them.
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

    /// Returns the names of all buffers, such as `bn.running_mean`, with handles to them.
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

    /// Returns handles to all buffers.
    fn buffers(&self) -> Vec<Buffer> {
        self.named_buffers().into_iter().map(|(_, b)| b).collect()
    }

    /// Returns all modules of the tree with their paths. This module is the first one, with the empty path.
    fn named_modules(&self) -> Vec<(String, &dyn Module)> {
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            list.push((path.to_owned(), module))
        });
        list
    }

    /// Returns all modules of the tree, beginning with this one.
    fn modules(&self) -> Vec<&dyn Module> {
        self.named_modules().into_iter().map(|(_, m)| m).collect()
    }

    /// Returns the child modules with their names.
    fn named_children(&self) -> Vec<(String, &dyn Module)> {
        Contents::of(self.as_module()).modules
    }

    /// Returns the child modules.
    fn children(&self) -> Vec<&dyn Module> {
        self.named_children().into_iter().map(|(_, m)| m).collect()
    }

    /// Returns the module at a dotted path, such as `encoder.0`. The empty path is this module.
    ///
    /// # Errors
    /// If there is no such module.
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

    /// Returns the parameter at a dotted path, such as `fc1.weight`.
    ///
    /// # Errors
    /// If there is no such parameter.
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

    /// Returns the buffer at a dotted path, such as `bn.running_mean`.
    ///
    /// # Errors
    /// If there is no such buffer.
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

    /// Adds a parameter to this module at run time. It is listed, saved and moved like any other.
    ///
    /// # Errors
    /// If the name is in use, or if the module has no [`ModuleState`](crate::ModuleState).
    #[track_caller]
    fn register_parameter(&mut self, name: &str, parameter: Parameter) -> Result<()> {
        let state = ModuleState::with_room("register_parameter", self.as_module_mut(), name)?;
        state.register_parameter(name, parameter)
    }

    /// Adds a buffer to this module at run time. It is listed, saved and moved like any other.
    ///
    /// # Errors
    /// Those of [`ModuleExt::register_parameter`].
    #[track_caller]
    fn register_buffer(&mut self, name: &str, buffer: Buffer) -> Result<()> {
        let state = ModuleState::with_room("register_buffer", self.as_module_mut(), name)?;
        state.register_buffer(name, buffer)
    }

    /// Sets the whole tree to training mode. PyTorch: `train()`.
    fn train(&self) {
        self.set_training(true);
    }

    /// Sets the whole tree to evaluation mode: dropout is the identity, and batch norm uses its running statistics.
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
    /// The flag is in the module's [`ModuleState`](crate::ModuleState). For a derived struct without one, `self.is_training()` is a compile
    /// error, because `eval()` could not change the flag. For a `dyn Module` or a type parameter without one, the result is that of the modules
    /// that it contains: `false` if one of them is in evaluation mode.
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

    /// Returns a copy of the module that has its own memory for every parameter and buffer. PyTorch: `copy.deepcopy(model)`.
    ///
    /// Dtypes, devices, `requires_grad`, training flags and tensors that were registered at run time are copied; tied weights are tied in the
    /// copy. No random numbers are drawn. Fields marked `#[module(skip)]` are cloned, or copied if they are tensors. Hooks and gradients are not
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

    /// Moves all parameters and buffers to a device, converts the floating-point ones to a dtype, or both. PyTorch: `model.to(…)`.
    ///
    /// A parameter that changes becomes a new [`Parameter`], so move a model before making its optimizer. Tied weights stay tied.
    /// [`ModuleExt::to_`] moves a borrowed module.
    ///
    /// # Errors
    /// If the dtype is not a floating-point one, or if memory on the device cannot be allocated. The module is then dropped.
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

    /// The in-place version of [`ModuleExt::to`].
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
                "to: parameters can only be converted to floating-point dtypes, got {dtype}"
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
        children_first(self.as_module(), &mut f)
    }

    /// Calls `forward` as this module's forward: the hooks for inputs of this type run, and an error names the module.
    /// PyTorch: `Module.__call__`.
    ///
    /// This is for modules with more than one input: hooks receive the first one, and the closure captures the others. A module whose hooks
    /// should receive all inputs implements [`Forward`](crate::Forward) for a tuple of tensors instead. If the calling method is marked
    /// `#[track_caller]`, an error names the line of its call.
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

    /// Clears the gradients of all parameters. PyTorch: `zero_grad`.
    fn zero_grad(&self) {
        self.parameters()
            .iter()
            .for_each(|p| p.tensor().zero_grad());
    }

    /// Sets whether the parameters require gradients; `false` freezes them. PyTorch: `requires_grad_`.
    #[track_caller]
    fn requires_grad_(&self, requires_grad: bool) -> Result<()> {
        for p in self.parameters() {
            p.tensor().requires_grad_(requires_grad)?;
        }
        Ok(())
    }

    /// Returns the total number of elements of the parameters, including frozen ones.
    fn num_parameters(&self) -> usize {
        self.parameters().iter().map(|p| p.numel()).sum()
    }

    /// Returns all parameters and persistent buffers by name. The tensors share the module's memory; [`StateDict::copy`] makes a copy.
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

    /// Copies a state dict into the module's tensors, in place, so that optimizers keep their parameters. Without `strict`, returns the missing
    /// and the unexpected keys.
    ///
    /// # Errors
    /// If a tensor has another shape or another kind of dtype or, with `strict`, if keys are missing or unexpected. One error lists all of them,
    /// with similar names, and the module is unchanged.
    #[track_caller]
    fn load_state_dict(&self, state: &StateDict, strict: bool) -> Result<IncompatibleKeys> {
        self.load_state_dict_with(state, LoadOptions::new().strict(strict))
    }

    /// Like [`ModuleExt::load_state_dict`], with options that select and rename keys.
    ///
    /// ```
    /// use rushlight::nn::{Linear, LoadOptions, ModuleExt, sequential};
    /// let saved = sequential![Linear::new(4, 3)?, Linear::new(3, 2)?].state_dict();
    /// let model = sequential![Linear::new(4, 3)?, Linear::new(3, 5)?];
    /// // All layers except the last one, whose size differs.
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

    /// Writes the state dict to a safetensors file, which is replaced atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    #[track_caller]
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_tensors(path, &self.state_dict(), &BTreeMap::new())
    }

    /// Loads a state dict from a safetensors file, strictly. PyTorch: `load_state_dict(torch.load(path))`.
    ///
    /// # Errors
    /// Those of [`ModuleExt::load_state_dict`] and of reading the file; the module is then unchanged. The error for a file in another format,
    /// such as a PyTorch checkpoint, names the format.
    #[track_caller]
    fn load(&self, path: impl AsRef<Path>) -> Result<()> {
        self.load_with(path, LoadOptions::new())?;
        Ok(())
    }

    /// Like [`ModuleExt::load`], with options that select and rename keys.
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
