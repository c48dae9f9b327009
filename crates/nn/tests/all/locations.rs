//! Errors say where in the program they come from: a line of the program, never one of the library.

use rushlight_autograd::{Autograd, Backward};
use rushlight_nn::functional as F;
use rushlight_nn::lr_scheduler::{LRScheduler, StepLR};
use rushlight_nn::optim::{
    self, Adam, AdamW, Optimizer, OptimizerState, SGD, clip_grad_norm_, clip_grad_value_,
};
use rushlight_nn::*;
use rushlight_tensor::{
    DType, Error, MaxPoolOptions, PadMode, QuantileInterpolation, ScatterReduce, SearchOptions,
    Tensor, linalg, tensor,
};

/// What is wrong with where an error says that it comes from.
fn misplaced(what: &str, error: &Error) -> Option<String> {
    let lines = error.frames().iter().map(|frame| frame.at);
    let all_here = lines
        .chain([error.location()])
        .all(|line| line.file() == file!());
    (!all_here).then(|| format!("{what}: {error}"))
}

/// Asserts of every call that it fails, and that its error names lines of this file.
macro_rules! placed {
    ($($call:expr),* $(,)?) => {
        let wrong: Vec<String> = [$(match $call {
            Ok(_) => Some(format!("{} does not fail", stringify!($call))),
            Err(e) => misplaced(stringify!($call), &e),
        }),*]
        .into_iter()
        .flatten()
        .collect();
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    };
}

fn x() -> Tensor {
    Tensor::ones([2, 3], ()).unwrap()
}

#[test]
fn of_tensors() -> Result<()> {
    let (x, y) = (x(), Tensor::ones([4, 5], ())?);
    let (ints, flags) = (tensor!([1, 2]), tensor!([true, false]));
    placed![
        Tensor::from_slice(&[1.0f32], [2, 2]),
        Tensor::zeros([-1], ()),
        Tensor::arange(0, 5, 0, ()),
        Tensor::randint(5, 2, [2], ()),
        Tensor::cat(&[&x, &y], 0),
        Tensor::stack(&[&x, &y], 0),
        x.add(&y),
        x.sub(&y),
        x.mul(&y),
        x.div(&y),
        x.pow(&y),
        x.add_(&y),
        x.clamp(&y, &y),
        x.maximum(&y),
        x.eq(&y),
        flags.neg(),
        ints.bitwise_and(1.5),
        x.bitwise_not(),
        x.matmul(&y),
        x.mm(&y),
        x.bmm(&y),
        x.mv(&y),
        x.dot(&y),
        x.addmm(&y, &y, 1.0, 1.0),
        x.linear(&y, None),
        x.outer(&y),
        x.tensordot(&y, 1),
        x.view([7]),
        x.reshape([7]),
        x.t()?.unsqueeze(9),
        x.expand([5, 5]),
        x.permute([0, 0]),
        x.transpose(0, 5),
        x.squeeze_dim(7),
        x.flatten(1, 0),
        x.unflatten(1, [2, 2]),
        x.repeat([1]),
        x.roll(1, 9),
        x.flip(9),
        x.narrow(0, 5, 1),
        x.select(0, 9),
        x.slice(5, 0, 1, 1),
        x.chunk(0, 0),
        x.split(0, 0),
        x.unbind(9),
        x.diagonal(0, 0, 0),
        x.unfold(0, 9, 1),
        x.as_strided([9, 9], [9, 9], 0),
        x.i(9),
        x.set(9, 1.0),
        x.gather(0, &x),
        x.index_select(0, &tensor!([7])),
        x.index_select(5, &ints),
        x.take(&tensor!([99])),
        x.index_add(0, &ints, &y),
        x.scatter(0, &x, &x),
        x.scatter_reduce(0, &x, &x, ScatterReduce::Sum, true),
        x.masked_fill(&x, 0.0),
        x.masked_select(&x),
        x.where_cond(&x, &x),
        ints.one_hot(1),
        x.one_hot(3),
        x.sum_dim(5, false),
        x.mean_dim(5, false),
        ints.mean(),
        x.max_dim(5, false),
        x.amax(5, false),
        x.argmax_dim(5, false),
        Tensor::zeros([0], ())?.argmax(),
        Tensor::zeros([0], ())?.max(),
        x.var_dim(5, 1.0, false),
        x.std_dim(5, 1.0, false),
        x.norm_dim(2.0, 5, false),
        x.logsumexp(5, false),
        x.cumsum(5),
        x.cumprod(5),
        x.cummax(5),
        x.diff(1, 5, None, None),
        x.sort(5, false),
        x.topk(9, 0, true),
        x.kthvalue(9, 0, false),
        x.median_dim(5, false),
        x.quantile(2.0, None, false, QuantileInterpolation::Linear),
        x.bincount(None, 0),
        ints.histc(3, 0.0, 1.0),
        x.searchsorted(&y, SearchOptions::default()),
        x.softmax(5),
        ints.softmax(0),
        x.log_softmax(5),
        ints.multinomial(1, false),
        x.to(DType::I64)?.sqrt_(),
        x.item::<f32>(),
        x.to_vec::<i64>(),
        x.cross(&y, Some(0)),
        x.trace()?.trace(),
        tensor!([1.0]).tril(0),
        x.max_pool([9, 9], MaxPoolOptions::default()),
        x.avg_pool([9, 9], ()),
        x.pad([9], PadMode::Reflect),
        linalg::inv(&x),
        linalg::solve(&x, &y, true),
        linalg::cholesky(&x, false),
        linalg::det(&x),
        linalg::eigh(&x, false),
    ];
    Ok(())
}

