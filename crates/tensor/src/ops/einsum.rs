//! Einstein summation: parses an equation and evaluates it as a sequence of matrix products.

use crate::parameters::references;
use crate::{Half, Tensor};
use rushlight_backend::{Error, Result};

/// The label of a dimension in an equation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    /// A dimension covered by `...`, counted from the last.
    Rest(usize),
    /// A letter.
    Letter(char),
}

/// The subscripts of one operand as written; `None` is an ellipsis.
type Written = Vec<Option<char>>;

/// A tensor with a distinct label for each dimension.
struct Named {
    tensor: Tensor,
    labels: Vec<Label>,
}

impl Tensor {
    /// Einstein summation: dimensions with the same letter are multiplied, letters that the result does not name are summed over.
    ///
    /// `"ij,jk->ik"` is the matrix product, `"ii"` the trace, `"...ij->...ji"` a transpose. A letter repeated in one operand takes the
    /// diagonal; `...` stands for dimensions that broadcast. Without `->` the result has the ellipsis and then the letters that occur
    /// once, in alphabetical order, capitals first. Sizes of one letter are equal or 1. Operands are contracted from left to right,
    /// each time as one batched matrix product. PyTorch: `torch.einsum`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let (a, b) = (tensor!([[1, 2], [3, 4]]), tensor!([[5, 6], [7, 8]]));
    /// assert_eq!(Tensor::einsum("ij,kj->ki", &[&a, &b])?.to_vec::<i64>()?, [17, 39, 23, 53]);
    /// assert_eq!(Tensor::einsum("ii", &[&a])?.item::<i64>()?, 5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the equation cannot be read, does not fit the number or the ranks of the operands, sizes with one letter differ and none of them is 1,
    /// or the dtypes differ.
    #[track_caller]
    pub fn einsum<T: AsRef<Tensor>>(equation: &str, operands: &[T]) -> Result<Tensor> {
        einsum(equation, &references(operands))
    }
}

/// [`Tensor::einsum`], compiled once.
#[track_caller]
fn einsum(equation: &str, operands: &[&Tensor]) -> Result<Tensor> {
    let (inputs, result) = match equation.split_once("->") {
        Some((inputs, result)) => (inputs, Some(result)),
        None => (equation, None),
    };
    let mut terms: Vec<Written> = Vec::new();
    for term in inputs.split(',') {
        terms.push(read(term, equation)?);
    }
    if terms.len() != operands.len() {
        return Err(Error::value(format!(
            "einsum: \"{equation}\" names {} operands, {} are given",
            terms.len(),
            operands.len()
        )));
    }
    let mut labels = Vec::new();
    for (term, t) in terms.iter().zip(operands) {
        labels.push(label(term, t, equation)?);
    }
    expect_sizes(&labels, operands, equation)?;
    let result = match result {
        Some(text) => explicit(&read(text, equation)?, &labels, equation)?,
        None => implicit(&labels),
    };
    if !is_one_operation(&labels, operands, &result)
        && let Some(half) = Half::among(operands.iter().copied())
    {
        let wide = half.widen_all(operands)?;
        let wide: Vec<&Tensor> = wide.iter().collect();
        return half.round(Tensor::einsum(equation, &wide)?);
    }
    let mut operands = operands.iter().zip(labels);
    let Some((first, labels)) = operands.next() else {
        return Err(Error::value("einsum: no operand is given"));
    };
    let mut total = Named::new(first, labels)?;
    let rest: Vec<(&&Tensor, Vec<Label>)> = operands.collect();
    for (i, (next, labels)) in rest.iter().enumerate() {
        let later = rest[i + 1..].iter().flat_map(|(_, l)| l);
        let kept: Vec<Label> = later.chain(&result).copied().collect();
        total = total.times(Named::new(next, labels.clone())?, &kept)?;
    }
    let total = total.sum_others(&result)?;
    let order: Vec<usize> = result.iter().filter_map(|l| total.at(*l)).collect();
    total.tensor.permute(order)
}

/// Whether the sum is a single operation, which rounds once: it has one operand, or two and each label is in the result or in both
/// operands.
fn is_one_operation(labels: &[Vec<Label>], operands: &[&Tensor], result: &[Label]) -> bool {
    let (&[a, b], [of_a, of_b]) = (operands, labels) else {
        return operands.len() < 2;
    };
    let met = |of: &[Label], t: &Tensor, by: &[Label], other: &Tensor| {
        of.iter()
            .zip(t.shape())
            .all(|(l, n)| match by.iter().position(|o| o == l) {
                Some(at) => other.shape()[at] == *n,
                None => result.contains(l),
            })
    };
    met(of_a, a, of_b, b) && met(of_b, b, of_a, a)
}

