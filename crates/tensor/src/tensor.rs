//! The type [`Tensor`]: a shared handle to storage, layout, dtype, device and history.

use crate::history::MetaCell;
use crate::{Device, track};
use rushlight_backend::{
    DType, Dims, Error, Layout, Op, Result, Storage, TensorType, View, ViewOp,
};
use std::sync::Arc;

/// An n-dimensional array: elements of one [`DType`], in a shape, on a [`Device`]. PyTorch: `torch.Tensor`.
///
/// ```
/// use rushlight::{DType, Tensor, tensor};
///
/// let x = tensor!([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!((x.shape(), x.dtype()), (&[2, 3][..], DType::F32));
///
/// let w = Tensor::ones([3, 2], ())?;
/// let y = x.matmul(&w)?.add(1.0)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[7.0, 7.0], [16.0, 16.0]]);
///
/// // A view shares the memory of the tensor, and writes show through it.
/// let row = x.select(0, 0)?;
/// row.fill_(0.0)?;
/// assert_eq!(x.sum()?.item::<f32>()?, 15.0);
///
/// // An error is a value that names the operation and the shapes.
/// let error = x.matmul(&y).unwrap_err();
/// assert!(error.to_string().starts_with("matmul: "));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// | to | see |
/// | --- | --- |
/// | create | [`tensor!`](crate::tensor!), [`Tensor::zeros`], [`Tensor::full`], [`Tensor::arange`], [`Tensor::randn`], [`Tensor::from_slice`] |
/// | read | [`Tensor::item`], [`Tensor::to_vec`], [`Tensor::to_vec2`], printing with `{}` |
/// | convert | [`Tensor::to`] a dtype, a device or both; [`Tensor::float`] and the other names of dtypes |
/// | look at a part, without a copy | [`Tensor::select`], [`Tensor::narrow`], [`Tensor::view`], [`Tensor::transpose`], [`Tensor::permute`] |
/// | compute | [`Tensor::add`], [`Tensor::matmul`], [`Tensor::exp`] …; operators such as `&x + &y` panic with the error's text |
/// | reduce | [`Tensor::sum`] over all elements, [`Tensor::sum_dim`] over some dimensions, and likewise for others |
/// | write in place | a name that ends in `_`: [`Tensor::add_`], [`Tensor::fill_`], [`Tensor::copy_`] |
/// | differentiate | the trait `Autograd` of `rushlight-autograd`: `requires_grad_`, `backward`, `grad` |
///
/// `clone` returns another handle to the same tensor; [`Tensor::copy`] copies the elements.
#[derive(Clone)]
pub struct Tensor(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub storage: Storage,
    pub layout: Layout,
    pub dtype: DType,
    pub device: Device,
    pub meta: MetaCell,
    /// The tensor that a view was taken from. It is never a view itself, so chains have length one.
    pub base: Option<Tensor>,
}

/// How many bytes a tensor of this shape and dtype takes.
#[inline]
#[track_caller]
pub(crate) fn bytes_of(shape: &Dims, dtype: DType) -> Result<usize> {
    let most = isize::MAX as usize / dtype.size();
    match shape.extent() {
        Some(extent) if extent <= most => Ok(shape.numel() * dtype.size()),
        _ => Err(Error::out_of_memory(format!(
            "a tensor of shape {:?} exceeds the address space",
            &**shape
        ))),
    }
}

impl Tensor {
    /// A tensor over `storage` that is not a view.
    #[inline]
    pub(crate) fn own(storage: Storage, layout: Layout, dtype: DType, device: Device) -> Tensor {
        Tensor(Arc::new(Inner {
            storage,
            layout,
            dtype,
            device,
            meta: MetaCell::default(),
            base: None,
        }))
    }

