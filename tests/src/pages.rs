//! The README and the pages of the guide, whose programs are compiled and run as documentation tests.

/// Each page by its file, as the documentation of an item of its own, so that a failing program names its page.
macro_rules! pages {
    ($($name:ident: $file:literal;)*) => { $(
        #[doc = include_str!(concat!("../../", $file))]
        pub struct $name;
    )* };
}

pages! {
    Readme: "README.md";
    CustomLayer: "docs/guide/custom_layer.md";
    CustomFunction: "docs/guide/custom_function.md";
    CustomOptimizer: "docs/guide/custom_optimizer.md";
    Datasets: "docs/guide/datasets.md";
    Checkpoints: "docs/guide/checkpoints.md";
    FineTuning: "docs/guide/fine_tuning.md";
    ThreadsAndSeeds: "docs/guide/threads_and_seeds.md";
    Gpu: "docs/guide/gpu.md";
    Accuracy: "docs/guide/accuracy.md";
}
