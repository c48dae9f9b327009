//! Products of matrices and vectors.

use crate::{Half, Tensor, apply};
use rushlight_backend::{Error, Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// The matrix product: `[*, m, k] × [*, k, n] → [*, m, n]`, where the leading dimensions broadcast. A vector on the left counts as a row and
    /// one on the right as a column; that dimension is then removed from the result. Both operands have one dtype, any but `bool`.
    /// PyTorch: `torch.matmul`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let product = tensor!([[1, 2], [3, 4]]).matmul(&tensor!([[5, 6], [7, 8]]))?;
    /// assert_eq!(product.to_vec::<i64>()?, [19, 22, 43, 50]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand is a scalar, the inner sizes differ, the leading dimensions do not broadcast, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn matmul(&self, other: &Tensor) -> Result<Tensor> {
        match (self.ndim(), other.ndim()) {
            (0, _) | (_, 0) => Err(Error::shape(format!(
                "matmul: both operands need at least one dimension: {:?} x {:?}; use mul for a scalar",
                self.shape(),
                other.shape()
            ))),
            (1, 1) => self.dot(other),
            (1, _) => apply(Op::MatMul, &[&self.unsqueeze(0)?, other])?.squeeze_dim(-2),
            (_, 1) => apply(Op::MatMul, &[self, &other.unsqueeze(1)?])?.squeeze_dim(-1),
            _ => apply(Op::MatMul, &[self, other]),
        }
    }

    /// The product of two matrices: `[m, k] × [k, n] → [m, n]`. PyTorch: `torch.mm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([[1, 2], [3, 4]]).mm(&tensor!([[1], [10]]))?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[21], [43]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand is not a matrix, the inner sizes differ, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn mm(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("mm", 2, other, 2)?;
        self.expect_inner("mm", other)?;
        apply(Op::MatMul, &[self, other])
    }

    /// The products of two batches of matrices: `[b, m, k] × [b, k, n] → [b, m, n]`. PyTorch: `torch.bmm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([[[1, 2]], [[3, 4]]]).bmm(&tensor!([[[1], [10]], [[1], [100]]]))?;
    /// assert_eq!(y.shape(), [2, 1, 1]);
    /// assert_eq!(y.to_vec::<i64>()?, [21, 403]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand does not have three dimensions, the batch sizes or the inner sizes differ, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn bmm(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_batches("bmm", other)?;
        apply(Op::MatMul, &[self, other])
    }

    /// The product of a matrix and a vector: `[m, k] × [k] → [m]`. PyTorch: `torch.mv`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([[1, 2], [3, 4]]).mv(&tensor!([1, 10]))?;
    /// assert_eq!(y.to_vec::<i64>()?, [21, 43]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the operands are not a matrix and a vector, the inner sizes differ, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn mv(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("mv", 2, other, 1)?;
        self.expect_inner("mv", other)?;
        self.matmul(other)
    }

    /// The dot product `Σ xᵢ yᵢ` of two vectors of one length and dtype: `[n] · [n] → []`. PyTorch: `torch.dot`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).dot(&tensor!([3, 4]))?.item::<i64>()?, 11);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand is not a vector, the lengths differ, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn dot(&self, other: &Tensor) -> Result<Tensor> {
        self.inner_product("dot", other)
    }

    /// The dot product with the first vector conjugated, which for real numbers is [`Tensor::dot`]. PyTorch: `torch.vdot`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).vdot(&tensor!([3, 4]))?.item::<i64>()?, 11);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::dot`].
    #[track_caller]
    pub fn vdot(&self, other: &Tensor) -> Result<Tensor> {
        self.inner_product("vdot", other)
    }

    #[track_caller]
    fn inner_product(&self, name: &str, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks(name, 1, other, 1)?;
        self.expect_inner(name, other)?;
        apply(Op::MatMul, &[&self.unsqueeze(0)?, &other.unsqueeze(1)?])?.reshape(())
    }

    /// The dot products of the rows along the last dimensions: `[*, n] · [*', n] → [*, *']`. A scalar multiplies the other operand. Both have one
    /// dtype. PyTorch: `torch.inner`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let rows = tensor!([[1, 2], [3, 4]]).inner(&tensor!([[5, 6], [7, 8]]))?;
    /// assert_eq!(rows.to_vec::<i64>()?, [17, 23, 39, 53]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the last sizes differ, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn inner(&self, other: &Tensor) -> Result<Tensor> {
        if self.ndim() == 0 || other.ndim() == 0 {
            return self.mul(other);
        }
        let (a, b) = (self.size(-1)?, other.size(-1)?);
        if a != b {
            return Err(Error::shape(format!(
                "inner: the last sizes differ: {:?} and {:?}, {a} against {b}",
                self.shape(),
                other.shape()
            )));
        }
        self.expect_same_dtype("inner", other)?;
        self.contract(&[self.ndim() - 1], other, &[other.ndim() - 1])
    }

    /// The outer product `xᵢ yⱼ` of two vectors: `[m], [n] → [m, n]`; dtypes are promoted. PyTorch: `torch.outer`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([1, 2]).outer(&tensor!([1, 10, 100]))?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[1, 10, 100], [2, 20, 200]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand is not a vector.
    #[track_caller]
    pub fn outer(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("outer", 1, other, 1)?;
        self.unsqueeze(1)?.mul(&other.unsqueeze(0)?)
    }

    /// The linear map `x wᵀ + b`: `[*, in]` with weight `[out, in]` → `[*, out]`, or with weight `[in]` → `[*]`. The bias is `[out]`, or
    /// broadcasts to the result. One dtype. PyTorch: `nn.functional.linear`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (x, weight) = (tensor!([[1.0, 2.0]]), tensor!([[1.0, 0.0], [1.0, 1.0]]));
    /// let y = x.linear(&weight, Some(&tensor!([10.0, 20.0])))?;
    /// assert_eq!(y.to_vec2::<f32>()?, [[11.0, 23.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the weight has more than two dimensions or does not fit the input, the bias does not fit the result, or the dtypes differ or are
    /// `bool`.
    #[track_caller]
    pub fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let out: &[usize] = match weight.shape() {
            [_] => &[],
            [out, _] => &[*out],
            shape => {
                return Err(Error::shape(format!(
                    "linear: the weight must be [out, in] or [in], not {shape:?}"
                )));
            }
        };
        if let Some(bias) = bias.filter(|b| b.shape() != out) {
            self.expect_linear_bias(out, bias)?;
            if let Some(half) = Half::among([self]) {
                self.expect_same_dtype("linear", weight)?;
                let (x, weight) = (half.widen(self)?, half.widen(weight)?);
                return half.round(x.linear(&weight, Some(&half.widen(bias)?))?);
            }
            return self.linear(weight, None)?.add(bias);
        }
        if weight.ndim() == 1 {
            self.expect_inner("linear", weight)?;
            if let Some(half) = bias.and_then(|b| Half::among([self, b])) {
                let bias = half.widen_option(bias)?;
                let y = half
                    .widen(self)?
                    .linear(&half.widen(weight)?, bias.as_ref())?;
                return half.round(y);
            }
            let y = self.matmul(weight)?;
            return bias.map_or(Ok(y.clone()), |b| y.add(b));
        }
        let op = Op::Fused(Arc::new(Fused::Linear));
        match bias {
            Some(bias) => apply(op, &[self, weight, bias]),
            None => apply(op, &[self, weight]),
        }
    }

    /// Whether a bias that is not `[out]` broadcasts to the result and has its dtype.
    #[track_caller]
    fn expect_linear_bias(&self, out: &[usize], bias: &Tensor) -> Result<()> {
        self.expect_same_dtype("linear", bias)?;
        let mut result = self.shape().to_vec();
        result.pop();
        result.extend(out);
        let fits = !out.is_empty()
            && bias.ndim() <= result.len()
            && bias
                .shape()
                .iter()
                .rev()
                .zip(result.iter().rev())
                .all(|(b, n)| *b == 1 || b == n);
        if fits {
            return Ok(());
        }
        Err(Error::shape(format!(
            "linear: bias {:?} does not fit the result {result:?}; it should be {out:?}",
            bias.shape()
        )))
    }

    #[track_caller]
    pub(super) fn expect_ranks(
        &self,
        name: &str,
        rank: usize,
        other: &Tensor,
        other_rank: usize,
    ) -> Result<()> {
        if (self.ndim(), other.ndim()) == (rank, other_rank) {
            return Ok(());
        }
        Err(Error::shape(format!(
            "{name}: expected {rank} and {other_rank} dimensions, got {:?} x {:?}",
            self.shape(),
            other.shape()
        )))
    }

    /// Whether the sizes that are summed over agree: the last of `self`, and the last but one of `other`, or its only one.
    #[track_caller]
    pub(crate) fn expect_inner(&self, name: &str, other: &Tensor) -> Result<()> {
        let (a, b) = (
            self.size(-1)?,
            other.size(if other.ndim() > 1 { -2 } else { -1 })?,
        );
        if a != b {
            return Err(Error::shape(format!(
                "{name}: the inner sizes differ: {:?} x {:?}, {a} against {b}",
                self.shape(),
                other.shape()
            )));
        }
        self.expect_same_dtype(name, other)
    }

    /// Whether these are batches of matrices that can be multiplied.
    #[track_caller]
    pub(super) fn expect_batches(&self, name: &str, other: &Tensor) -> Result<()> {
        self.expect_ranks(name, 3, other, 3)?;
        if self.shape()[0] != other.shape()[0] {
            return Err(Error::shape(format!(
                "{name}: the batch sizes differ: {:?} x {:?}, {} against {}",
                self.shape(),
                other.shape(),
                self.shape()[0],
                other.shape()[0]
            )));
        }
        self.expect_inner(name, other)
    }

    #[track_caller]
    pub(crate) fn expect_same_dtype(&self, name: &str, other: &Tensor) -> Result<()> {
        if self.dtype() == other.dtype() {
            return Ok(());
        }
        Err(Error::dtype(format!(
            "{name}: dtypes differ: {} and {}; convert one with to(dtype)",
            self.dtype(),
            other.dtype()
        )))
    }
}
