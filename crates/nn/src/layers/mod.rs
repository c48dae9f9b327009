//! Neural-network layers.

mod activation;
mod attention;
mod conv;
mod distance;
mod dropout;
mod embedding;
mod embedding_bag;
mod fold;
mod fractional_pool;
mod linear;
mod norm;
mod pool;
mod recurrent;
mod resample;
mod shape;
pub(crate) mod sizes;
mod transformer;
mod unpool;

pub use crate::functional::{
    Approximate, BagMode, CELUOptions, CosineSimilarityOptions, ELUOptions, EmbeddingBagOptions,
    EmbeddingOptions, FoldOptions, FractionalMaxPoolOptions, GELUOptions, GLUOptions,
    HardshrinkOptions, HardtanhOptions, InterpolateMode, InterpolateOptions, LPPoolOptions,
    LeakyReLUOptions, LocalResponseNormOptions, PairwiseDistanceOptions, RReLUOptions, Resize,
    SoftplusOptions, SoftshrinkOptions,
};
pub use activation::{
    CELU, ELU, GELU, GLU, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid,
    LogSoftmax, Mish, PReLU, PReLUOptions, RReLU, ReLU, ReLU6, SELU, SiLU, Sigmoid, Softmax,
    Softmax2d, Softmin, Softplus, Softshrink, Softsign, Tanh, Tanhshrink, Threshold,
};
pub use attention::{MultiheadAttention, MultiheadAttentionOptions, MultiheadOptions};
pub use conv::{
    Conv, Conv1d, Conv2d, Conv3d, ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
};
pub use distance::{CosineSimilarity, PairwiseDistance};
pub use dropout::{AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout};
pub use embedding::Embedding;
pub use embedding_bag::EmbeddingBag;
pub use fold::{Fold, Unfold};
pub use fractional_pool::{FractionalMaxPool, FractionalMaxPool2d, FractionalMaxPool3d};
pub use linear::{Bilinear, Identity, Linear, LinearOptions};
pub use norm::{
    BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, BatchNormOptions, GroupNorm,
    GroupNormOptions, InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d,
    InstanceNormOptions, LayerNorm, LayerNormOptions, LocalResponseNorm, RMSNorm, RMSNormOptions,
};
pub use pool::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool, AvgPool1d, AvgPool2d,
    AvgPool3d, LPPool, LPPool1d, LPPool2d, LPPool3d, MaxPool, MaxPool1d, MaxPool2d, MaxPool3d,
};
pub use recurrent::{
    GRU, GRUCell, GRUCellOptions, GRUOptions, LSTM, LSTMCell, LSTMCellOptions, LSTMOptions, RNN,
    RNNCell, RNNCellOptions, RNNNonlinearity, RNNOptions,
};
pub use resample::{ChannelShuffle, PixelShuffle, PixelUnshuffle, Upsample};
pub use rushlight_tensor::{
    AvgPoolOptions, ConvOptions, MaxPoolOptions, MaxUnpoolOptions, PadMode, Padding,
};
pub use shape::{Flatten, FlattenOptions, Pad, Sides, Unflatten};
pub use sizes::{Each, OutputSize};
pub use transformer::{
    DecoderMasks, EncoderMasks, Transformer, TransformerActivation, TransformerDecoder,
    TransformerDecoderLayer, TransformerEncoder, TransformerEncoderLayer, TransformerLayerOptions,
    TransformerMasks, TransformerOptions,
};
pub use unpool::{MaxUnpool, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d};
