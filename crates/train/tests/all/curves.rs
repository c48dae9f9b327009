//! Drawing learning curves as SVG and PNG, and saving their points.
#![cfg(feature = "plot")]

use rushlight_train::LearningCurves;

fn curves() -> LearningCurves {
    let mut curves = LearningCurves::new("Adult: Größe <&>", "epoch", "loss");
    for epoch in 1..=10 {
        curves.push("train", f64::from(epoch), 0.3 + 0.06 / f64::from(epoch));
        curves.push("test", f64::from(epoch), 0.31 + 0.05 / f64::from(epoch));
    }
    curves.push("test", 11.0, f64::NAN);
    curves
}

#[test]
fn an_svg_holds_every_curve_and_label() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("curves.SVG");
    std::fs::write(&path, "old").unwrap();
    curves().save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
    for part in ["Größe &lt;&amp;&gt;", "epoch", "loss", "train", "test"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("NaN"));
    assert!(
        text.matches("<polyline").count() >= 4,
        "two curves and their legend"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file is left"
    );
}

/// The numbers at the ticks of the x axis.
fn x_ticks(curves: &LearningCurves) -> Vec<String> {
    let svg = curves.to_svg().unwrap();
    // The numbers form a row between the axis and its label.
    let texts = svg.split("<text ").skip(1);
    let row = texts.filter(|text| {
        let y = text.split("y=\"").nth(1).and_then(|y| y.split('"').next());
        y.is_some_and(|y| (536..560).contains(&y.parse::<i32>().unwrap()))
    });
    row.map(|text| text.lines().nth(1).unwrap().to_owned())
        .collect()
}

#[test]
fn ticks_of_epochs_are_integers() {
    let over = |last: i32, step: f64| {
        let mut curves = LearningCurves::new("", "epoch", "loss");
        (1..=last).for_each(|i| curves.push("train", f64::from(i) * step, 0.5));
        x_ticks(&curves)
    };
    assert_eq!(over(3, 1.0), ["1", "2", "3"]);
    assert_eq!(over(1, 1.0), ["1"]);
    assert_eq!(
        over(20, 1.0),
        ["2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]
    );
    assert_eq!(
        over(40, 1.0),
        ["5", "10", "15", "20", "25", "30", "35", "40"]
    );
    assert_eq!(
        over(100, 1.0),
        ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"]
    );
    assert!(over(3, 0.5).iter().any(|tick| tick.contains('.')));
}

#[test]
fn integers_at_ticks_have_no_decimal_places() {
    let mut curves = LearningCurves::new("", "x", "y");
    for (x, y) in [(-4.0, -4.0), (0.0, 8.0), (4.5, 0.5)] {
        curves.push("curve", x, y);
    }
    let svg = curves.to_svg().unwrap();
    let lines: Vec<&str> = svg.lines().collect();
    assert!(lines.contains(&"0") && lines.contains(&"8"), "{svg}");
    assert!(!svg.contains("-0.0\n") && !svg.contains("8.0\n"), "{svg}");
}

#[test]
fn the_legend_does_not_overlap_the_curves() {
    let svg = curves().to_svg().unwrap();
    let xs = |line: &str| -> Vec<i32> {
        let points = line.split("points=\"").nth(1).unwrap();
        let points = points.split('"').next().unwrap().split_whitespace();
        points
            .map(|p| p.split(',').next().unwrap().parse().unwrap())
            .collect()
    };
    let lines: Vec<Vec<i32>> = svg
        .lines()
        .filter(|l| l.contains("<polyline"))
        .map(xs)
        .collect();
    let (samples, others): (Vec<_>, Vec<_>) = lines
        .iter()
        .partition(|l| l.len() == 2 && l[1] - l[0] == 24);
    assert_eq!(samples.len(), 2);
    let last = others.iter().flat_map(|l| l.iter()).max().unwrap();
    assert!(samples.iter().all(|l| l[0] > *last));
}

#[test]
fn a_png_has_curves_and_letters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("curves.png");
    curves().save(&path).unwrap();
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap()))
            .read_info()
            .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (960, 600));
    let dark = |rows: std::ops::Range<usize>, cols: std::ops::Range<usize>| {
        rows.flat_map(|y| cols.clone().map(move |x| (y * 960 + x) * 3))
            .filter(|&i| pixels[i] < 100)
            .count()
    };
    assert!(dark(10..50, 300..660) > 300, "the title");
    assert!(dark(550..600, 88..960) > 100, "the labels of the x axis");
    assert!(dark(60..540, 0..40) > 50, "the rotated label of the y axis");
    assert_eq!(dark(0..10, 0..960), 0, "the margin");
}

#[cfg(unix)]
#[test]
fn permissions_and_links_of_the_file_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("a.svg"), folder.path().join("b.svg"));
    let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    symlink("a.svg", &link).unwrap();
    curves().save(&link).unwrap();
    mode(0o600);
    curves().save(&link).unwrap();
    let now = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(now & 0o7777, 0o600);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    mode(0o444);
    let e = curves().save(&link).unwrap_err();
    assert!(e.message().contains("read-only"), "{e}");
}

#[test]
fn curves_that_cannot_be_drawn_are_errors() {
    let message =
        |curves: &LearningCurves, path: &str| curves.save(path).unwrap_err().message().to_owned();
    assert_eq!(
        message(&curves(), "curves.gif"),
        r#"learning curves: "curves.gif" ends in neither .svg nor .png"#
    );
    assert_eq!(
        message(&curves(), "no/such/folder/a.svg"),
        "learning curves: no/such/folder/a.svg cannot be written: No such file or directory (os error 2)"
    );
    let mut empty = LearningCurves::default();
    assert_eq!(
        message(&empty, "a.svg"),
        "learning curves: there is no point to draw"
    );
    empty.push("loss", 1.0, f64::INFINITY);
    assert_eq!(
        message(&empty, "a.svg"),
        "learning curves: there is no point to draw"
    );
}

#[test]
fn one_point_and_flat_curves_can_be_drawn() {
    let mut one = LearningCurves::new("", "", "");
    one.push("loss", 3.0, 0.5);
    assert!(one.to_svg().unwrap().contains("<circle"));
    one.push("loss", 4.0, 0.5);
    one.to_svg().unwrap();
    one.push("huge", 1e300, -1e300);
    one.to_png().unwrap();
}

#[test]
fn curves_are_saved_as_json() {
    let mut before = curves();
    before.series[1].points.pop();
    before.push("train", -0.0, f64::INFINITY);
    before.push("train", 5e-324, f64::NEG_INFINITY);
    let text = serde_json::to_string(&before).unwrap();
    let after: LearningCurves = serde_json::from_str(&text).unwrap();
    assert_eq!(after, before);
    // A point whose loss is NaN is saved, too.
    let text = serde_json::to_string(&curves()).unwrap();
    let after: LearningCurves = serde_json::from_str(&text).unwrap();
    assert!(after.series[1].points[10].1.is_nan());
}

#[test]
fn an_axis_longer_than_the_largest_number_is_refused() {
    for points in [[(0.0, 1e308), (1.0, -1e308)], [(-1e308, 0.0), (1e308, 1.0)]] {
        let mut curves = LearningCurves::new("t", "x", "y");
        points.iter().for_each(|(x, y)| curves.push("a", *x, *y));
        let error = curves.to_svg().unwrap_err().to_string();
        assert!(error.contains("an axis from"), "{error}");
        assert!(curves.to_png().is_err());
    }
}