#[test]
fn of_gradients() -> Result<()> {
    let x = x().requires_grad_(true)?;
    let loss = x.sum()?;
    loss.backward()?;
    let freed = x.square()?.sum()?;
    freed.backward()?;
    let overwritten = x.mul(2)?;
    let late = overwritten.square()?.sum()?;
    overwritten.zero_()?;
    placed![
        freed.backward(),
        late.backward(),
        x.mul(2)?.backward(),
        x.detach().sum()?.backward(),
        x.add_(1.0),
        tensor!([1, 2]).requires_grad_(true),
        x.set_grad(Some(tensor!([1.0]))),
        x.sum()?.backward_with(Backward {
            gradient: Some(&tensor!([1.0, 2.0])),
            ..Default::default()
        }),
    ];
    Ok(())
}

#[test]
fn of_functions() -> Result<()> {
    let (x, y) = (x(), Tensor::ones([4, 5], ())?);
    let image = Tensor::ones([1, 4, 5, 5], ())?;
    let labels = tensor!([0, 1]);
    placed![
        F::linear(&x, &y, None),
        F::bilinear(&x, &y, &x, None),
        F::conv2d(&image, &x, None, ()),
        F::conv1d(&image, &y, None, ()),
        F::conv_transpose2d(&image, &x, None, ()),
        F::max_pool2d(&image, 9, ()),
        F::avg_pool2d(&image, 9, ()),
        F::pad(&x, [9, 9], PadMode::Reflect),
        F::dropout(&x, 2.0, true),
        F::glu(&x, 1),
        F::softmax(&labels, 0),
        F::pixel_shuffle(&image, 3),
        F::channel_shuffle(&image, 3),
        F::fold(&x, [4, 4], 2, ()),
        F::unfold(&image, 9, ()),
        F::layer_norm(&x, [7], None, None, 1e-5),
        F::rms_norm(&x, [7], None, None),
        F::group_norm(&image, 3, None, None, 1e-5),
        F::batch_norm(&x, None, None, None, false, 1e-5),
        F::embedding(&labels, &Tensor::ones([1, 2], ())?, ()),
        F::embedding(&x, &y, ()),
        F::cosine_similarity(&x, &y, ()),
        F::pairwise_distance(&x, &y, ()),
        F::scaled_dot_product_attention(&x, &y, &y, ()),
        F::mse_loss(&x, &y, F::Reduction::Mean),
        F::l1_loss(&x, &y, F::Reduction::Mean),
        init::xavier_uniform_(&tensor!([1.0]), 1.0),
        init::uniform_(&x, 1.0, 0.0),
        init::orthogonal_(&tensor!([1.0]), 1.0),
    ];
    Ok(())
}

