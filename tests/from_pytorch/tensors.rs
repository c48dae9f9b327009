//! 8.2 Tensors.

use super::section;
use rushlight::prelude::*;
use rushlight::{Ellipsis, NewAxis, step};

section! { creation, "8.2.1 Making tensors";
    "torch.manual_seed(110)" => { manual_seed(110) };
    "torch.tensor([1, 2, 3, 4])" => { tensor!([1, 2, 3, 4]) };
    "torch.tensor([[1, 2, 3], [4, 5, 6]])" => { tensor!([[1, 2, 3], [4, 5, 6]]) };
    "torch.tensor(2.0)" => { tensor!(2.0) };
    "torch.tensor(xs, dtype=torch.float64)" => { tensor!([1, 2]).to(DType::F64)? };
    "torch.from_numpy(a)  # a buffer and its shape" => { Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0], [2, 2])? };
    "torch.zeros(2, 3)" => { Tensor::zeros([2, 3], ())? };
    "torch.ones(2, 3, dtype=torch.int64)" => { Tensor::ones([2, 3], DType::I64)? };
    "torch.full((2, 3), 0.5)" => { Tensor::full([2, 3], 0.5, ())? };
    "torch.eye(3)" => { Tensor::eye(3, ())? };
    "torch.arange(0, 10, 2)" => { Tensor::arange(0, 10, 2, ())? };
    "torch.linspace(0, 1, 5)" => { Tensor::linspace(0.0, 1.0, 5, ())? };
    "torch.rand(2, 3)" => { Tensor::rand([2, 3], ())? };
    "torch.randn(2, 3)" => { Tensor::randn([2, 3], ())? };
    "torch.randint(0, 10, (2, 3))" => { Tensor::randint(0, 10, [2, 3], ())? };
    "torch.randperm(5)" => { Tensor::randperm(5, ())? };
    "" => { let x = Tensor::randn([2, 3], ())? };
    "torch.zeros_like(x)" => { x.zeros_like()? };
    "torch.cat([x, x], dim=0)" => { Tensor::cat(&[&x, &x], 0)? };
    "torch.stack([x, x])" => { Tensor::stack(&[&x, &x], 0)? };
}

section! { attributes, "8.2.1 Attributes and values";
    "x = torch.tensor([[1, 2, 3], [4, 5, 6]])" => { let x = tensor!([[1, 2, 3], [4, 5, 6]]) };
    "x.shape" => { x.shape() };
    "x.size(0)" => { x.size(0)? };
    "x.ndim" => { x.ndim() };
    "x.dtype" => { x.dtype() };
    "x.device" => { x.device() };
    "x.numel()" => { x.numel() };
    "x.is_contiguous()" => { x.is_contiguous() };
    "x.sum().item()" => { x.sum()?.item::<i64>()? };
    "x.flatten().tolist()" => { x.to_vec::<i64>()? };
    "x.tolist()" => { x.to_vec2::<i64>()? };
    "print(x)" => { println!("{x}") };
    "x.float()" => { x.float()? };
    "x.to(torch.float64)" => { x.to(DType::F64)? };
    "x.clone()" => { x.copy()? };
    "y = x  # the same tensor" => { let y = x.clone() };
}

section! { arithmetic, "8.2.2 Element by element";
    "" => { let x = tensor!([[1.0, -2.0], [3.0, 4.0]]) };
    "" => { let y = tensor!([[2.0, 2.0], [0.5, 4.0]]) };
    "x + y" => { &x + &y };
    "x + y  # as a method" => { x.add(&y)? };
    "x * 2 - 1" => { &x * 2.0 - 1.0 };
    "1 / x" => { 1.0 / &x };
    "-x" => { -&x };
    "x ** 2" => { x.pow(2)? };
    "x += y" => { x.add_(&y)? };
    "x.exp()" => { x.exp()? };
    "torch.sqrt(x.abs())" => { x.abs()?.sqrt()? };
    "torch.relu(x)" => { x.relu()? };
    "torch.sigmoid(x)" => { x.sigmoid()? };
    "x.clamp(0, 1)" => { x.clamp(0.0, 1.0)? };
    "torch.maximum(x, y)" => { x.maximum(&y)? };
    "x > 0" => { x.gt(0)? };
    "x == y" => { x.eq(&y)? };
    "(x > 0) & (y > 1)" => { x.gt(0)?.logical_and(&y.gt(1)?)? };
    "torch.where(x > 0, x, 0.0)" => { x.gt(0)?.where_cond(&x, 0.0)? };
    "torch.equal(x, y)" => { x.equal(&y)? };
    "torch.allclose(x, y)" => { x.allclose(&y, 1e-5, 1e-8)? };
    "x.isnan().any()" => { x.isnan()?.any()? };
}

