//! Sparse matrices that an operation knows when it is created.

/// The entries of a matrix that are not 0, row by row.
#[derive(Clone, PartialEq, Debug)]
pub struct SparseRows {
    columns: usize,
    /// Where the entries of each row begin, and where the last row ends.
    starts: Vec<usize>,
    entries: Vec<(usize, f64)>,
}

impl SparseRows {
    /// Rows of entries, each a column below `columns` and a weight.
    ///
    /// # Panics
    /// If a column is out of range.
    pub fn new<R: IntoIterator<Item = (usize, f64)>>(
        columns: usize,
        rows: impl IntoIterator<Item = R>,
    ) -> SparseRows {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        assert!(entries.iter().all(|(column, _)| *column < columns));
        SparseRows {
            columns,
            starts,
            entries,
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The entries of row `i`, each a column and a weight.
    pub fn row(&self, i: usize) -> &[(usize, f64)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }

    /// The transposed matrix.
    pub fn transposed(&self) -> SparseRows {
        let mut rows = vec![Vec::new(); self.columns];
        for i in 0..self.rows() {
            for &(column, weight) in self.row(i) {
                rows[column].push((i, weight));
            }
        }
        SparseRows::new(self.rows(), rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposed_twice_is_the_same() {
        let rows = [vec![(0, 1.0), (2, 2.0)], vec![], vec![(2, 3.0)]];
        let matrix = SparseRows::new(4, rows);
        let transposed = matrix.transposed();
        assert_eq!((transposed.rows(), transposed.columns()), (4, 3));
        assert_eq!(transposed.row(2), [(0, 2.0), (2, 3.0)]);
        assert_eq!(transposed.transposed(), matrix);
    }
}
