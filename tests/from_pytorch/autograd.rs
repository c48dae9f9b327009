//! 8.3 Autograd.

use super::section;
use rushlight::autograd::{self, enable_grad};
use rushlight::prelude::*;

section! { gradients, "8.3.1 and 8.3.2 Gradients";
    "x = torch.tensor(2.0, requires_grad=True)" => { let x = tensor!(2.0).requires_grad_(true)? };
    "y = torch.tensor(3.0, requires_grad=True)" => { let y = tensor!(3.0).requires_grad_(true)? };
    "z = x**2 + y**3" => { let z = x.pow(2)? + y.pow(3)? };
    "z.backward()" => { z.backward()? };
    "x.grad" => { x.grad() };
    "x.grad.item()" => { x.grad().unwrap().item::<f32>()? };
    "x.grad.zero_()" => { x.grad().unwrap().zero_()? };
    "x.grad = None" => { x.zero_grad() };
    "z = x**2" => { let z = x.pow(2)? };
    "torch.autograd.grad(z, x)" => { autograd::grad(&[&z], &[&x], Default::default())? };
    "z.is_leaf, z.requires_grad" => { (z.is_leaf(), z.requires_grad()) };
}

section! { control, "8.3.3 Without gradients";
    "" => { let x = tensor!([1.0, 2.0]).requires_grad_(true)? };
    "y = x.detach() + 5" => { let y = x.detach().add(5)? };
    "with torch.no_grad(): y = x * 2" => { let y = no_grad(|| x.mul(2))? };
    "with torch.enable_grad(): y = x * 2" => { let y = enable_grad(|| x.mul(2))? };
    "x.requires_grad_(False)" => { x.requires_grad_(false)? };
    "torch.is_grad_enabled()" => { rushlight::is_grad_enabled() };
    "torch.autograd.gradcheck(f, inputs)" => { autograd::gradcheck(|x| x[0].sin(), &[Tensor::rand(3, DType::F64)?.requires_grad_(true)?], Default::default())? };
}
