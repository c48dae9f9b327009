//! The structure of a network: the parameters, buffers and child modules of a module, and their names.
//!
//! The structure is separate from the computation. [`Module`] is derived and object-safe, so that a whole network can be traversed without
//! knowing the types in it; the computation is [`Forward`](crate::Forward), which is generic over the input.

use crate::deep_copy::{CopyBoxed, copy_box};
use crate::{Buffer, CopyMemo, ModuleState, Parameter};
use rushlight_tensor::{Error, Result};
use std::any::Any;

/// A part of a network, with parameters, buffers and child modules that have PyTorch's names. Use `#[derive(Module)]` to implement it.
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
    /// Passes every parameter, buffer and child module to `visitor`, in the order of the fields.
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>);

    /// Like [`Module::visit`], with mutable references, so that the visitor can replace them.
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()>;

    /// The training flag, the hooks and the tensors that were registered at run time, if the module has a field of this type.
    #[inline]
    fn state(&self) -> Option<&ModuleState> {
        None
    }

    /// The mutable version of [`Module::state`].
    fn state_mut(&mut self) -> Option<&mut ModuleState> {
        None
    }

    /// The name of the type, such as `Linear`.
    fn type_name(&self) -> &'static str;

    /// A short description of the type and its sizes for error messages, such as `Linear 12→5`.
    fn description(&self) -> String {
        self.type_name().to_owned()
    }

    /// The text in the parentheses of the printed form, such as `in_features=12, out_features=5, bias=True`.
    fn extra_repr(&self) -> String {
        String::new()
    }

    /// Returns a copy whose parameters and buffers have their own memory: one step of [`ModuleExt::deep_copy`](crate::ModuleExt::deep_copy).
    ///
    /// The derive copies nodes through `memo` and clones the fields marked `#[module(skip)]`. The default implementation returns an error.
    fn copy_with(&self, _memo: &mut CopyMemo) -> Result<Self>
    where
        Self: Sized,
    {
        Err(Error::unsupported(format!(
            "deep_copy: {} does not implement Module::copy_with",
            self.type_name()
        )))
    }

    /// Returns the module as a trait object; for a box, the module in it.
    fn as_module(&self) -> &dyn Module;

    /// The mutable version of [`Module::as_module`].
    fn as_module_mut(&mut self) -> &mut dyn Module;
}

impl dyn Module {
    /// Returns the module as an `M`, if it is one. PyTorch: `isinstance(m, nn.Linear)`.
    pub fn downcast_ref<M: Module>(&self) -> Option<&M> {
        (self as &dyn Any).downcast_ref()
    }

    /// The mutable version of `downcast_ref`.
    pub fn downcast_mut<M: Module>(&mut self) -> Option<&mut M> {
        (self as &mut dyn Any).downcast_mut()
    }

    /// Whether the module is an `M`.
    pub fn is<M: Module>(&self) -> bool {
        (self as &dyn Any).is::<M>()
    }
}

/// A visitor of the contents of a module, for [`Module::visit`].
pub trait Visitor<'a> {
    /// Visits a parameter of the module itself.
    fn parameter(&mut self, _name: &str, _parameter: &'a Parameter) {}
    /// Visits a buffer of the module itself.
    fn buffer(&mut self, _name: &str, _buffer: &'a Buffer) {}
    /// Visits a child module. Call its [`Module::visit`] to visit its contents too.
    fn module(&mut self, _name: &str, _module: &'a dyn Module) {}
}

/// A visitor that can replace the contents of a module, for [`Module::visit_mut`].
pub trait VisitorMut {
    /// Visits a parameter of the module itself.
    fn parameter(&mut self, _name: &str, _parameter: &mut Parameter) -> Result<()> {
        Ok(())
    }
    /// Visits a buffer of the module itself.
    fn buffer(&mut self, _name: &str, _buffer: &mut Buffer) -> Result<()> {
        Ok(())
    }
    /// Visits a child module. Call its [`Module::visit_mut`] to visit its contents too.
    fn module(&mut self, _name: &str, _module: &mut dyn Module) -> Result<()> {
        Ok(())
    }
}

/// The types of fields of a derived module: a module, a [`Parameter`], a [`Buffer`], or an option, vector, array or box of them.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is neither a module, a Parameter nor a Buffer",
    label = "not part of a network",
    note = "if `{Self}` is plain data, mark the field with #[module(skip)]",
    note = "if it is a module, add #[derive(Module)] to it"
)]
pub trait Node: Send + Sync + 'static {
    /// Passes the contents of the field to `visitor`.
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>);
    /// The mutable version of [`Node::visit_node`].
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()>;
    /// Returns a copy of the field that has its own memory.
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
            Err(_) => unreachable!("there are as many copies as elements"),
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
