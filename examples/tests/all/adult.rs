//! The program of the Adult example: its numbers compared with those of PyTorch, its files, and its errors.

use crate::program::{self, with_gpu};
use std::path::Path;
use std::process::Command;

/// Without --plot the curves are drawn into a folder of this one.
fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

#[track_caller]
fn succeeds(flags: &[&str]) -> String {
    program::succeeds("adult", folder(), flags)
}

/// Checks that the program ends with exit code 2 and prints one line that contains each of `parts`.
#[track_caller]
fn fails(flags: &[&str], parts: &[&str]) {
    let errors = program::refusal("adult", folder(), flags);
    for part in parts {
        assert!(errors.contains(part), "{part:?} is not in {errors}");
    }
}

const HEADER: &str = "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,\
                      capital-gain,capital-loss,hours-per-week,native-country,class";

/// A small file in the form of the Adult data.
fn people(rows: usize) -> String {
    let mut text = format!("{HEADER}\n");
    for i in 0..rows {
        let (work, class) = ([("Private", "<=50K"), ("?", ">50K"), ("Local-gov", "<=50K")])[i % 3];
        let (age, weight) = (20 + i * 7 % 50, 1000 * i);
        text += &format!(
            "{age},{work},{weight},HS-grad,9,Divorced,Sales,Husband,White,Male,0,0,{},Cuba,{class}\n",
            30 + i % 20
        );
    }
    text
}

fn write(folder: &Path, name: &str, contents: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, contents).unwrap();
    path.display().to_string()
}

fn json(path: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

#[track_caller]
fn close(value: &serde_json::Value, want: &[f64], tolerance: f64) {
    let got = numbers(value);
    assert_eq!(got.len(), want.len());
    for (g, w) in got.iter().zip(want) {
        assert!(
            (g - w).abs() <= tolerance * w.abs().max(1.0),
            "{got:?} is not {want:?}"
        );
    }
}

#[test]
fn the_run_is_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (numbers_file, weights, plot) = (
        file("run.json"),
        file("adult.safetensors"),
        file("curves.svg"),
    );
    let text = succeeds(&[
        "--epochs",
        "2",
        "--json",
        &numbers_file,
        "--save",
        &weights,
        "--plot",
        &plot,
    ]);
    assert!(
        text.contains("\nepoch 1/2  loss 0.35"),
        "plain lines when piped: {text}"
    );
    assert!(!text.contains('\x1b'));
    for file in [&numbers_file, &weights, &plot] {
        assert!(text.contains(&format!("\nwrote {file}: ")), "{text}");
    }

    let run = json(&numbers_file);
    assert_eq!(
        numbers(&run["train_rows_first10"])[..5],
        [37193., 31093., 33814., 14500., 23399.]
    );
    assert_eq!(
        numbers(&run["test_rows_first10"])[..3],
        [7762., 23881., 30507.]
    );
    assert_eq!(numbers(&run["x_train_shape"]), [39073., 108.]);
    assert!((run["x_train_sum"].as_f64().unwrap() - 312_583.999_724_576).abs() < 1e-3);
    close(
        &run["fc1_weight_first4"],
        &[0.0406199, -0.0788204, 0.0124282, 0.0576184],
        1e-7,
    );
    close(
        &run["fc1_bias_first4"],
        &[-0.0942520, -0.0902428, -0.0714101, -0.0455453],
        1e-7,
    );
    let batches = [
        0.6665876, 0.6630660, 0.6429731, 0.6680434, 0.6411094, 0.6544254, 0.6499636, 0.6469113,
    ];
    close(&run["first_batch_losses"], &batches, 2e-6);
    for (got, want) in numbers(&run["epoch_mean_loss"])
        .iter()
        .zip([0.357894, 0.315650])
    {
        assert!((got / want - 1.0).abs() < 2e-4, "{got} is not {want}");
    }
    let report = run["report"].as_str().unwrap();
    assert!(
        text.contains(report) && report.contains("      7479\n") && report.contains("      2290\n"),
        "{report}"
    );
    assert!(std::fs::read_to_string(plot).unwrap().contains("</svg>"));

    // The loaded weights give the results that were measured before they were saved.
    let again = file("again.json");
    succeeds(&["--load", &weights, "--json", &again]);
    let again = json(&again);
    assert_eq!(
        (&again["report"], &again["test_bce"]),
        (&run["report"], &run["test_bce"])
    );
    assert!(numbers(&again["epoch_mean_loss"]).is_empty());

    // A file that is cut short, and one of another model.
    let bytes = std::fs::read(&weights).unwrap();
    let cut = write(folder.path(), "cut.safetensors", &bytes[..bytes.len() / 2]);
    fails(&["--load", &cut], &["cut.safetensors", "cut short"]);
    fails(
        &["--load", &weights, "--hidden", "16"],
        &["fc1.weight", "[32, 108]", "[16, 108]"],
    );
    fails(
        &["--load", &file("none.safetensors")],
        &["none.safetensors", "No such file"],
    );
}

