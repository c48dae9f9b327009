//! The structure of a network: what a module holds, and by which names.
//!
//! Structure is apart from the call. [`Module`] is derived and object-safe, so that a whole network can be walked without knowing a
//! single type in it; how a module is called is [`Forward`](crate::Forward), which is generic over what goes in.

use crate::deep_copy::{CopyBoxed, copy_box};
use crate::{Buffer, CopyMemo, ModuleState, Parameter};
use rushlight_tensor::{Error, Result};
use std::any::Any;

/// A part of a network: parameters, buffers and child modules, by PyTorch's names. Derive it.
///
/// ```
/// use rushlight::nn::{Linear, Module, ModuleExt, ModuleState, Parameter};
/// use rushlight::Tensor;
///
/// #[derive(Module)]
/// struct Net {
///     fc1: Linear,
///     scale: Parameter,
///     state: ModuleState,
/// }
///
/// let net = Net {
///     fc1: Linear::new(10, 5)?,
///     scale: Parameter::new(Tensor::ones([5], ())?)?,
///     state: ModuleState::default(),
/// };
/// let names: Vec<String> = net.named_parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["scale", "fc1.weight", "fc1.bias"]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    note = "add #[derive(Module)] to `{Self}`"
)]
pub trait Module: Any + Send + Sync + CopyBoxed {
    /// Shows every parameter, buffer and child module, in the order of the fields.
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>);

    /// As [`Module::visit`], for replacing them.
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()>;

    /// The training flag, the hooks and what was registered at run time, if the module has a field for them.
    #[inline]
    fn state(&self) -> Option<&ModuleState> {
        None
    }

    /// As [`Module::state`].
    fn state_mut(&mut self) -> Option<&mut ModuleState> {
        None
    }

    /// The name of the type: `Linear`.
    fn type_name(&self) -> &'static str;

    /// The type with its sizes in a few characters, for error messages: `Linear 12→5`.
    fn description(&self) -> String {
        self.type_name().to_owned()
    }

    /// What stands in the parentheses of the printed form: `in_features=12, out_features=5, bias=True`.
    fn extra_repr(&self) -> String {
        String::new()
    }

    /// A copy whose parameters and buffers have memory of their own: one step of [`ModuleExt::deep_copy`](crate::ModuleExt::deep_copy).
    ///
    /// The derive copies nodes through `memo` and clones the fields marked `#[module(skip)]`. Without an implementation it is an error.
    fn copy_with(&self, _memo: &mut CopyMemo) -> Result<Self>
    where
        Self: Sized,
    {
        Err(Error::unsupported(format!(
            "deep_copy: {} does not say how it is copied; implement Module::copy_with for it",
            self.type_name()
        )))
    }

    /// The module as a trait object. A box answers for what it holds.
    fn as_module(&self) -> &dyn Module;

    /// As [`Module::as_module`].
    fn as_module_mut(&mut self) -> &mut dyn Module;
}

impl dyn Module {
    /// The module as its own type, if it is a `M`. PyTorch: `isinstance(m, nn.Linear)`.
    pub fn downcast_ref<M: Module>(&self) -> Option<&M> {
        (self as &dyn Any).downcast_ref()
    }

    /// As `downcast_ref`, for changing it.
    pub fn downcast_mut<M: Module>(&mut self) -> Option<&mut M> {
        (self as &mut dyn Any).downcast_mut()
    }

    /// Whether the module is a `M`.
    pub fn is<M: Module>(&self) -> bool {
        (self as &dyn Any).is::<M>()
    }
}

