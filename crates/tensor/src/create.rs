//! Constructors: constants, and tensors from Rust slices.

use crate::fresh::Fresh;
use crate::history::GradMode;
use crate::parameters::Ints;
use crate::{Device, Int, Options, Tensor};
use rushlight_backend::{
    DType, Dims, Element, Error, Layout, Result, Scalar, plan, room, with_element,
};

macro_rules! like {
    ($($(#[$doc:meta])* $name:ident, $new:ident, $factory:ident $(, $value:ident)?;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self $(, $value: impl Into<Scalar>)?) -> Result<Tensor> {
                self.$new(self.shape() $(, $value)?)
            }

            #[doc = concat!(
                "As [`Tensor::", stringify!($name), "`], of another shape. PyTorch: `Tensor.", stringify!($new), "`.\n\n",
                "```\n",
                "# use rushlight_tensor::tensor;\n",
                $("# let ", stringify!($value), " = 7;\n",)?
                "let x = tensor!([1, 2]).", stringify!($new), "([2, 3]" $(, ", ", stringify!($value))?, ")?;\n",
                "assert_eq!(x.shape(), [2, 3]);\n",
                "# Ok::<(), rushlight_tensor::Error>(())\n",
                "```\n\n",
                "# Errors\nIf a size is negative or the elements do not fit the memory.",
            )]
            #[track_caller]
            pub fn $new(&self, shape: impl Into<Ints> $(, $value: impl Into<Scalar>)?) -> Result<Tensor> {
                Tensor::$factory(shape $(, $value)?, (self.dtype(), self.device()))
            }
        )* }
    };
}

like! {
    /// Zeros of this tensor's shape, dtype and device. PyTorch: `torch.zeros_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).zeros_like()?.to_vec::<i64>()?, [0, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the elements do not fit the memory.
    zeros_like, new_zeros, zeros;
    /// Ones of this tensor's shape, dtype and device. PyTorch: `torch.ones_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).ones_like()?.to_vec::<i64>()?, [1, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the elements do not fit the memory.
    ones_like, new_ones, ones;
    /// Unspecified elements of this tensor's shape, dtype and device. PyTorch: `torch.empty_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).empty_like()?.shape(), [2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the elements do not fit the memory.
    empty_like, new_empty, empty;
    /// `value` in this tensor's shape, dtype and device. PyTorch: `torch.full_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).full_like(7)?.to_vec::<i64>()?, [7, 7]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype cannot hold the value, or the elements do not fit the memory.
    full_like, new_full, full, value;
}

