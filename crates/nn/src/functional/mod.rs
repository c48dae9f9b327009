//! The functions that the layers compute. PyTorch: `torch.nn.functional`.

mod activation;
mod arguments;
mod attention;
mod conv;
mod distance;
mod dropout;
mod embedding;
mod embedding_bag;
mod fold;
mod grid;
mod interpolate;
mod interpolation_weights;
mod linear;
mod local_response_norm;
mod loss;
mod norm;
mod pad;
mod pool;
mod shuffle;
mod sizes;
mod straight_through;

pub use activation::*;
pub(crate) use arguments::probability;
pub use attention::{ScaledDotProductAttentionOptions, scaled_dot_product_attention};
pub use conv::{conv_transpose1d, conv_transpose2d, conv_transpose3d, conv1d, conv2d, conv3d};
pub use distance::{
    CdistComputeMode, CdistOptions, CosineSimilarityOptions, NormalizeOptions,
    PairwiseDistanceOptions, PdistOptions, cdist, cosine_similarity, normalize, pairwise_distance,
    pdist,
};
pub use dropout::{alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout};
pub(crate) use embedding::padding_row;
pub use embedding::{EmbeddingOptions, embedding, renormalize_};
pub use embedding_bag::{BagMode, EmbeddingBagOptions, embedding_bag};
pub use fold::{FoldOptions, fold, unfold};
pub use grid::{
    AffineGridOptions, GridSampleMode, GridSampleOptions, GridSamplePadding, affine_grid,
    grid_sample,
};
pub use interpolate::{
    InterpolateMode, InterpolateOptions, Resize, interpolate, upsample_bilinear, upsample_nearest,
};
pub use linear::{bilinear, linear};
pub use local_response_norm::{LocalResponseNormOptions, local_response_norm};
pub(crate) use loss::same_shape;
pub use loss::*;
pub use norm::{RunningStats, batch_norm, group_norm, instance_norm, layer_norm, rms_norm};
pub use pad::pad;
pub use pool::*;
pub(crate) use pool::{fractional_max_pool, lp_pool};
pub use rushlight_tensor::{
    AvgPoolOptions, ConvOptions, MaxPoolOptions, MaxUnpoolOptions, PadMode, Padding,
};
pub use shuffle::{channel_shuffle, pixel_shuffle, pixel_unshuffle};
pub use sizes::{Each, OutputSize};
