//! Learning curves: measurements during training.

use serde::{Deserialize, Serialize};

/// Named series of points, such as the loss of each epoch. With the feature `plot` they can be drawn.
///
/// ```
/// use rushlight_train::LearningCurves;
/// let mut curves = LearningCurves::new("Adult", "epoch", "loss");
/// for (epoch, loss) in [0.36, 0.32, 0.31].into_iter().enumerate() {
///     curves.push("train", epoch as f64 + 1.0, loss);
/// }
/// assert_eq!(curves.series[0].points.len(), 3);
/// # #[cfg(feature = "plot")]
/// curves.save(std::env::temp_dir().join("rushlight-doc-curves.svg"))?;
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearningCurves {
    /// The title above the plot.
    pub title: String,
    /// The label of the x axis.
    pub x_label: String,
    /// The label of the y axis.
    pub y_label: String,
    /// The curves, in the order of their first points.
    pub series: Vec<Series>,
}

/// A named series of points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// The points in the order in which they are connected.
    #[serde(with = "rushlight_files::numbers")]
    pub points: Vec<(f64, f64)>,
}

impl LearningCurves {
    /// Curves without points, with a title and labels of the axes.
    pub fn new(
        title: impl Into<String>,
        x_label: impl Into<String>,
        y_label: impl Into<String>,
    ) -> LearningCurves {
        LearningCurves {
            title: title.into(),
            x_label: x_label.into(),
            y_label: y_label.into(),
            series: Vec::new(),
        }
    }

    /// Appends a point to the curve `name`, which is created with its first point.
    pub fn push(&mut self, name: &str, x: f64, y: f64) {
        match self.series.iter_mut().find(|s| s.name == name) {
            Some(series) => series.points.push((x, y)),
            None => self.series.push(Series {
                name: name.to_owned(),
                points: vec![(x, y)],
            }),
        }
    }
}