impl Tensor {
    /// Zeros; `float32` by default. PyTorch: `torch.zeros`.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor};
    /// assert_eq!(Tensor::zeros([2, 3], DType::I64)?.to_vec::<i64>()?, [0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn zeros(shape: impl Into<Ints>, options: impl Into<Options>) -> Result<Tensor> {
        let options = options.into();
        filled(
            "zeros",
            shape.into(),
            Scalar::Int(0),
            options.dtype.unwrap_or(DType::F32),
            options.device(),
        )
    }

    /// Ones; `float32` by default. PyTorch: `torch.ones`.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor};
    /// assert_eq!(Tensor::ones([2, 3], DType::I64)?.to_vec::<i64>()?, [1; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a size is negative or the elements do not fit the memory.
    #[track_caller]
    pub fn ones(shape: impl Into<Ints>, options: impl Into<Options>) -> Result<Tensor> {
        let options = options.into();
        filled(
            "ones",
            shape.into(),
            Scalar::Int(1),
            options.dtype.unwrap_or(DType::F32),
            options.device(),
        )
    }

    /// `value` everywhere; by default of the dtype that the value has: `bool`, `int64` or `float32`. PyTorch: `torch.full`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::full([2], 7, ())?.to_vec::<i64>()?, [7, 7]);
    /// assert_eq!(Tensor::full([2], 0.5, ())?.to_vec::<f32>()?, [0.5, 0.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype cannot hold the value, a size is negative, or the elements do not fit the memory.
    #[track_caller]
    pub fn full(
        shape: impl Into<Ints>,
        value: impl Into<Scalar>,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let (options, value) = (options.into(), value.into());
        let dtype = options.dtype.unwrap_or(value.dtype());
        expect_fits("full", value, dtype)?;
        filled("full", shape.into(), value, dtype, options.device())
    }

    /// Unspecified elements; `float32` by default. PyTorch: `torch.empty`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::empty([2, 3], ())?.shape(), [2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a size is negative or the elements do not fit the memory.
    #[track_caller]
    pub fn empty(shape: impl Into<Ints>, options: impl Into<Options>) -> Result<Tensor> {
        let options = options.into();
        let device = options.device();
        let dtype = options.dtype.unwrap_or(DType::F32);
        Ok(Fresh::new(shape.into().shape("empty")?, dtype, &device)?.tensor(&device))
    }

    /// A 0-dimensional tensor of one number, which is rounded to the dtype; integers must be in range. PyTorch: `torch.tensor(value)`.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor};
    /// let x = Tensor::scalar(3, DType::F64)?;
    /// assert_eq!((x.ndim(), x.item::<f64>()?), (0, 3.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype cannot hold the number.
    #[track_caller]
    pub fn scalar(value: impl Into<Scalar>, options: impl Into<Options>) -> Result<Tensor> {
        let (options, value) = (options.into(), value.into());
        let dtype = options.dtype.unwrap_or(value.dtype());
        if !dtype.is_half() {
            expect_fits("tensor", value, dtype)?;
        }
        filled("tensor", ().into(), value, dtype, options.device())
    }

    /// The identity matrix of `n` rows; `float32` by default. PyTorch: `torch.eye`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::eye(2, ())?.to_vec2::<f32>()?, [[1.0, 0.0], [0.0, 1.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `n` is negative or the elements do not fit the memory.
    #[track_caller]
    pub fn eye(n: impl Into<Int>, options: impl Into<Options>) -> Result<Tensor> {
        let n = n.into();
        identity(n, n, options.into())
    }

    /// `rows x cols` with ones on the main diagonal. PyTorch: `torch.eye(n, m)`.
    /// The dtype is `float32` by default.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor};
    /// let x = Tensor::eye_rect(2, 3, DType::I64)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 0, 0], [0, 1, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a size is negative or the elements do not fit the memory.
    #[track_caller]
    pub fn eye_rect(
        rows: impl Into<Int>,
        cols: impl Into<Int>,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        identity(rows.into(), cols.into(), options.into())
    }

    /// The elements of a slice in row-major order, on the CPU. Its length must be that of the shape.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2])?;
    /// assert_eq!(x.to_vec2::<f32>()?, [[1.0, 2.0], [3.0, 4.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    /// The dtype is that of `T`. PyTorch: `torch.tensor(list).reshape(shape)`.
    ///
    /// # Errors
    /// If the number of elements is not that of the shape.
    #[track_caller]
    pub fn from_slice<T: Element>(data: &[T], shape: impl Into<Ints>) -> Result<Tensor> {
        Tensor::from_slice_on(data, shape, &Device::CPU)
    }

    /// The elements of a slice in row-major order, on a device.
    /// The dtype is that of `T`. PyTorch: `torch.tensor(list, device=…).reshape(shape)`.
    ///
    /// ```
    /// # use rushlight::{Device, Tensor};
    /// let x = Tensor::from_slice_on(&[1i64, 2, 3], 3, &Device::CPU)?;
    /// assert_eq!(x.to_vec::<i64>()?, [1, 2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the number of elements is not that of the shape.
    #[track_caller]
    pub fn from_slice_on<T: Element>(
        data: &[T],
        shape: impl Into<Ints>,
        device: &Device,
    ) -> Result<Tensor> {
        Tensor::from_bytes(bytemuck::cast_slice(data), shape, T::DTYPE, device)
    }

    /// A tensor from the bytes of its elements, in row-major order and native byte order.
    /// The bytes are copied. PyTorch: `torch.frombuffer(bytes, dtype=…).reshape(shape).clone()`.
    ///
    /// ```
    /// # use rushlight::{DType, Device, Tensor};
    /// let x = Tensor::from_bytes(&7i64.to_ne_bytes(), [1], DType::I64, &Device::CPU)?;
    /// assert_eq!(x.to_vec::<i64>()?, [7]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the number of bytes is not that of the shape's elements, or a `bool` is neither 0 nor 1.
    #[track_caller]
    pub fn from_bytes(
        bytes: &[u8],
        shape: impl Into<Ints>,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let shape = shape.into().shape("from_slice")?;
        let given = bytes.len() / dtype.size();
        if shape.extent().is_none()
            || shape.numel() != given
            || !bytes.len().is_multiple_of(dtype.size())
        {
            return Err(Error::shape(format!(
                "from_slice: {given} elements do not fill shape {shape:?}"
            )));
        }
        if dtype == DType::Bool && bytes.iter().any(|&b| b > 1) {
            return Err(Error::value("from_slice: a bool must be the byte 0 or 1"));
        }
        match device.backend().upload(bytes) {
            Ok(storage) => Ok(Tensor::own(
                storage,
                Layout::contiguous(shape),
                dtype,
                device.clone(),
            )),
            Err(e) => Err(e.here()),
        }
    }

    /// The numbers in row-major order, converted to `dtype`.
    #[track_caller]
    pub(crate) fn from_scalars(
        list: &[Scalar],
        shape: Dims,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let flat = from_fn("tensor", list.len(), |i| list[i], dtype, device)?;
        // Not a view of the flat tensor, so that a literal has no base.
        Ok(Tensor::own(
            flat.0.storage.clone(),
            Layout::contiguous(shape),
            dtype,
            device.clone(),
        ))
    }
}

