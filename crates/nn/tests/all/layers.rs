//! Every layer against PyTorch: initial state for a seed, printed form, output, state after the call, gradients.

use rushlight_nn::*;
use rushlight_tensor::Tensor;

fn layer<M: Forward<Tensor, Output = Tensor>>(name: &str, make: impl Fn() -> Result<M>) {
    crate::common::against::module(name, true, make, |m, x| m.call(&x[0]));
}

fn eval<M: Forward<Tensor, Output = Tensor>>(name: &str, make: impl Fn() -> Result<M>) {
    crate::common::against::module(name, false, make, |m, x| m.call(&x[0]));
}

fn pair<M: Forward<(Tensor, Tensor), Output = Tensor>>(name: &str, make: impl Fn() -> Result<M>) {
    crate::common::against::module(name, true, make, |m, x| {
        m.call(&(x[0].clone(), x[1].clone()))
    });
}

#[test]
fn linear() {
    layer("linear", || Linear::new(7, 5));
    layer("linear_plain", || {
        Linear::with(3, 20, LinearOptions::new().bias(false))
    });
    pair("bilinear", || Bilinear::new(3, 4, 5));
}

#[test]
fn rearranging() {
    layer("flatten", || Ok(Flatten::new()));
    layer("unflatten", || Ok(Unflatten::new(1, [2, 3])));
    layer("constant_pad", || {
        Ok(Pad::<2>::constant([[1, 2], [-1, 1]], 2.5))
    });
    layer("reflection_pad", || Ok(Pad::<1>::reflect([[1, 2]])));
    layer("replication_pad", || Ok(Pad::<2>::replicate(2)));
    layer("circular_pad", || Ok(Pad::<1>::circular([[2, 3]])));
}

#[test]
fn dropout() {
    layer("dropout", || Dropout::new(0.3));
    layer("dropout1d", || Dropout1d::new(0.5));
    layer("dropout2d", || Dropout2d::new(0.5));
    layer("alpha_dropout", || AlphaDropout::new(0.4));
    eval("dropout_eval", || Dropout::new(0.3));
}

#[test]
fn batch_norm() {
    layer("batch_norm1d", || BatchNorm1d::new(4));
    layer("batch_norm1d_line", || {
        BatchNorm1d::with(4, BatchNormOptions::new().eps(1e-3).momentum(0.3))
    });
    layer("batch_norm2d", || BatchNorm2d::new(3));
    eval("batch_norm2d_eval", || BatchNorm2d::new(3));
    layer("batch_norm2d_cumulative", || {
        BatchNorm2d::with(3, BatchNormOptions::new().momentum(None).affine(false))
    });
    eval("batch_norm2d_untracked", || {
        BatchNorm2d::with(3, BatchNormOptions::new().track_running_stats(false))
    });
    layer("batch_norm3d", || BatchNorm3d::new(2));
}

#[test]
fn other_norms() {
    layer("layer_norm", || LayerNorm::new([3, 4]));
    layer("layer_norm_plain", || {
        let options = LayerNormOptions::new().eps(1e-2);
        LayerNorm::with(6, options.elementwise_affine(false))
    });
    layer("layer_norm_unbiased", || {
        LayerNorm::with(6, LayerNormOptions::new().bias(false))
    });
    layer("rms_norm", || RMSNorm::new(6));
    layer("group_norm", || GroupNorm::new(2, 6));
    layer("instance_norm1d", || InstanceNorm1d::new(3));
    let whole = InstanceNormOptions::new()
        .affine(true)
        .track_running_stats(true);
    layer("instance_norm2d", || InstanceNorm2d::with(3, &whole));
    eval("instance_norm2d_eval", || InstanceNorm2d::with(3, &whole));
    layer("local_response_norm", || {
        Ok(LocalResponseNorm::with(
            3,
            LocalResponseNormOptions::new().alpha(0.5),
        ))
    });
}

#[test]
fn embedding() {
    layer("embedding", || Embedding::new(10, 3));
    layer("embedding_padded", || {
        Embedding::with(10, 3, EmbeddingOptions::new().padding_idx(2))
    });
    layer("embedding_norm", || {
        Embedding::with(10, 3, EmbeddingOptions::new().max_norm(1.0))
    });
}

#[test]
fn convolution() {
    layer("conv1d", || Conv1d::new(3, 4, 3));
    layer("conv2d", || {
        Conv2d::with(
            4,
            6,
            [3, 2],
            ConvOptions::new()
                .stride([2, 1])
                .padding([1, 2])
                .dilation([1, 2])
                .groups(2),
        )
    });
    layer("conv2d_single", || {
        Conv2d::with(3, 4, 3, ConvOptions::new().bias(false))
    });
    layer("conv2d_same", || {
        Conv2d::with(
            3,
            4,
            [4, 3],
            ConvOptions::new().padding(Padding::Same).dilation([1, 2]),
        )
    });
    layer("conv2d_reflect", || {
        Conv2d::with(
            3,
            4,
            3,
            ConvOptions::new()
                .padding([2, 1])
                .padding_mode(PadMode::Reflect),
        )
    });
    layer("conv1d_replicate", || {
        Conv1d::with(
            3,
            4,
            3,
            ConvOptions::new()
                .padding(2)
                .padding_mode(PadMode::Replicate),
        )
    });
    layer("conv1d_circular", || {
        Conv1d::with(
            3,
            4,
            3,
            ConvOptions::new()
                .padding(2)
                .padding_mode(PadMode::Circular),
        )
    });
    layer("conv3d", || {
        Conv3d::with(2, 3, 2, ConvOptions::new().padding(1))
    });
    layer("conv_transpose1d", || {
        ConvTranspose1d::with(3, 4, 3, ConvOptions::new().stride(2))
    });
    layer("conv_transpose2d", || {
        ConvTranspose2d::with(
            4,
            6,
            3,
            ConvOptions::new()
                .stride(2)
                .padding(1)
                .output_padding(1)
                .groups(2),
        )
    });
    layer("conv_transpose3d", || {
        ConvTranspose3d::with(2, 3, 2, ConvOptions::new().dilation(2).bias(false))
    });
}