    /// A view of this tensor under `layout`, recorded as `op`.
    #[inline]
    #[track_caller]
    pub(crate) fn viewed(&self, layout: Layout, op: impl FnOnce() -> ViewOp) -> Result<Tensor> {
        let Inner {
            storage,
            dtype,
            device,
            base,
            ..
        } = &*self.0;
        let base = base.as_ref().unwrap_or(self).clone();
        let meta = MetaCell::of_view(&base);
        let inner = Inner {
            storage: storage.clone(),
            layout,
            dtype: *dtype,
            device: device.clone(),
            meta,
            base: Some(base),
        };
        let mut out = Tensor(Arc::new(inner));
        track(|| Op::View(op()), &[self], &mut out, &[])?;
        Ok(out)
    }

    /// A tensor over the same memory, without history and without a base. PyTorch: `Tensor.detach`.
    ///
    /// Writes to the detached tensor are visible in the original and increase its version.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0, 2.0]);
    /// x.detach().mul_(10)?;
    /// assert_eq!((x.to_vec::<f32>()?, x.version()), (vec![10.0, 20.0], 1));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn detach(&self) -> Tensor {
        let Inner {
            storage,
            layout,
            dtype,
            device,
            ..
        } = &*self.0;
        Tensor::own(storage.clone(), *layout, *dtype, device.clone())
    }

    /// A handle to the same memory without history *and without version checks*. PyTorch: `Tensor.data`.
    ///
    /// Writes to it are visible in the original, as with [`Tensor::detach`], but the original's version does not count them. So a backward pass
    /// that saved the original's elements before such a write is not refused: it computes with the elements that the memory holds then,
    /// and its gradients may be those of no function. Use it where that is intended, as in Hogwild, where threads train one model
    /// without waiting for each other; else use [`Tensor::detach`] or `no_grad`.
    ///
    /// Each operation still locks the memory that it reads and writes: threads never see half an operation on the CPU, but between two
    /// operations other threads may write.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0, 2.0]);
    /// x.data().mul_(10)?;
    /// assert_eq!((x.to_vec::<f32>()?, x.version()), (vec![10.0, 20.0], 0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn data(&self) -> Tensor {
        let Inner {
            storage,
            layout,
            dtype,
            device,
            ..
        } = &*self.0;
        let storage = storage.with_own_version();
        Tensor::own(storage, *layout, *dtype, device.clone())
    }

    /// The tensor this one is a view of.
    /// PyTorch: `Tensor._base`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// assert!(x.base().is_none());
    /// assert!(x.narrow(0, 0, 2)?.base().is_some_and(|base| base.is(&x)));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn base(&self) -> Option<&Tensor> {
        self.0.base.as_ref()
    }

    /// Size along each dimension.
    /// PyTorch: `Tensor.shape`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2, 3]]).shape(), [1, 3]);
    /// ```
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.0.layout.shape()
    }

    /// Size along one dimension.
    /// Negative dimensions count from the end. PyTorch: `Tensor.size(dim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2, 3]]).size(-1)?, 3);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such dimension.
    #[track_caller]
    pub fn size(&self, dim: isize) -> Result<usize> {
        Ok(self.dimension("size", dim)?.1)
    }

    /// Index and size of dimension `dim`, for the operation `name`. A scalar has no dimension.
    #[track_caller]
    pub(crate) fn dimension(&self, name: &str, dim: isize) -> Result<(usize, usize)> {
        let d = crate::parameters::dim_of(name, dim, self.ndim())?;
        match self.shape().get(d) {
            Some(&n) => Ok((d, n)),
            None => Err(Error::index(format!(
                "{name}: a scalar has no dimension {dim}; reshape it to [1] first"
            ))),
        }
    }

    /// Number of dimensions.
    /// PyTorch: `Tensor.ndim`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2, 3]]).ndim(), 2);
    /// ```
    #[inline]
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// Number of elements.
    /// PyTorch: `Tensor.numel`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2, 3]]).numel(), 3);
    /// ```
    #[inline]
    pub fn numel(&self) -> usize {
        self.0.layout.numel()
    }

    /// Type of the elements.
    /// PyTorch: `Tensor.dtype`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// assert_eq!(tensor!([1.0]).dtype(), DType::F32);
    /// ```
    #[inline]
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// The device of the tensor.
    /// PyTorch: `Tensor.device`.
    ///
    /// ```
    /// # use rushlight::{Device, tensor};
    /// assert!(*tensor!([1.0]).device() == Device::CPU);
    /// ```
    #[inline]
    pub fn device(&self) -> &Device {
        &self.0.device
    }

    /// Distance between neighbouring elements along each dimension, in elements.
    /// PyTorch: `Tensor.stride`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.strides(), [3, 1]);
    /// assert_eq!(x.t()?.strides(), [1, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[inline]
    pub fn strides(&self) -> &[usize] {
        self.0.layout.strides()
    }

    /// The position of the first element in the storage, in elements. PyTorch: `Tensor.storage_offset`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2, 3]).narrow(0, 1, 2)?.storage_offset(), 1);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[inline]
    pub fn storage_offset(&self) -> usize {
        self.0.layout.offset()
    }

    /// The size of an element in bytes. PyTorch: `Tensor.element_size`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1.0]).element_size(), 4);
    /// ```
    #[inline]
    pub fn element_size(&self) -> usize {
        self.0.dtype.size()
    }

    /// Shape, strides and offset in the storage.
    /// PyTorch gives them apart, by `Tensor.shape`, `Tensor.stride` and `Tensor.storage_offset`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let row = tensor!([[1, 2], [3, 4]]).select(0, 1)?;
    /// assert_eq!((row.layout().offset(), row.layout().numel()), (2, 2));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.0.layout
    }

    /// Whether the elements are contiguous in row-major order.
    /// PyTorch: `Tensor.is_contiguous`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert!(x.is_contiguous() && !x.t()?.is_contiguous());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.0.layout.is_contiguous()
    }

    /// Whether both are handles of the same tensor.
    /// PyTorch: `a is b`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// assert!(x.is(&x.clone()) && !x.is(&x.detach()));
    /// ```
    #[inline]
    pub fn is(&self, other: &Tensor) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether both share the same memory.
    /// PyTorch: `a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// assert!(x.shares_memory(&x.detach()) && !x.shares_memory(&x.add(0)?));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[inline]
    pub fn shares_memory(&self, other: &Tensor) -> bool {
        self.0.storage.same(&other.0.storage)
    }

    /// Whether no other handle or view shares this tensor's memory.
    /// PyTorch has no such function.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// assert!(x.is_unique());
    /// let view = x.detach();
    /// assert!(!x.is_unique());
    /// ```
    #[inline]
    pub fn is_unique(&self) -> bool {
        Arc::strong_count(&self.0) == 1 && self.0.storage.is_unique()
    }

    /// The number of in-place writes to the tensor's memory. PyTorch: `Tensor._version`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0]);
    /// x.add_(1)?;
    /// assert_eq!(x.version(), 1);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[inline]
    pub fn version(&self) -> u32 {
        self.0.storage.version()
    }

    /// The tensor as an operand of a backend.
    #[inline]
    #[track_caller]
    pub(crate) fn as_view(&self) -> Result<View<'_>> {
        View::new(&self.0.storage, &self.0.layout, self.0.dtype)
    }

    /// The tensor as an operand of a backend, under another layout of the same memory.
    #[inline]
    #[track_caller]
    pub(crate) fn under<'a>(&'a self, layout: &'a Layout) -> Result<View<'a>> {
        View::new(&self.0.storage, layout, self.0.dtype)
    }

    #[inline]
    pub(crate) fn tensor_type(&self) -> TensorType {
        TensorType {
            shape: *self.0.layout.shape(),
            dtype: self.0.dtype,
        }
    }
}

/// So that lists of tensors, of references and of parameters can be given alike: [`Tensor::cat`] takes each.
impl AsRef<Tensor> for Tensor {
    #[inline]
    fn as_ref(&self) -> &Tensor {
        self
    }
}