#[test]
fn on_the_gpu_the_report_is_the_cpus_and_steps_read_nothing_back() {
    if !with_gpu() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let data = write(folder.path(), "people.csv", people(400));
    let run = |device: &str| {
        let path = file(device);
        let flags = ["--data", &data, "--epochs", "3", "--device", device];
        let text = succeeds(&[&flags[..], &["--json", &path]].concat());
        (text, json(&path))
    };
    let ((text, on_cpu), (gpu_text, on_gpu)) = (run("cpu"), run("gpu"));
    assert_eq!(on_gpu["report"], on_cpu["report"]);
    close(
        &on_gpu["epoch_mean_loss"],
        &numbers(&on_cpu["epoch_mean_loss"]),
        1e-5,
    );
    close(
        &on_gpu["first_batch_losses"],
        &numbers(&on_cpu["first_batch_losses"]),
        1e-5,
    );
    assert!(on_cpu.get("gpu").is_none() && !text.contains("read-backs"));
    assert!(gpu_text.contains("0 read-backs in steps, 3 for the losses of the epochs"));
    let gpu = &on_gpu["gpu"];
    assert_eq!((&gpu["steps"], &gpu["on_host"]), (&15.into(), &0.into()));
    assert!(gpu["launches"].as_u64() > Some(15));
}

#[test]
fn without_a_gpu_its_flag_says_what_was_looked_for() {
    let output = Command::new(program::program("adult"))
        .args(["--device", "gpu"])
        .env("NODEVICE_SELECT", "1")
        .env("RUSHLIGHT_GPU_ADAPTER", "abacus")
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.starts_with("error: gpu:0: there is no such adapter; looked for Vulkan")
            && errors.contains("abacus"),
        "{errors}"
    );
}

#[test]
fn any_rows_and_any_batch_size_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), "people.csv", people(41));
    let plot = folder.path().join("curves.png").display().to_string();
    for batch_size in ["1", "31", "32", "1000"] {
        let flags = [
            "--data",
            &data,
            "--epochs",
            "1",
            "--batch-size",
            batch_size,
            "--plot",
            &plot,
            "--device",
            "auto",
        ];
        assert!(succeeds(&flags).contains("weighted avg"));
    }
    let few = write(folder.path(), "few.csv", people(2));
    assert!(succeeds(&["--data", &few, "--epochs", "1"]).contains("accuracy"));
    assert!(succeeds(&["--help"]).contains("--split-seed"));
}

#[test]
fn a_malformed_file_is_named_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let good = people(20);
    let refuses = |name: &str, contents: &[u8], parts: &[&str]| {
        let path = write(folder.path(), name, contents);
        fails(&["--data", &path], &[&[name], parts].concat());
    };
    let line = |n: usize, from: &str, to: &str| {
        let mut lines: Vec<String> = good.lines().map(str::to_owned).collect();
        assert!(lines[n - 1].contains(from));
        lines[n - 1] = lines[n - 1].replacen(from, to, 1);
        lines.join("\n")
    };
    refuses(
        "text.csv",
        line(6, "48,", "forty,").as_bytes(),
        &["line 6", r#"column "age""#, r#""forty" is not a number"#],
    );
    refuses(
        "ragged.csv",
        line(7, ",Cuba", "").as_bytes(),
        &[
            "line 7",
            r#"column "class""#,
            "the row has 14 cells instead of 15",
        ],
    );
    refuses(
        "label.csv",
        line(3, ">50K", "maybe").as_bytes(),
        &["line 3", r#"column "class""#, r#""maybe" is not one of"#],
    );
    refuses(
        "column.csv",
        line(1, "fnlwgt,", "weight,").as_bytes(),
        &["line 1", r#"no column "fnlwgt""#],
    );
    refuses(
        "latin.csv",
        &[good.as_bytes(), b"\xff\n"].concat(),
        &["line 22"],
    );
    refuses("header.csv", format!("{HEADER}\n").as_bytes(), &["no rows"]);
    refuses("empty.csv", b"", &["the file is empty"]);
    refuses("one.csv", people(1).as_bytes(), &[]);
    fails(
        &["--data", "no/such/file.csv"],
        &["no/such/file.csv", "No such file"],
    );
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), "people.csv", people(40));
    let with_data = |flags: &[&str], parts: &[&str]| {
        fails(&[&["--data", data.as_str()], flags].concat(), parts)
    };
    with_data(&["--batch-size", "0"], &["batch_size", "0"]);
    with_data(&["--lr", "-0.1"], &["learning rate", "-0.1"]);
    with_data(&["--lr", "NaN"], &["learning rate", "NaN"]);
    with_data(&["--plot", "curves.gif"], &["curves.gif", ".svg"]);
    with_data(&["--plot", "a.svg", "--epochs", "0"], &["--plot", "epoch"]);
    with_data(
        &["--save", "no/such/folder/w.safetensors"],
        &["no/such/folder"],
    );
    with_data(&["--json", "no/such/folder/n.json"], &["no/such/folder"]);
    fails(&["--device", "abacus"], &["abacus", "--device"]);
    fails(&["--epochs", "-1"], &["-1"]);
    fails(&["--hidden", "many"], &["many", "--hidden"]);
    fails(&["--frobnicate"], &["--frobnicate"]);
}
