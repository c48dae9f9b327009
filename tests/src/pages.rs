//! The README, the pages of the guide and those of the book, whose programs are compiled and run as documentation tests.

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
    BookIntroduction: "docs/book/src/introduction.md";
    BookFrameworks: "docs/book/src/frameworks.md";
    BookTensors: "docs/book/src/tensors.md";
    BookAutograd: "docs/book/src/autograd.md";
    BookModules: "docs/book/src/modules.md";
    BookActivations: "docs/book/src/activations.md";
    BookLosses: "docs/book/src/losses.md";
    BookOptimization: "docs/book/src/optimization.md";
    BookData: "docs/book/src/data.md";
    BookAdult: "docs/book/src/adult.md";
    BookConclusion: "docs/book/src/conclusion.md";
    BookExercises: "docs/book/src/exercises.md";
    BookExercise1: "docs/book/src/exercise_1.md";
    BookExercise2: "docs/book/src/exercise_2.md";
    BookExercise3: "docs/book/src/exercise_3.md";
    BookExercise4: "docs/book/src/exercise_4.md";
    BookExercise5: "docs/book/src/exercise_5.md";
}
