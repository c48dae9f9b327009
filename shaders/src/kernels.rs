//! The list of kernels by folder, one for each file of `kernels/`.

/// The file of a kernel.
#[derive(Debug)]
pub struct Kernel {
    /// The file's name without `.wgsl`.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
}

macro_rules! kernels {
    ($($folder:literal: { $($(#[$doc:meta])* $name:ident => $file:literal;)* })*) => {
        $($(
            $(#[$doc])*
            pub static $name: Kernel = Kernel { name: $file, text: include_str!(concat!("../kernels/", $folder, $file, ".wgsl")) };
        )*)*

        /// Every kernel.
        pub static ALL: &[&Kernel] = &[$($(&$name),*),*];
    };
}

kernels! {
    "elementwise/": {
        /// A function of one element, for dense memory.
        UNARY => "unary";
        /// A function of one element, for any layout.
        UNARY_STRIDED => "unary_strided";
        /// A function of two elements, for dense memory.
        BINARY => "binary";
        /// A function of two elements, for any layout.
        BINARY_STRIDED => "binary_strided";
        /// A selection between two elements, for any layout.
        WHERE => "where";
        /// Fills a tensor with one number.
        FILL => "fill";
    }
    "attention/": {
        /// Attention, without a matrix of scores.
        ATTENTION => "attention";
        /// The gradients of attention: for queries, or for keys and values.
        ATTENTION_GRAD => "attention_grad";
    }
    "cross_entropy/": {
        /// The loss of rows of logits for their target classes.
        CROSS_ENTROPY => "cross_entropy";
        /// The gradient of that loss.
        CROSS_ENTROPY_GRAD => "cross_entropy_grad";
    }
    "matmul/": {
        /// A matrix product without shared memory.
        MATMUL_DIRECT => "matmul_direct";
        /// A product of few rows with contiguous columns.
        MATMUL_DOTS => "matmul_dots";
        /// A product of few rows with contiguous rows.
        MATMUL_COLUMNS => "matmul_columns";
        /// A product of float16 matrices in tiles, with cooperative matrices.
        MATMUL_COOPERATIVE => "matmul_cooperative";
        /// A matrix product in tiles.
        MATMUL_TILED => "matmul_tiled";
        /// Sums the partial results of a split-K product.
        PARTIAL_SUMS => "partial_sums";
    }
    "conv/": {
        /// A convolution, or a gradient of one, without shared memory.
        CONV_DIRECT => "conv_direct";
        /// A convolution, or a gradient of one, in tiles.
        CONV_TILED => "conv_tiled";
    }
    "reduce/": {
        /// A reduction along some dimensions, for any layout.
        REDUCE => "reduce";
        /// The same in vectors of four, of one result or of four.
        REDUCE_VECTORS => "reduce_vectors";
        /// Positions of extreme elements.
        ARG_REDUCE => "arg_reduce";
        /// Selects among the positions in the parts of long rows.
        ARG_REDUCE_PARTS => "arg_reduce_parts";
    }
    "pool/": {
        /// The largest element of each window, and where it is.
        POOL_MAX => "pool_max";
        /// The gradient of the largest element of each window.
        POOL_MAX_GRAD => "pool_max_grad";
        /// The mean of each window.
        POOL_AVG => "pool_avg";
        /// The gradient of the mean of each window.
        POOL_AVG_GRAD => "pool_avg_grad";
    }
    "scatter/": {
        /// Writing by index: short columns.
        SCATTER => "scatter";
        /// Writing by index: runs of equal indices of sorted columns.
        SCATTER_RUNS => "scatter_runs";
        /// Writing by index: runs of equal indices that span several chunks.
        SCATTER_COMBINE => "scatter_combine";
        /// Writing by index: finds the last of equal indices.
        SCATTER_CLAIM => "scatter_claim";
        /// Writing by index: writes the last of equal indices.
        SCATTER_CLAIMED => "scatter_claimed";
    }
    "softmax/": {
        /// Softmax or its logarithm, for any layout.
        SOFTMAX => "softmax";
        /// The gradient of softmax or its logarithm, for any layout.
        SOFTMAX_GRAD => "softmax_grad";
    }
    "layer_norm/": {
        /// Normalizes rows by their mean and variance.
        LAYER_NORM => "layer_norm";
        /// The gradient of layer norm for its input.
        LAYER_NORM_GRAD => "layer_norm_grad";
        /// The gradients of layer norm for weight and bias, by parts of the rows.
        LAYER_NORM_GRAD_COLUMNS => "layer_norm_grad_columns";
    }
    "scan/": {
        /// Cumulative sums or products along rows.
        SCAN => "scan";
        /// Positions of cumulative extremes.
        SCAN_EXTREME => "scan_extreme";
    }
    "sort/": {
        /// Sorts blocks of rows.
        SORT_BLOCKS => "sort_blocks";
        /// Merges pairs of sorted runs of each row.
        SORT_MERGE => "sort_merge";
        /// The positions of the elements of sorted rows.
        SORT_RESULT => "sort_result";
    }
    "": {
        /// An optimizer's step for a parameter and its states.
        OPTIMIZER => "optimizer";
        /// Checks requirements on elements.
        CHECK => "check";
        /// Reading by index.
        GATHER => "gather";
    }
}
