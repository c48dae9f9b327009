//! Moving a tree of modules to another device or dtype.

use crate::{Buffer, Module, Parameter, VisitorMut};
use rushlight_autograd::Autograd;
use rushlight_tensor::{Options, Result};
use std::collections::HashMap;

/// A visitor that moves every parameter and buffer.
pub(crate) struct Move {
    pub target: Options,
    /// The parameters that have been moved, so that tied weights stay one parameter. The old ones are kept so that no identity is reused.
    pub moved: HashMap<usize, (Parameter, Parameter)>,
}

impl VisitorMut for Move {
    fn parameter(&mut self, _name: &str, parameter: &mut Parameter) -> Result<()> {
        if let Some((_, new)) = self.moved.get(&parameter.identity()) {
            *parameter = new.clone();
            return Ok(());
        }
        let old = parameter.clone();
        let tensor = old.detach();
        let new = tensor.to(self.target.clone())?;
        let same = new.dtype() == tensor.dtype() && new.device() == tensor.device();
        if same {
            return Ok(());
        }
        parameter.replace(new)?;
        if let Some(grad) = old.grad() {
            parameter.set_grad(Some(grad.to(self.target.clone())?))?;
        }
        self.moved.insert(old.identity(), (old, parameter.clone()));
        Ok(())
    }

    fn buffer(&mut self, _name: &str, buffer: &mut Buffer) -> Result<()> {
        let mut target = self.target.clone();
        if !buffer.dtype().is_float() {
            target.dtype = None;
        }
        buffer.replace(buffer.tensor().to(target)?);
        Ok(())
    }

    fn module(&mut self, _name: &str, module: &mut dyn Module) -> Result<()> {
        module.visit_mut(self)
    }
}
