//! 8.4 Modules and 8.5 activations.

use super::section;
use rushlight::nn::functional as f;
use rushlight::nn::*;
use rushlight::prelude::*;

section! { layers, "8.4.3 Layers";
    "nn.Linear(10, 5)" => { let linear = Linear::new(10, 5)? };
    "nn.Linear(10, 5, bias=False)" => { Linear::with(10, 5, LinearOptions::new().bias(false))? };
    "linear.weight.shape" => { linear.weight.shape() };
    "linear(x)" => { linear.call(&Tensor::randn([32, 10], ())?)? };
    "nn.Conv2d(3, 16, 3, stride=2, padding=1)" => { Conv2d::with(3, 16, 3, ConvOptions::new().stride(2).padding(1))? };
    "nn.Conv2d(3, 16, 3, padding='same')" => { Conv2d::with(3, 16, 3, ConvOptions::new().padding(Padding::Same))? };
    "nn.MaxPool2d(2)" => { MaxPool2d::new(2) };
    "nn.BatchNorm2d(16)" => { BatchNorm2d::new(16)? };
    "nn.LayerNorm(64)" => { LayerNorm::new(64)? };
    "nn.Dropout(0.5)" => { Dropout::new(0.5)? };
    "nn.Embedding(1000, 64)" => { Embedding::new(1000, 64)? };
    "nn.LSTM(10, 20)" => { LSTM::new(10, 20)? };
    "nn.MultiheadAttention(64, 4)" => { MultiheadAttention::new(64, 4)? };
    "nn.TransformerEncoderLayer(64, 4)" => { TransformerEncoderLayer::new(64, 4)? };
    "nn.Flatten()" => { Flatten::new() };
}

section! { structure, "8.4.1, 8.4.2 and 8.4.5 Structure";
    "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))" => { let model = sequential![Linear::new(4, 8)?, ReLU::new(), Linear::new(8, 1)?] };
    "model[0]" => { let first = &model[0] };
    "nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])" => { let layers = ModuleList::from(vec![Linear::new(4, 4)?, Linear::new(4, 4)?]) };
    "nn.Parameter(torch.randn(5, 3))" => { Parameter::new(Tensor::randn([5, 3], ())?)? };
    "self.register_buffer('running_mean', torch.zeros(5))" => { Buffer::new(Tensor::zeros(5, ())?) };
    "list(model.parameters())" => { model.parameters() };
    "for name, param in model.named_parameters(): print(name, param.shape)" => { for (name, param) in model.named_parameters() { println!("{name} {:?}", param.shape()) } };
    "model(x)" => { model.call(&Tensor::randn([32, 4], ())?)? };
    "model.train()" => { model.train() };
    "model.eval()" => { model.eval() };
    "model.training" => { model.is_training() };
    "model.zero_grad()" => { model.zero_grad() };
    "model.requires_grad_(False)" => { model.requires_grad_(false)? };
    "print(model)" => { println!("{model}") };
    "sum(p.numel() for p in model.parameters())" => { model.num_parameters() };
    "torchinfo.summary(model, (32, 4))" => { println!("{}", summary(&model, [32, 4])?) };
    "model.to(device)" => { let model = model.to(&Device::CPU)? };
    "copy.deepcopy(model)" => { model.deep_copy()? };
}

section! { initialization, "8.4.3.1 Initialization";
    "" => { let linear = Linear::new(10, 5)? };
    "init.xavier_uniform_(linear.weight)" => { init::xavier_uniform_(&linear.weight, 1.0)? };
    "init.zeros_(linear.bias)" => { if let Some(bias) = &linear.bias { init::zeros_(bias)? } };
    "init.normal_(linear.weight, 0.0, 0.02)" => { init::normal_(&linear.weight, 0.0, 0.02)? };
    "init.constant_(linear.weight, 0.1)" => { init::constant_(&linear.weight, 0.1)? };
    "model.apply(f)" => { linear.apply(|module| match module.downcast_ref::<Linear>() { Some(linear) => init::zeros_(&linear.weight), None => Ok(()) })? };
}

section! { activations, "8.5 Activation functions";
    "" => { let x = Tensor::randn(5, ())? };
    "F.relu(x)" => { f::relu(&x)? };
    "nn.ReLU()(x)" => { ReLU::new().call(&x)? };
    "nn.LeakyReLU(negative_slope=0.01)" => { LeakyReLU::with(0.01) };
    "F.leaky_relu(x, negative_slope=0.01)" => { f::leaky_relu(&x, 0.01)? };
    "nn.Sigmoid()" => { Sigmoid::new() };
    "nn.Tanh()" => { Tanh::new() };
    "nn.GELU(approximate='tanh')" => { GELU::with(Approximate::Tanh) };
    "F.gelu(x)" => { f::gelu(&x, ())? };
    "nn.Softmax(dim=-1)" => { Softmax::new(-1) };
    "F.dropout(x, 0.5, training=True)" => { f::dropout(&x, 0.5, true)? };
}
