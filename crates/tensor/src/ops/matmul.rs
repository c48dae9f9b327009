//! Products of matrices and vectors.

use crate::{Tensor, apply};
use rushlight_backend::{Error, Fused, Op, Result, Scalar};
use std::sync::Arc;

impl Tensor {
    /// The matrix product; leading dimensions broadcast, a vector counts as a row on the left and as a column on the right.
    ///
    /// `[.., m, k] x [.., k, n] → [.., m, n]`, both of one dtype. PyTorch: `torch.matmul`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let product = tensor!([[1, 2], [3, 4]]).matmul(&tensor!([[5, 6], [7, 8]]))?;
    /// assert_eq!(product.to_vec::<i64>()?, [19, 22, 43, 50]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
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

    /// The product of two matrices. PyTorch: `torch.mm`.
    #[track_caller]
    pub fn mm(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("mm", 2, other, 2)?;
        apply(Op::MatMul, &[self, other])
    }

    /// The products of two batches of matrices, `[b, m, k] x [b, k, n]`. PyTorch: `torch.bmm`.
    #[track_caller]
    pub fn bmm(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("bmm", 3, other, 3)?;
        if self.shape()[0] != other.shape()[0] {
            return Err(Error::shape(format!(
                "bmm: the batch sizes differ: {:?} x {:?}",
                self.shape(),
                other.shape()
            )));
        }
        apply(Op::MatMul, &[self, other])
    }

    /// The product of a matrix and a vector. PyTorch: `torch.mv`.
    #[track_caller]
    pub fn mv(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("mv", 2, other, 1)?;
        self.matmul(other)
    }

    /// `Σ xᵢ yᵢ` of two vectors. PyTorch: `torch.dot`.
    #[track_caller]
    pub fn dot(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("dot", 1, other, 1)?;
        apply(Op::MatMul, &[&self.unsqueeze(0)?, &other.unsqueeze(1)?])?.reshape(())
    }

    /// `xᵢ yⱼ` of two vectors. PyTorch: `torch.outer`.
    #[track_caller]
    pub fn outer(&self, other: &Tensor) -> Result<Tensor> {
        self.expect_ranks("outer", 1, other, 1)?;
        self.unsqueeze(1)?.mul(&other.unsqueeze(0)?)
    }

    /// `beta x + alpha (a b)`. PyTorch: `torch.addmm`.
    #[track_caller]
    pub fn addmm(
        &self,
        a: &Tensor,
        b: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        a.expect_ranks("addmm", 2, b, 2)?;
        self.plus_scaled(&apply(Op::MatMul, &[a, b])?, beta.into(), alpha.into())
    }

    /// `beta x + alpha (a b)` for batches of matrices. PyTorch: `torch.baddbmm`.
    #[track_caller]
    pub fn baddbmm(
        &self,
        a: &Tensor,
        b: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        self.plus_scaled(&a.bmm(b)?, beta.into(), alpha.into())
    }

    /// `beta x + alpha (a v)` for a matrix and a vector. PyTorch: `torch.addmv`.
    #[track_caller]
    pub fn addmv(
        &self,
        a: &Tensor,
        v: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        self.plus_scaled(&a.mv(v)?, beta.into(), alpha.into())
    }

    #[track_caller]
    fn plus_scaled(&self, product: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
        let one = |s: Scalar| s.to_f64() == 1.0;
        let product = if one(alpha) {
            product.clone()
        } else {
            product.mul(alpha)?
        };
        // beta = 0 forgets x, NaN and all.
        if beta.to_f64() == 0.0 {
            self.expand(product.shape())?;
            return Ok(product);
        }
        if one(beta) {
            product.add(self)
        } else {
            product.add(&self.mul(beta)?)
        }
    }

    /// `x wᵀ + b`: `[.., in]`, weight `[out, in]`, bias `[out]` → `[.., out]`. PyTorch: `nn.functional.linear`.
    #[track_caller]
    pub fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        if weight.ndim() == 1 {
            let y = self.matmul(weight)?;
            return bias.map_or(Ok(y.clone()), |b| y.add(b));
        }
        let op = Op::Fused(Arc::new(Fused::Linear));
        match bias {
            Some(bias) => apply(op, &[self, weight, bias]),
            None => apply(op, &[self, weight]),
        }
    }

    #[track_caller]
    fn expect_ranks(
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
}
