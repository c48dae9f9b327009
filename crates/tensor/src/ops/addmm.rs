//! Products with an addend: `beta x + alpha (a b)` for matrices, vectors and batches.

use crate::{Half, Tensor};
use rushlight_backend::{Category, DType, Error, Result, Scalar, broadcast};

impl Tensor {
    /// `beta x + alpha (a b)` for two matrices: `x` `[m, n]`, or a shape that broadcasts to it, `a` `[m, k]`, `b` `[k, n]` → `[m, n]`.
    ///
    /// All three have one dtype, any but `bool`; for integers `beta` and `alpha` are truncated. With `beta = 0`, `x` is ignored, even if it
    /// contains NaN. PyTorch: `torch.addmm`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let (a, b) = (tensor!([[1.0, 2.0]]), tensor!([[3.0], [4.0]]));
    /// let y = tensor!([[100.0]]).addmm(&a, &b, 0.5, 2)?;
    /// assert_eq!(y.to_vec::<f32>()?, [72.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `a` and `b` are not matrices with equal inner sizes, if `x` does not broadcast to `[m, n]`, or if the dtypes differ or are `bool`.
    #[track_caller]
    pub fn addmm(
        &self,
        a: &Tensor,
        b: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        a.expect_ranks("addmm", 2, b, 2)?;
        a.expect_inner("addmm", b)?;
        self.expect_addend("addmm", a.dtype(), &[a.shape()[0], b.shape()[1]])?;
        let (beta, alpha) = (beta.into(), alpha.into());
        if let Some(half) = Half::among([self, a, b]) {
            let x = half.widen(self)?;
            return half.round(x.addmm(&half.widen(a)?, &half.widen(b)?, beta, alpha)?);
        }
        self.plus_scaled(&a.mm(b)?, beta, alpha)
    }

    /// `beta x + alpha (a v)` for a matrix and a vector: `x` `[m]`, or a shape that broadcasts to it, `a` `[m, k]`, `v` `[k]` → `[m]`. Dtypes and
    /// factors as for [`Tensor::addmm`]. PyTorch: `torch.addmv`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (a, v) = (tensor!([[1.0, 2.0], [3.0, 4.0]]), tensor!([1.0, 1.0]));
    /// let y = tensor!([10.0, 20.0]).addmv(&a, &v, 1, 2)?;
    /// assert_eq!(y.to_vec::<f32>()?, [16.0, 34.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `a` is not a matrix and `v` a vector with equal inner sizes, if `x` does not broadcast to `[m]`, or if the dtypes differ or are `bool`.
    #[track_caller]
    pub fn addmv(
        &self,
        a: &Tensor,
        v: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        a.expect_ranks("addmv", 2, v, 1)?;
        a.expect_inner("addmv", v)?;
        self.expect_addend("addmv", a.dtype(), &[a.shape()[0]])?;
        let (beta, alpha) = (beta.into(), alpha.into());
        if let Some(half) = Half::among([self, a, v]) {
            let x = half.widen(self)?;
            return half.round(x.addmv(&half.widen(a)?, &half.widen(v)?, beta, alpha)?);
        }
        self.plus_scaled(&a.mv(v)?, beta, alpha)
    }

    /// `beta x + alpha (aᵢ bᵢ)` for two batches of matrices: `x` `[n, m, p]`, or a shape that broadcasts to it, `a` `[n, m, k]`, `b` `[n, k, p]`
    /// → `[n, m, p]`. Dtypes and factors as for [`Tensor::addmm`]. PyTorch: `torch.baddbmm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (a, b) = (tensor!([[[1, 2]], [[3, 4]]]), tensor!([[[5], [6]], [[7], [8]]]));
    /// let y = tensor!([[[100]], [[200]]]).baddbmm(&a, &b, 1, 1)?;
    /// assert_eq!(y.shape(), [2, 1, 1]);
    /// assert_eq!(y.to_vec::<i64>()?, [117, 253]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `a` and `b` are not batches of one size of matrices that can be multiplied, if `x` does not broadcast to the result, or if the dtypes
    /// differ or are `bool`.
    #[track_caller]
    pub fn baddbmm(
        &self,
        a: &Tensor,
        b: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        a.expect_batches("baddbmm", b)?;
        self.expect_addend(
            "baddbmm",
            a.dtype(),
            &[a.shape()[0], a.shape()[1], b.shape()[2]],
        )?;
        let (beta, alpha) = (beta.into(), alpha.into());
        if let Some(half) = Half::among([self, a, b]) {
            let x = half.widen(self)?;
            return half.round(x.baddbmm(&half.widen(a)?, &half.widen(b)?, beta, alpha)?);
        }
        self.plus_scaled(&a.bmm(b)?, beta, alpha)
    }