/// [`Tensor::eye_rect`], compiled once.
#[track_caller]
fn identity(rows: Int, cols: Int, options: Options) -> Result<Tensor> {
    let _off = GradMode::set(false);
    let (rows, cols) = (
        rows.size("eye", "number of rows")?,
        cols.size("eye", "number of columns")?,
    );
    let out = filled(
        "eye",
        [rows, cols].into(),
        Scalar::Int(0),
        options.dtype.unwrap_or(DType::F32),
        options.device(),
    )?;
    out.diagonal(0, 0, 1)?.fill_(1)?;
    Ok(out)
}

#[track_caller]
fn filled(name: &str, shape: Ints, value: Scalar, dtype: DType, device: Device) -> Result<Tensor> {
    let mut out = Fresh::new(shape.shape(name)?, dtype, &device)?;
    match plan::fill(value, out.output()?).and_then(|call| device.backend().fill(call)) {
        Ok(()) => Ok(out.tensor(&device)),
        Err(e) => Err(e.here()),
    }
}

/// Whether `value`, to be stored by the operation `name`, is in the range of `dtype`.
#[track_caller]
pub(crate) fn expect_fits(name: &str, value: Scalar, dtype: DType) -> Result<()> {
    match value.fits(dtype) {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{name}: {value} is outside the range of {dtype}"
        ))),
    }
}

/// A vector of `n` elements computed on the host; integers must be in the range of the dtype.
#[track_caller]
pub(crate) fn from_fn(
    name: &str,
    n: usize,
    at: impl Fn(usize) -> Scalar,
    dtype: DType,
    device: &Device,
) -> Result<Tensor> {
    with_element!(dtype, T => {
        let mut data: Vec<T> = room(name, Some(n))?;
        for i in 0..n {
            let value = at(i);
            if !dtype.is_float() {
                expect_fits(name, value, dtype)?;
            }
            data.push(T::from_scalar(value));
        }
        Tensor::from_bytes(bytemuck::cast_slice(&data), n, dtype, device)
    })
}
