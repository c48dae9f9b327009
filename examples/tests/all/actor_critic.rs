//! The program of the example `actor_critic`: its rewards and losses compared with those of `tests/pytorch/actor_critic.py`, its results,
//! and its errors.

use crate::program::{assert_close, column, fails, succeeds, with_gpu};

/// `python examples/tests/pytorch/actor_critic.py --steps 5`
const REWARDS: [f64; 5] = [73.0, 15.0, 9.0, 15.0, 11.0];
const LOSSES: [f64; 5] = [30.36035538, 11.00735664, 5.70071363, 9.75817490, 3.22163630];

#[test]
fn the_first_rewards_and_losses_are_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let check = |flags: &[&str]| {
        let text = succeeds("actor_critic", folder.path(), flags);
        assert_eq!(column(&text, 1), REWARDS);
        assert_close(&column(&text, 2), &LOSSES, 1e-5);
    };
    check(&["--steps", "5"]);
    assert!(folder.path().read_dir().unwrap().next().is_none());
    if with_gpu() {
        check(&["--steps", "5", "--device", "gpu"]);
    }
}

#[test]
fn the_pole_stays_up() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("actor_critic", folder.path(), &[]);
    assert!(text.contains("\nSolved after "), "{text}");
    for file in ["plots/actor_critic.svg", "plots/actor_critic.png"] {
        assert!(text.contains(&format!("wrote {file}")), "{text}");
        assert!(folder.path().join(file).is_file());
    }
    let text = succeeds("actor_critic", folder.path(), &["--episodes", "25"]);
    assert!(text.contains("\nNot solved after 25 episodes"), "{text}");
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    fails("actor_critic", &["--episodes", "0"], "--episodes");
    fails("actor_critic", &["--steps", "0"], "--steps");
    fails("actor_critic", &["--lr=-1"], "learning rate");
}