/// The subscripts of one operand, or of the result.
#[track_caller]
fn read(term: &str, equation: &str) -> Result<Written> {
    let mut found = Written::new();
    let mut rest = term.trim_start();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("...") {
            if found.contains(&None) {
                return Err(Error::value(format!(
                    "einsum: more than one ellipsis in \"{term}\" of \"{equation}\""
                )));
            }
            found.push(None);
            rest = after.trim_start();
        } else if c.is_ascii_alphabetic() {
            found.push(Some(c));
            rest = rest[1..].trim_start();
        } else {
            return Err(Error::value(format!(
                "einsum: '{c}' in \"{equation}\" is not a subscript; letters, commas, '...' and one '->' are"
            )));
        }
    }
    Ok(found)
}

/// The label of each dimension of an operand.
#[track_caller]
fn label(term: &Written, t: &Tensor, equation: &str) -> Result<Vec<Label>> {
    let letters = term.iter().flatten().count();
    let rest = match t.ndim().checked_sub(letters) {
        Some(rest) if rest == 0 || term.contains(&None) => rest,
        _ => {
            let text: String = term.iter().map(|c| c.unwrap_or('…')).collect();
            return Err(Error::shape(format!(
                "einsum: \"{text}\" of \"{equation}\" has {letters} subscripts, the operand's shape is {:?}",
                t.shape()
            )));
        }
    };
    let each = term.iter().flat_map(|subscript| match subscript {
        Some(c) => vec![Label::Letter(*c)],
        None => (0..rest).rev().map(Label::Rest).collect(),
    });
    Ok(each.collect())
}

/// Whether the sizes of each label agree, and exactly so within an operand.
#[track_caller]
fn expect_sizes(labels: &[Vec<Label>], operands: &[&Tensor], equation: &str) -> Result<()> {
    let mut known: Vec<(Label, usize, usize)> = Vec::new();
    for (k, (labels, t)) in labels.iter().zip(operands).enumerate() {
        for (&l, &n) in labels.iter().zip(t.shape()) {
            match known.iter_mut().find(|(other, ..)| *other == l) {
                None => known.push((l, n, k)),
                Some((_, size, at)) if *size == n || (*at != k && n == 1) => {}
                Some((_, size, at)) if *at != k && *size == 1 => (*size, *at) = (n, k),
                Some((_, size, _)) => {
                    let name = match l {
                        Label::Letter(c) => c.to_string(),
                        Label::Rest(_) => "...".to_owned(),
                    };
                    return Err(Error::shape(format!(
                        "einsum: subscript {name} of \"{equation}\" has size {n} in operand {k} of shape {:?}, {size} before",
                        t.shape()
                    )));
                }
            }
        }
    }
    Ok(())
}

/// The labels of an explicit result.
#[track_caller]
fn explicit(term: &Written, labels: &[Vec<Label>], equation: &str) -> Result<Vec<Label>> {
    let mut result = Vec::new();
    for subscript in term {
        let Some(c) = subscript else {
            result.extend(ellipsis(labels));
            continue;
        };
        let l = Label::Letter(*c);
        let problem = if result.contains(&l) {
            "more than once"
        } else if !labels.iter().any(|of| of.contains(&l)) {
            "but in no operand"
        } else {
            result.push(l);
            continue;
        };
        return Err(Error::value(format!(
            "einsum: {c} is in the result of \"{equation}\" {problem}"
        )));
    }
    Ok(result)
}

/// The labels of an implicit result: the ellipsis, then the letters that occur once.
fn implicit(labels: &[Vec<Label>]) -> Vec<Label> {
    let all: Vec<Label> = labels.iter().flatten().copied().collect();
    let once = |l: &&Label| all.iter().filter(|other| other == l).count() == 1;
    let mut letters: Vec<Label> = all
        .iter()
        .filter(|l| matches!(l, Label::Letter(_)))
        .filter(once)
        .copied()
        .collect();
    letters.sort();
    ellipsis(labels).chain(letters).collect()
}

/// The number of dimensions covered by ellipses.
fn ellipsis(labels: &[Vec<Label>]) -> impl Iterator<Item = Label> + use<> {
    let rest = |of: &Vec<Label>| of.iter().filter(|l| matches!(l, Label::Rest(_))).count();
    let most = labels.iter().map(rest).max().unwrap_or(0);
    (0..most).rev().map(Label::Rest)
}

