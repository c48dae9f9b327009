//! The list of kernels, one for each file of `kernels/`, by folder.

/// A kernel as its file has it.
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
        /// A function of one element, over dense memory.
        UNARY => "unary";
        /// A function of one element, over any layout.
        UNARY_STRIDED => "unary_strided";
        /// A function of two elements, over dense memory.
        BINARY => "binary";
        /// A function of two elements, over any layout.
        BINARY_STRIDED => "binary_strided";
        /// A choice between two elements, over any layout.
        WHERE => "where";
        /// One number everywhere.
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
        /// A product of few rows with columns that lie densely.
        MATMUL_DOTS => "matmul_dots";
        /// A product of few rows with rows that lie densely.
        MATMUL_COLUMNS => "matmul_columns";
        /// A product of float16 matrices in tiles, through cooperative matrices.
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
        /// All elements along some dimensions combined into one, over any layout.
        REDUCE => "reduce";
        /// The same in vectors of four, of one result or of four.
        REDUCE_VECTORS => "reduce_vectors";
        /// Positions of extreme elements.
        ARG_REDUCE => "arg_reduce";
        /// The choice among the parts of long rows.
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
        /// Writing by index: runs beyond a chunk.
        SCATTER_COMBINE => "scatter_combine";
        /// Writing by index: which of equal indices is the last.
        SCATTER_CLAIM => "scatter_claim";
        /// Writing by index: the last of equal indices.
        SCATTER_CLAIMED => "scatter_claimed";
    }
    "softmax/": {
        /// Softmax or its logarithm, over any layout.
        SOFTMAX => "softmax";
        /// The gradient of softmax or its logarithm, over any layout.
        SOFTMAX_GRAD => "softmax_grad";
    }
    "layer_norm/": {
        /// Rows less their mean over their deviation.
        LAYER_NORM => "layer_norm";
        /// The gradient of that for its input.
        LAYER_NORM_GRAD => "layer_norm_grad";
        /// What rows add to the gradients of weight and bias.
        LAYER_NORM_GRAD_COLUMNS => "layer_norm_grad_columns";
    }
    "scan/": {
        /// Running sums along rows, or products.
        SCAN => "scan";
        /// Positions of the extremes so far.
        SCAN_EXTREME => "scan_extreme";
    }
    "sort/": {
        /// Blocks of rows in the order of their elements.
        SORT_BLOCKS => "sort_blocks";
        /// Two sorted runs of a row merged.
        SORT_MERGE => "sort_merge";
        /// The positions that sorted rows have.
        SORT_RESULT => "sort_result";
    }
    "": {
        /// An optimizer's step for a parameter and its states.
        OPTIMIZER => "optimizer";
        /// Requirements on elements.
        CHECK => "check";
        /// Reading by index.
        GATHER => "gather";
    }
}