#[test]
fn pooling() {
    layer("max_pool1d", || {
        Ok(MaxPool1d::with(
            3,
            MaxPoolOptions::new().stride(2).padding(1),
        ))
    });
    layer("max_pool2d", || {
        Ok(MaxPool2d::with(
            [2, 3],
            MaxPoolOptions::new().ceil_mode(true),
        ))
    });
    layer("max_pool3d", || {
        Ok(MaxPool3d::with(
            2,
            MaxPoolOptions::new().stride(1).dilation(2),
        ))
    });
    layer("avg_pool1d", || Ok(AvgPool1d::new(2)));
    layer("avg_pool2d", || {
        let options = AvgPoolOptions::new().stride(2).padding(1);
        Ok(AvgPool2d::with(3, options.count_include_pad(false)))
    });
    layer("avg_pool3d", || Ok(AvgPool3d::new(2)));
    layer("adaptive_avg_pool2d", || {
        Ok(AdaptiveAvgPool2d::new([Some(3), None]))
    });
    layer("adaptive_max_pool1d", || Ok(AdaptiveMaxPool1d::new(3)));
    layer("adaptive_max_pool3d", || Ok(AdaptiveMaxPool3d::new(2)));
}

#[test]
fn sequential_and_pairs() {
    layer("sequential", || {
        // Arguments are evaluated in order, so the layers draw as PyTorch's do.
        Ok(sequential![
            Linear::new(10, 20)?,
            ReLU::new(),
            sequential![Linear::new(20, 15)?, Tanh::new()],
            Linear::new(15, 1)?
        ])
    });
    pair("cosine_similarity", || Ok(CosineSimilarity::new()));
    pair("pairwise_distance", || Ok(PairwiseDistance::with(3.0)));
}

#[test]
fn activations() {
    layer("relu", || Ok(ReLU::new()));
    layer("relu6", || Ok(ReLU6::new()));
    layer("leaky_relu", || Ok(LeakyReLU::default()));
    layer("leaky_relu_2", || Ok(LeakyReLU::with(0.2)));
    layer("rrelu", || Ok(RReLU::default()));
    eval("rrelu_eval", || Ok(RReLU::default()));
    layer("sigmoid", || Ok(Sigmoid::new()));
    layer("tanh", || Ok(Tanh::new()));
    layer("silu", || Ok(SiLU::new()));
    layer("mish", || Ok(Mish::new()));
    layer("elu", || Ok(ELU::default()));
    layer("elu_2", || Ok(ELU::with(1.7)));
    layer("celu", || Ok(CELU::default()));
    layer("celu_2", || Ok(CELU::with(1.7)));
    layer("selu", || Ok(SELU::new()));
    layer("softplus", || Ok(Softplus::default()));
    layer("softplus_2", || {
        Ok(Softplus::with(
            SoftplusOptions::new().beta(2.0).threshold(5.0),
        ))
    });
    layer("softsign", || Ok(Softsign::new()));
    layer("softshrink", || Ok(Softshrink::default()));
    layer("hardshrink", || Ok(Hardshrink::default()));
    layer("tanhshrink", || Ok(Tanhshrink::new()));
    layer("hardtanh", || Ok(Hardtanh::default()));
    layer("hardtanh_2", || {
        Ok(Hardtanh::with(
            HardtanhOptions::new().min_val(-3.0).max_val(0.5),
        ))
    });
    layer("hardswish", || Ok(Hardswish::new()));
    layer("hardsigmoid", || Ok(Hardsigmoid::new()));
    layer("log_sigmoid", || Ok(LogSigmoid::new()));
    layer("gelu", || Ok(GELU::new()));
    layer("gelu_tanh", || Ok(GELU::with(Approximate::Tanh)));
    assert_eq!(
        GELU::with(Approximate::Tanh).options().approximate,
        Approximate::Tanh
    );
    layer("threshold", || Ok(Threshold::new(0.5, 20.0)));
    layer("prelu", PReLU::new);
    layer("prelu_channels", || PReLU::with(3));
    layer("softmax", || Ok(Softmax::new(1)));
    layer("log_softmax", || Ok(LogSoftmax::new(-1)));
    layer("softmin", || Ok(Softmin::new(0)));
    layer("glu", || Ok(GLU::default()));
}