/// What [`Module::visit`] shows a module's contents to.
pub trait Visitor<'a> {
    /// A parameter of the module itself.
    fn parameter(&mut self, _name: &str, _parameter: &'a Parameter) {}
    /// A buffer of the module itself.
    fn buffer(&mut self, _name: &str, _buffer: &'a Buffer) {}
    /// A child module; to go on into it, call its [`Module::visit`].
    fn module(&mut self, _name: &str, _module: &'a dyn Module) {}
}

/// What [`Module::visit_mut`] shows a module's contents to.
pub trait VisitorMut {
    /// A parameter of the module itself.
    fn parameter(&mut self, _name: &str, _parameter: &mut Parameter) -> Result<()> {
        Ok(())
    }
    /// A buffer of the module itself.
    fn buffer(&mut self, _name: &str, _buffer: &mut Buffer) -> Result<()> {
        Ok(())
    }
    /// A child module; to go on into it, call its [`Module::visit_mut`].
    fn module(&mut self, _name: &str, _module: &mut dyn Module) -> Result<()> {
        Ok(())
    }
}

/// What may stand in a field of a derived module: a module, a [`Parameter`], a [`Buffer`], or an option, vector, array or box of them.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is neither a module, a Parameter nor a Buffer",
    label = "not part of a network",
    note = "if `{Self}` is plain data, mark the field with #[module(skip)]",
    note = "if it is a module, add #[derive(Module)] to it"
)]
pub trait Node: Send + Sync + 'static {
    /// Shows what the field holds.
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>);
    /// As [`Node::visit_node`], for replacing it.
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()>;
    /// A copy of the field with memory of its own.
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self>
    where
        Self: Sized;
}

impl Node for Parameter {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        visitor.parameter(name, self);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.parameter(name, self)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        memo.parameter(self)
    }
}

impl Node for Buffer {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        visitor.buffer(name, self);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.buffer(name, self)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        memo.buffer(self)
    }
}

impl<M: Module> Node for M {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        visitor.module(name, self.as_module());
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.module(name, self.as_module_mut())
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        self.copy_with(memo)
    }
}

impl<T: Node> Node for Option<T> {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        if let Some(node) = self {
            node.visit_node(name, visitor);
        }
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        match self {
            Some(node) => node.visit_node_mut(name, visitor),
            None => Ok(()),
        }
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        self.as_ref().map(|node| node.copy_node(memo)).transpose()
    }
}

impl<T: Node> Node for [T]
where
    [T]: Send + Sync,
{
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        for (i, node) in self.iter().enumerate() {
            node.visit_node(&format!("{name}.{i}"), visitor);
        }
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (i, node) in self.iter_mut().enumerate() {
            node.visit_node_mut(&format!("{name}.{i}"), visitor)?;
        }
        Ok(())
    }
}

impl<T: Node> Node for Vec<T> {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        self.as_slice().visit_node(name, visitor);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.as_mut_slice().visit_node_mut(name, visitor)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        self.iter().map(|node| node.copy_node(memo)).collect()
    }
}

impl<T: Node, const N: usize> Node for [T; N] {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        self.as_slice().visit_node(name, visitor);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.as_mut_slice().visit_node_mut(name, visitor)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        let copies: Vec<T> = self
            .iter()
            .map(|node| node.copy_node(memo))
            .collect::<Result<_>>()?;
        match copies.try_into() {
            Ok(copies) => Ok(copies),
            Err(_) => unreachable!("as many copies as there are elements"),
        }
    }
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>) {
        (**self).visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        (**self).visit_mut(visitor)
    }
    #[inline]
    fn state(&self) -> Option<&ModuleState> {
        (**self).state()
    }
    fn state_mut(&mut self) -> Option<&mut ModuleState> {
        (**self).state_mut()
    }
    fn type_name(&self) -> &'static str {
        (**self).type_name()
    }
    fn description(&self) -> String {
        (**self).description()
    }
    fn extra_repr(&self) -> String {
        (**self).extra_repr()
    }
    fn copy_with(&self, memo: &mut CopyMemo) -> Result<Self> {
        copy_box(self, memo)
    }
    fn as_module(&self) -> &dyn Module {
        (**self).as_module()
    }
    fn as_module_mut(&mut self) -> &mut dyn Module {
        (**self).as_module_mut()
    }
}
