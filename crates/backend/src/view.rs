//! Operands of kernels. A [`View`] can only be created if its layout stays inside its storage, so kernels need not check bounds again.

use crate::{DType, Error, Layout, Result, Storage};

/// A tensor that a kernel reads: storage, layout and dtype. All elements of the layout lie inside the storage.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    storage: &'a Storage,
    layout: &'a Layout,
    dtype: DType,
}

impl<'a> View<'a> {
    /// The elements of `storage` that `layout` reaches, or an error if it reaches beyond.
    ///
    /// ```
    /// use rushlight::backend::{Buffer, DType, Dims, Layout, Storage, View};
    /// struct Words(#[allow(dead_code)] [u64; 2]);
    /// impl Buffer for Words {}
    ///
    /// let storage = Storage::new(16, Words([0; 2]));
    /// let [four, five] = [4, 5].map(|n| Layout::contiguous(Dims::from([n])));
    /// assert!(View::new(&storage, &four, DType::F32).is_ok());
    /// assert!(View::new(&storage, &five, DType::F32).is_err());
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn new(storage: &'a Storage, layout: &'a Layout, dtype: DType) -> Result<View<'a>> {
        let end = layout.end().checked_mul(dtype.size());
        if end.is_none_or(|end| end > storage.bytes()) {
            return Err(beyond(storage, layout, dtype));
        }
        Ok(View {
            storage,
            layout,
            dtype,
        })
    }

    /// The allocation.
    #[inline]
    pub fn storage(&self) -> &'a Storage {
        self.storage
    }

    /// The layout of the elements in it.
    #[inline]
    pub fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// The type of the elements.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The same storage under another layout, or an error if that reaches beyond it.
    #[inline]
    #[track_caller]
    pub fn with_layout<'b>(&self, layout: &'b Layout) -> Result<View<'b>>
    where
        'a: 'b,
    {
        View::new(self.storage, layout, self.dtype)
    }

    /// The same storage with elements of another dtype, or an error if those reach beyond it.
    #[inline]
    #[track_caller]
    pub fn with_dtype(&self, dtype: DType) -> Result<View<'a>> {
        View::new(self.storage, self.layout, dtype)
    }

    /// Whether the memory ranges of both overlap. Interleaved elements count as overlap.
    #[inline]
    pub fn overlaps(&self, other: &View<'_>) -> bool {
        if !self.storage.same(other.storage) {
            return false;
        }
        let range = |v: &View<'_>| {
            let size = v.dtype.size();
            v.layout.offset() * size..v.layout.end() * size
        };
        let (a, b) = (range(self), range(other));
        a.start < b.end && b.start < a.end
    }

    /// Whether both are the same elements in the same order.
    #[inline]
    pub fn coincides(&self, other: &View<'_>) -> bool {
        self.storage.same(other.storage) && self.layout == other.layout && self.dtype == other.dtype
    }
}

#[cold]
#[track_caller]
fn beyond(storage: &Storage, layout: &Layout, dtype: DType) -> Error {
    Error::value(format!(
        "view: shape {:?} with strides {:?} from element {} of {dtype} reaches beyond a storage of {} bytes",
        layout.shape(),
        layout.strides(),
        layout.offset(),
        storage.bytes()
    ))
}

/// A tensor that a kernel writes.
///
/// Its memory needs no lock if no other code can access it. A storage with a single owner does not prove that, since two threads may share
/// the owner; a mutable borrow does, and [`Output::fresh`] requires one. An output cannot be copied, and a call takes it by value, so no
/// view of it is in use while a kernel runs.
#[derive(Debug)]
pub struct Output<'a> {
    view: View<'a>,
    fresh: bool,
}

impl<'a> Output<'a> {
    /// The elements of `storage` that `layout` reaches, while no one else can reach `storage`.
    #[inline]
    #[track_caller]
    pub fn fresh(storage: &'a mut Storage, layout: &'a Layout, dtype: DType) -> Result<Output<'a>> {
        Ok(Output {
            view: View::new(storage, layout, dtype)?,
            fresh: true,
        })
    }

    /// Outputs over memory that others may access, which kernels must lock.
    pub fn shared(views: &[View<'a>]) -> Outputs<'a> {
        views.iter().copied().map(Output::from).collect()
    }

    /// The output as a view, while no kernel writes it.
    #[inline]
    pub fn view(&self) -> View<'_> {
        self.view
    }

    /// Whether only this output can reach its memory: it was created by [`Output::fresh`], and its storage was not cloned since through a view
    /// of it.
    #[inline]
    pub fn is_exclusive(&mut self) -> bool {
        self.fresh && self.view.storage.is_unique()
    }
}

impl<'a> From<View<'a>> for Output<'a> {
    /// An output over memory that others may access, which kernels must lock.
    #[inline]
    fn from(view: View<'a>) -> Output<'a> {
        Output { view, fresh: false }
    }
}

/// The tensors that one call writes: at most three, the largest number of results of an operation.
///
/// They are stored inline, without an allocation.
#[derive(Debug, Default)]
pub struct Outputs<'a> {
    held: [Option<Output<'a>>; 3],
    /// The number of outputs given. Those after the third are not stored, since no call accepts them.
    count: usize,
}

impl<'a> Outputs<'a> {
    /// The number of outputs.
    #[inline]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no outputs.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The outputs as views, for as long as no kernel writes them.
    #[inline]
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.held.iter().map_while(Option::as_ref).map(Output::view)
    }

    /// The outputs themselves.
    #[inline]
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Output<'a>> {
        self.held.iter_mut().map_while(Option::as_mut)
    }
}

impl<'a> From<Output<'a>> for Outputs<'a> {
    #[inline]
    fn from(out: Output<'a>) -> Outputs<'a> {
        Outputs {
            held: [Some(out), None, None],
            count: 1,
        }
    }
}

impl<'a> FromIterator<Output<'a>> for Outputs<'a> {
    fn from_iter<I: IntoIterator<Item = Output<'a>>>(outs: I) -> Outputs<'a> {
        let mut all = Outputs::default();
        for out in outs {
            if let Some(slot) = all.held.get_mut(all.count) {
                *slot = Some(out);
            }
            all.count += 1;
        }
        all
    }
}