section! { reductions, "8.2.2 Reductions";
    "" => { let x = tensor!([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]) };
    "x.sum()" => { x.sum()? };
    "x.sum(dim=1)" => { x.sum_dim(1, false)? };
    "x.mean(dim=1)" => { x.mean_dim(1, false)? };
    "x.mean(dim=(0, 1), keepdim=True)" => { x.mean_dim([0, 1], true)? };
    "x.std()" => { x.std()? };
    "x.max()" => { x.max()? };
    "values, indices = x.max(dim=1)" => { let (values, indices) = x.max_dim(1, false)? };
    "x.argmax(dim=1)" => { x.argmax_dim(1, false)? };
    "x.cumsum(0)" => { x.cumsum(0)? };
    "x.norm()" => { x.norm()? };
    "x.softmax(dim=-1)" => { x.softmax(-1)? };
    "values, indices = x.topk(2)" => { let (values, indices) = x.topk(2, -1, true)? };
    "values, indices = x.sort(descending=True)" => { let (values, indices) = x.sort(-1, true)? };
}

section! { indexing, "8.2.2 Indexing";
    "" => { let x = Tensor::randn([4, 3, 5], ())? };
    "x[0]" => { x.i(0)? };
    "x[0, 1]" => { x.i((0, 1))? };
    "x[1:3]" => { x.i(1..3)? };
    "x[:, -1]" => { x.i((.., -1))? };
    "x[..., 0]" => { x.i((Ellipsis, 0))? };
    "x[::2]" => { x.i(step(.., 2))? };
    "x[None]" => { x.i(NewAxis)? };
    "x[torch.tensor([0, 2])]" => { x.i(&tensor!([0, 2]))? };
    "x[x > 0]" => { x.masked_select(&x.gt(0)?)? };
    "x[0, 0, 0] = 99" => { x.set([0, 0, 0], 99)? };
    "x[0] = 0" => { x.i(0)?.fill_(0)? };
    "x.index_select(1, idx)" => { x.index_select(1, &tensor!([0, 2]))? };
    "x.gather(2, idx)" => { x.gather(2, &tensor!([[[0]]]))? };
}

section! { shapes, "8.2.3 Shapes and views";
    "" => { let x = Tensor::randn([2, 3], ())? };
    "x.reshape(3, 2)" => { x.reshape([3, 2])? };
    "x.view(3, 2)" => { x.view([3, 2])? };
    "x.view(-1)" => { x.view(-1)? };
    "x.flatten()" => { x.flatten(0, -1)? };
    "x.T" => { x.t()? };
    "x.transpose(0, 1)" => { x.transpose(0, 1)? };
    "x.permute(1, 0)" => { x.permute([1, 0])? };
    "x.unsqueeze(0)" => { x.unsqueeze(0)? };
    "x.squeeze()" => { x.squeeze()? };
    "x.squeeze(1)" => { x.squeeze_dim(1)? };
    "x.expand(4, 2, 3)" => { x.expand([4, 2, 3])? };
    "x.repeat(2, 1)" => { x.repeat([2, 1])? };
    "x.narrow(0, 0, 1)" => { x.narrow(0, 0, 1)? };
    "x.split(1)" => { x.split(1, 0)? };
    "x.chunk(2, dim=1)" => { x.chunk(2, 1)? };
    "x.contiguous()" => { x.contiguous()? };
    "x.detach()" => { x.detach() };
}

section! { products, "8.2.2 Linear algebra";
    "" => { let (a, b) = (Tensor::randn([2, 3], ())?, Tensor::randn([3, 4], ())?) };
    "a @ b" => { a.matmul(&b)? };
    "torch.matmul(a, b)" => { rushlight::matmul(&a, &b)? };
    "torch.einsum('ij,jk->ik', a, b)" => { Tensor::einsum("ij,jk->ik", &[&a, &b])? };
    "torch.linalg.norm(a)" => { rushlight::linalg::norm(&a, None, None, false)? };
    "torch.linalg.inv(m)" => { rushlight::linalg::inv(&tensor!([[2.0, 0.0], [0.0, 4.0]]))? };
}

section! { devices, "8.2.3 Devices";
    "torch.cuda.is_available()" => { rushlight::gpu::is_available() };
    "device = 'cuda' if torch.cuda.is_available() else 'cpu'" => { let device = if rushlight::gpu::is_available() { Device::gpu(0)? } else { Device::CPU } };
    "x = torch.randn(2, 3, device=device)" => { let x = Tensor::randn([2, 3], &device)? };
    "x.to(device)" => { x.to(&device)? };
    "x.cpu()" => { x.to(&Device::CPU)? };
    "torch.cuda.synchronize()" => { device.synchronize()? };
}