    /// `beta x + alpha Σ aᵢ bᵢ`, where the products of two batches of matrices are summed: `x` `[m, p]`, or a shape that broadcasts to it, `a`
    /// `[n, m, k]`, `b` `[n, k, p]` → `[m, p]`. Dtypes and factors as for [`Tensor::addmm`]. PyTorch: `torch.addbmm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (a, b) = (tensor!([[[1, 2]], [[3, 4]]]), tensor!([[[5], [6]], [[7], [8]]]));
    /// assert_eq!(tensor!([[100]]).addbmm(&a, &b, 1, 1)?.to_vec::<i64>()?, [170]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `a` and `b` are not batches of one size of matrices that can be multiplied, if `x` does not broadcast to the result, or if the dtypes
    /// differ or are `bool`.
    #[track_caller]
    pub fn addbmm(
        &self,
        a: &Tensor,
        b: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        a.expect_batches("addbmm", b)?;
        self.expect_addend("addbmm", a.dtype(), &[a.shape()[1], b.shape()[2]])?;
        let (beta, alpha) = (beta.into(), alpha.into());
        if let Some(half) = Half::among([self, a, b]) {
            let x = half.widen(self)?;
            return half.round(x.addbmm(&half.widen(a)?, &half.widen(b)?, beta, alpha)?);
        }
        // The sum over the batch becomes part of the inner dimension, so this is one product of two matrices.
        let product = a.contract(&[0, 2], b, &[0, 1])?;
        self.plus_scaled(&product, beta, alpha)
    }

    /// `beta x + alpha u vᵀ` for two vectors: `x` `[m, n]`, or a shape that broadcasts to it, `u` `[m]`, `v` `[n]` → `[m, n]`. The result has the
    /// promoted dtype. With `beta = 0`, `x` is ignored. PyTorch: `torch.addr`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 1], [1, 1]]);
    /// let y = x.addr(&tensor!([1, 2]), &tensor!([10, 20]), 1, 1)?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[11, 21], [21, 41]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `u` or `v` is not a vector, if `x` does not broadcast to `[m, n]`, or if the promoted dtype cannot hold `beta` or `alpha`.
    #[track_caller]
    pub fn addr(
        &self,
        u: &Tensor,
        v: &Tensor,
        beta: impl Into<Scalar>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        u.expect_ranks("addr", 1, v, 1)?;
        self.expect_broadcast("addr", &[u.shape()[0], v.shape()[0]])?;
        let dtype = self.dtype().promote(u.dtype()).promote(v.dtype());
        let (beta, alpha) = (beta.into(), alpha.into());
        for (name, s) in [("beta", beta), ("alpha", alpha)] {
            if s.category() > dtype.category() && dtype.category() != Category::Bool
                || s.category() == Category::Float && !dtype.is_float()
            {
                return Err(Error::dtype(format!(
                    "addr: {name} is {s}, which {dtype} cannot hold; convert the tensors first"
                )));
            }
        }
        if let Some(half) = Half::among([self, u, v]) {
            let x = half.widen(self)?;
            return half.round(x.addr(&half.widen(u)?, &half.widen(v)?, beta, alpha)?);
        }
        // `alpha u` first, as in PyTorch: the product alone may be out of range.
        let u = scaled(&u.to(dtype)?, alpha)?;
        self.to(dtype)?
            .plus_scaled(&u.outer(&v.to(dtype)?)?, beta, 1.into())
    }

    /// `beta self + alpha product`, in the product's dtype.
    #[track_caller]
    fn plus_scaled(&self, product: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
        let product = scaled(product, alpha)?;
        if !beta.cast(product.dtype()).to_bool() {
            return Ok(product);
        }
        product.add(&scaled(self, beta)?)
    }

    #[track_caller]
    fn expect_addend(&self, name: &str, dtype: DType, shape: &[usize]) -> Result<()> {
        if self.dtype() != dtype {
            return Err(Error::dtype(format!(
                "{name}: the input is {}, the product {dtype}; convert one with to(dtype)",
                self.dtype()
            )));
        }
        self.expect_broadcast(name, shape)
    }

    #[track_caller]
    fn expect_broadcast(&self, name: &str, shape: &[usize]) -> Result<()> {
        match broadcast(name, self.shape(), shape) {
            Ok(met) if *met == *shape => Ok(()),
            _ => Err(Error::shape(format!(
                "{name}: the input {:?} does not broadcast to the product {shape:?}",
                self.shape()
            ))),
        }
    }
}

/// `s t`; returns `t` itself if `s` is 1.
#[track_caller]
fn scaled(t: &Tensor, s: Scalar) -> Result<Tensor> {
    match s.cast(t.dtype()) {
        s if s.to_f64() == 1.0 => Ok(t.clone()),
        s => t.mul(s),
    }
}