/// A module of the program's own, whose lines are the program's.
#[derive(Module)]
struct Net {
    body: Sequential,
    attention: MultiheadAttention,
    heads: ModuleDict<Linear>,
}

impl Forward for Net {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.body.call(x)?;
        self.heads.require("a")?.call(&y)
    }
}

#[test]
fn of_layers() -> Result<()> {
    let (x, image) = (x(), Tensor::ones([1, 4, 5, 5], ())?);
    let labels = tensor!([0, 9]);
    let mut heads = ModuleDict::new();
    heads.insert("a", Linear::new(9, 1)?)?;
    let net = Net {
        body: sequential![
            Linear::new(3, 4)?,
            sequential![ReLU::new(), Linear::new(4, 2)?]
        ],
        attention: MultiheadAttention::new(4, 2)?,
        heads,
    };
    let boxed: Box<dyn Layer> = Box::new(Linear::new(9, 1)?);
    placed![
        Linear::new(9, 1)?.call(&x),
        boxed.call(&x),
        Bilinear::new(2, 2, 2)?.call(&(x.clone(), x.clone())),
        Conv2d::new(3, 4, 3)?.call(&image),
        ConvTranspose2d::new(3, 4, 3)?.call(&image),
        MaxPool2d::new(9).call(&image),
        AvgPool2d::new(9).call(&image),
        AdaptiveAvgPool2d::new(2).call(&x.sum()?),
        BatchNorm2d::new(3)?.call(&image),
        InstanceNorm2d::new(3)?.call(&x),
        GroupNorm::new(2, 6)?.call(&image),
        LayerNorm::new([7])?.call(&x),
        RMSNorm::new([7])?.call(&x),
        Embedding::new(3, 2)?.call(&labels),
        Embedding::new(3, 2)?.call(&x),
        RNN::new(5, 2)?.call(&x),
        LSTM::new(5, 2)?.call(&x),
        GRU::new(5, 2)?.call(&x),
        LSTMCell::new(5, 2)?.call(&x),
        TransformerEncoderLayer::new(4, 2)?.call(&x),
        net.attention.call(&x),
        PixelShuffle::new(3).call(&image),
        Unflatten::new(1, [2, 2]).call(&x),
        Upsample::new([0, 0]).call(&image),
        net.call(&x),
        net.body.call(&image),
        net.call(&x.to(DType::F64)?),
    ];
    let text = net.call(&x).unwrap_err().to_string();
    assert_eq!(text.matches("locations.rs").count(), 2, "{text}");
    Ok(())
}

#[test]
fn of_making_layers() -> Result<()> {
    let weight = || Parameter::new(Tensor::ones([2, 3], ()).unwrap());
    let mut list = Sequential::new().add_named("a", ReLU::new())?;
    placed![
        Linear::from_parameters(Parameter::new(tensor!(1.0))?, None),
        Linear::from_parameters(weight()?, Some(weight()?)),
        Linear::with(2, 2, LinearOptions::new().dtype(DType::I64)),
        Conv2d::new(4, 4, 0),
        Conv2d::with(3, 4, 3, ConvOptions::new().groups(2)),
        Dropout::new(2.0),
        GroupNorm::new(2, 5),
        LayerNorm::new([-1]),
        Embedding::with(3, 2, EmbeddingOptions::new().padding_idx(7)),
        MultiheadAttention::new(5, 2),
        LSTM::new(0, 2),
        TransformerEncoderLayer::new(5, 2),
        Parameter::new(tensor!([1])),
        ModuleDict::<Linear>::new().require("a"),
        ModuleDict::new().insert("a.b", ReLU::new()),
        std::mem::take(&mut list).add_named("a", ReLU::new()),
    ];
    Ok(())
}