impl Named {
    /// Takes the diagonal where a label is repeated.
    #[track_caller]
    fn new(tensor: &Tensor, mut labels: Vec<Label>) -> Result<Named> {
        let mut tensor = tensor.clone();
        let repeated = |labels: &[Label]| {
            (0..labels.len()).find_map(|j| {
                let i = labels[..j].iter().position(|l| *l == labels[j])?;
                Some((i, j))
            })
        };
        while let Some((i, j)) = repeated(&labels) {
            tensor = tensor.diagonal(0, i as isize, j as isize)?;
            let label = labels.remove(j);
            labels.remove(i);
            labels.push(label);
        }
        Ok(Named { tensor, labels })
    }

    fn at(&self, label: Label) -> Option<usize> {
        self.labels.iter().position(|l| *l == label)
    }

    fn size(&self, label: Label) -> Option<usize> {
        self.at(label).map(|d| self.tensor.shape()[d])
    }

    fn sizes(&self, labels: &[Label]) -> Vec<usize> {
        labels.iter().filter_map(|l| self.size(*l)).collect()
    }

    /// Sums over all labels but these.
    #[track_caller]
    fn sum_others(self, kept: &[Label]) -> Result<Named> {
        let gone = |l: &Label| !kept.contains(l);
        let dims: Vec<usize> = (0..self.labels.len())
            .filter(|&d| gone(&self.labels[d]))
            .collect();
        if dims.is_empty() {
            return Ok(self);
        }
        Ok(Named {
            tensor: self.tensor.sum_dim(dims, false)?,
            labels: self.labels.into_iter().filter(|l| !gone(l)).collect(),
        })
    }

    /// Drops the dimensions of size 1 that are broadcast to a larger size.
    #[track_caller]
    fn without_ones(self, other: &Named) -> Result<Named> {
        let broadcast =
            |l: &Label| self.size(*l) == Some(1) && other.size(*l).is_some_and(|n| n != 1);
        let dims: Vec<usize> = (0..self.labels.len())
            .filter(|&d| broadcast(&self.labels[d]))
            .collect();
        if dims.is_empty() {
            return Ok(self);
        }
        Ok(Named {
            tensor: self.tensor.squeeze_dim(dims)?,
            labels: self
                .labels
                .iter()
                .filter(|l| !broadcast(l))
                .copied()
                .collect(),
        })
    }

    /// The product, summed over the labels that no later operand and not the result has.
    #[track_caller]
    fn times(self, other: Named, kept: &[Label]) -> Result<Named> {
        let other = other.without_ones(&self)?;
        let one = self.without_ones(&other)?;
        let needed = |by: &Named| [kept, &by.labels].concat();
        let (a, b) = (one.sum_others(&needed(&other))?, other);
        let b = b.sum_others(&needed(&a))?;
        let pick = |of: &Named, f: &dyn Fn(Label) -> bool| -> Vec<Label> {
            of.labels.iter().copied().filter(|l| f(*l)).collect()
        };
        let shared = |l: Label| b.at(l).is_some();
        let batch = pick(&a, &|l| shared(l) && kept.contains(&l));
        let summed = pick(&a, &|l| shared(l) && !kept.contains(&l));
        let rows = pick(&a, &|l| !shared(l));
        let cols = pick(&b, &|l| a.at(l).is_none());
        let labels = [batch.as_slice(), &rows, &cols].concat();
        if summed.is_empty() {
            let left = a
                .arranged(&[&batch, &rows])?
                .reshape([a.sizes(&batch), a.sizes(&rows), vec![1; cols.len()]].concat())?;
            let right = b
                .arranged(&[&batch, &cols])?
                .reshape([b.sizes(&batch), vec![1; rows.len()], b.sizes(&cols)].concat())?;
            let tensor = left.mul(&right)?;
            return Ok(Named { tensor, labels });
        }
        let count = |of: &Named, labels: &[Label]| -> usize { of.sizes(labels).iter().product() };
        let (many, inner) = (count(&a, &batch), count(&a, &summed));
        let (m, n) = (count(&a, &rows), count(&b, &cols));
        let left = a
            .arranged(&[&batch, &rows, &summed])?
            .reshape([many, m, inner])?;
        let right = b
            .arranged(&[&batch, &summed, &cols])?
            .reshape([many, inner, n])?;
        let shape = [a.sizes(&batch), a.sizes(&rows), b.sizes(&cols)].concat();
        a.tensor.expect_same_dtype("einsum", &b.tensor)?;
        let tensor = left.matmul(&right)?.reshape(shape)?;
        Ok(Named { tensor, labels })
    }

    /// The dimensions in this order.
    #[track_caller]
    fn arranged(&self, groups: &[&[Label]]) -> Result<Tensor> {
        let order = groups.concat().into_iter().filter_map(|l| self.at(l));
        self.tensor.permute(order.collect::<Vec<_>>())
    }
}
