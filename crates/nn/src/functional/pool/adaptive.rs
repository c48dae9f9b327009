//! Pooling to a given output size.

use crate::functional::OutputSize;
use rushlight_tensor::{Result, Tensor};

macro_rules! adaptive_pools {
    ($($average:ident $max:ident $with_indices:ident $spatial:literal $space:literal $input:literal $pooled:literal;)*) => { $(
        #[doc = concat!(
            "Returns the means of windows of `[n, c, ", $space, "]` or `[c, ", $space, "]` for this output size: one number for all spatial ",
            "dimensions or one for each; `None` keeps a size. See [`Tensor::adaptive_avg_pool`].\n\n",
            "PyTorch: `nn.functional.", stringify!($average), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::", stringify!($average), ";\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "assert_eq!(", stringify!($average), "(&x, 2)?.shape(), ", $pooled, ");\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::adaptive_avg_pool`].",
        )]
        #[track_caller]
        pub fn $average(x: &Tensor, output_size: impl Into<OutputSize<$spatial>>) -> Result<Tensor> {
            x.adaptive_avg_pool(output_size.into().0)
        }

        #[doc = concat!(
            "Returns the largest elements of windows of `[n, c, ", $space, "]` or `[c, ", $space, "]` for this output size: one number for all ",
            "spatial dimensions or one for each; `None` keeps a size. See [`Tensor::adaptive_max_pool`].\n\n",
            "PyTorch: `nn.functional.", stringify!($max), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::", stringify!($max), ";\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "assert_eq!(", stringify!($max), "(&x, 2)?.shape(), ", $pooled, ");\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::adaptive_max_pool`].",
        )]
        #[track_caller]
        pub fn $max(x: &Tensor, output_size: impl Into<OutputSize<$spatial>>) -> Result<Tensor> {
            Ok(x.adaptive_max_pool(output_size.into().0)?.0)
        }

        #[doc = concat!(
            "Returns the result of [`", stringify!($max), "`], and the position of each of its elements in the flattened space.\n\n",
            "PyTorch: `nn.functional.", stringify!($with_indices), "`, or `return_indices=True`.\n\n",
            "```\n",
            "use rushlight_nn::functional::", stringify!($with_indices), ";\n",
            "use rushlight_tensor::Tensor;\n",
            "let (y, indices) = ", stringify!($with_indices), "(&Tensor::ones(", $input, ", ())?, 2)?;\n",
            "assert_eq!(y.shape(), indices.shape());\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::adaptive_max_pool`].",
        )]
        #[track_caller]
        pub fn $with_indices(
            x: &Tensor,
            output_size: impl Into<OutputSize<$spatial>>,
        ) -> Result<(Tensor, Tensor)> {
            x.adaptive_max_pool(output_size.into().0)
        }
    )* };
}

adaptive_pools! {
    adaptive_avg_pool1d adaptive_max_pool1d adaptive_max_pool1d_with_indices 1 "l" "[1, 3, 7]" "[1, 3, 2]";
    adaptive_avg_pool2d adaptive_max_pool2d adaptive_max_pool2d_with_indices 2 "h, w" "[1, 3, 7, 6]" "[1, 3, 2, 2]";
    adaptive_avg_pool3d adaptive_max_pool3d adaptive_max_pool3d_with_indices 3 "d, h, w" "[1, 3, 4, 7, 6]" "[1, 3, 2, 2, 2]";
}