#[test]
fn of_losses() -> Result<()> {
    let (x, y) = (x(), Tensor::ones([4, 5], ())?);
    let far = tensor!([0, 9]);
    placed![
        MSELoss::new().call(&x, &y),
        L1Loss::new().call(&x, &y),
        SmoothL1Loss::new().call(&x, &y),
        HuberLoss::new().call(&x, &y),
        CrossEntropyLoss::new().call(&x, &far),
        CrossEntropyLoss::new().call(&x, &y),
        NLLLoss::new().call(&x, &far),
        BCELoss::new().call(&x.mul(2)?, &x),
        BCEWithLogitsLoss::new().call(&x, &y),
        KLDivLoss::new().call(&x, &y),
        PoissonNLLLoss::new().call(&x, &y),
        HingeEmbeddingLoss::new().call(&x, &y),
        SoftMarginLoss::new().call(&x, &y),
        MultiMarginLoss::new().call(&x, &far),
        MultiLabelMarginLoss::new().call(&x, &far),
        MarginRankingLoss::new().call(&x, &y, &x),
        TripletMarginLoss::new().call(&x, &y, &x),
        CosineEmbeddingLoss::new().call(&x, &y, &x),
    ];
    Ok(())
}

#[test]
fn of_optimizers() -> Result<()> {
    let parameter = || Parameter::new(Tensor::ones([2], ()).unwrap());
    let (a, b) = (parameter()?, parameter()?);
    let mut sgd = SGD::new([a.clone()], 0.1)?;
    let mut adam = Adam::new([b.clone()], 0.1)?;
    let mut moved = Linear::new(1, 1)?;
    let mut stale = AdamW::new(moved.parameters(), 0.1)?;
    moved.call(&tensor!([1.0]))?.sum()?.backward()?;
    moved.to_(DType::F64)?;
    let mut step = StepLR::new(&mut sgd, 3)?;
    placed![
        SGD::new([a.clone()], -1.0),
        SGD::new([], 0.1),
        SGD::new([a.clone(), a.clone()], 0.1),
        Adam::new([a.clone()], f64::NAN),
        sgd.load_state_dict(&adam.state_dict()?),
        adam.load_state_dict(&sgd.state_dict()?),
        stale.step(),
        sgd.step_with(|| MSELoss::new().call(&tensor!([1.0]), &tensor!([1.0, 2.0]))),
        clip_grad_norm_([&a, &b], f64::NAN),
        clip_grad_value_([&a], f64::NAN),
        StepLR::new(&mut sgd, 0),
        step.load_state_dict(&serde_json::Value::Null),
        optim::OptimizerState::load("/nowhere"),
        OptimizerState::load(env!("CARGO_MANIFEST_DIR")),
    ];
    Ok(())
}

#[test]
fn of_modules_and_files() -> Result<()> {
    let mut net = sequential![Linear::new(2, 2)?, ReLU::new()];
    let dir = tempfile::tempdir()?;
    let text = dir.path().join("text");
    std::fs::write(&text, "age,workclass\n39,State-gov\n")?;
    let other = dir.path().join("other");
    Linear::new(2, 2)?.save(&other)?;
    placed![
        net.load(&text),
        net.load(&other),
        net.load(dir.path().join("nothing")),
        net.load_with(&other, LoadOptions::new().prefix("a.")),
        net.load_state_dict(&StateDict::new(), true),
        net.save(dir.path()),
        load_tensors(&text),
        save_tensors(
            dir.path().join("no/such"),
            &StateDict::new(),
            &Default::default()
        ),
        StateDict::new().require("a"),
        net.get_submodule("a"),
        net.get_parameter("a"),
        net.get_buffer("a"),
        net.register_parameter("0", Parameter::new(tensor!([1.0]))?),
        net.register_buffer("a.b", Buffer::new(tensor!([1.0]))),
        net.to_(DType::I64),
        net.apply(|m| match m.downcast_ref::<Linear>() {
            Some(fc) => init::orthogonal_(fc.bias.as_ref().unwrap(), 1.0),
            None => Ok(()),
        }),
    ];
    Ok(())
}
