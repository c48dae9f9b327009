//! Average pooling with windows of one size.

use crate::functional::Each;
use rushlight_tensor::{AvgPoolOptions, Result, Tensor};

macro_rules! avg_pools {
    ($($name:ident $spatial:literal $space:literal $input:literal $pooled:literal;)*) => { $(
        #[doc = concat!(
            "Returns the mean of each window of `[n, c, ", $space, "]` or `[c, ", $space, "]`: [`Tensor::avg_pool`].\n\n",
            "PyTorch: `nn.functional.", stringify!($name), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::{AvgPoolOptions, ", stringify!($name), "};\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "assert_eq!(", stringify!($name), "(&x, 2, ())?.shape(), ", $pooled, ");\n",
            "let same = AvgPoolOptions::new().stride(1).padding(1).count_include_pad(false);\n",
            "assert!(", stringify!($name), "(&x, 3, same)?.equal(&x)?);\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::avg_pool`].",
        )]
        #[track_caller]
        pub fn $name(
            x: &Tensor,
            kernel_size: impl Into<Each<$spatial>>,
            options: impl Into<AvgPoolOptions>,
        ) -> Result<Tensor> {
            x.avg_pool(kernel_size.into(), options)
        }
    )* };
}

avg_pools! {
    avg_pool1d 1 "l" "[1, 3, 8]" "[1, 3, 4]";
    avg_pool2d 2 "h, w" "[1, 3, 8, 6]" "[1, 3, 4, 3]";
    avg_pool3d 3 "d, h, w" "[1, 3, 4, 8, 6]" "[1, 3, 2, 4, 3]";
}
