//! Max pooling with windows of one size, and max unpooling.

use crate::functional::Each;
use rushlight_tensor::{MaxPoolOptions, MaxUnpoolOptions, Result, Tensor};

macro_rules! max_pools {
    ($($name:ident $with_indices:ident $unpool:ident $spatial:literal $space:literal $input:literal $pooled:literal;)*) => { $(
        #[doc = concat!(
            "Returns the largest element of each window of `[n, c, ", $space, "]` or `[c, ", $space, "]`, or NaN if the window contains NaN: ",
            "[`Tensor::max_pool`].\n\n",
            "PyTorch: `nn.functional.", stringify!($name), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::{MaxPoolOptions, ", stringify!($name), "};\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "assert_eq!(", stringify!($name), "(&x, 2, ())?.shape(), ", $pooled, ");\n",
            "let same = MaxPoolOptions::new().stride(1).padding(1);\n",
            "assert_eq!(", stringify!($name), "(&x, 3, same)?.shape(), ", $input, ");\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::max_pool`].",
        )]
        #[track_caller]
        pub fn $name(
            x: &Tensor,
            kernel_size: impl Into<Each<$spatial>>,
            options: impl Into<MaxPoolOptions>,
        ) -> Result<Tensor> {
            Ok(x.max_pool(kernel_size.into(), options)?.0)
        }

        #[doc = concat!(
            "Returns the result of [`", stringify!($name), "`], and the position of each of its elements in the flattened space, ",
            "as [`", stringify!($unpool), "`] takes them.\n\n",
            "PyTorch: `nn.functional.", stringify!($with_indices), "`, or `return_indices=True`.\n\n",
            "```\n",
            "use rushlight_nn::functional::", stringify!($with_indices), ";\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "let (y, indices) = ", stringify!($with_indices), "(&x, 2, ())?;\n",
            "assert_eq!(y.shape(), indices.shape());\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::max_pool`].",
        )]
        #[track_caller]
        pub fn $with_indices(
            x: &Tensor,
            kernel_size: impl Into<Each<$spatial>>,
            options: impl Into<MaxPoolOptions>,
        ) -> Result<(Tensor, Tensor)> {
            x.max_pool(kernel_size.into(), options)
        }

        #[doc = concat!(
            "Places each element of `[n, c, ", $space, "]` or `[c, ", $space, "]` at the position where [`", stringify!($with_indices),
            "`] found it, with zeros elsewhere: [`Tensor::max_unpool`].\n\n",
            "PyTorch: `nn.functional.", stringify!($unpool), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::{", stringify!($with_indices), ", ", stringify!($unpool), "};\n",
            "use rushlight_tensor::Tensor;\n",
            "let (y, indices) = ", stringify!($with_indices), "(&Tensor::ones(", $input, ", ())?, 2, ())?;\n",
            "assert_eq!(", stringify!($unpool), "(&y, &indices, 2, ())?.shape(), ", $input, ");\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`Tensor::max_unpool`].",
        )]
        #[track_caller]
        pub fn $unpool(
            x: &Tensor,
            indices: &Tensor,
            kernel_size: impl Into<Each<$spatial>>,
            options: impl Into<MaxUnpoolOptions>,
        ) -> Result<Tensor> {
            x.max_unpool(indices, kernel_size.into(), options)
        }
    )* };
}

max_pools! {
    max_pool1d max_pool1d_with_indices max_unpool1d 1 "l" "[1, 3, 8]" "[1, 3, 4]";
    max_pool2d max_pool2d_with_indices max_unpool2d 2 "h, w" "[1, 3, 8, 6]" "[1, 3, 4, 3]";
    max_pool3d max_pool3d_with_indices max_unpool3d 3 "d, h, w" "[1, 3, 4, 8, 6]" "[1, 3, 2, 4, 3]";
}
