//! The program `actor_critic` of PyTorch's examples of reinforcement learning: an actor learns to balance a pole on a cart from what a
//! critic expects.
//!
//!     cargo run --release --example actor_critic
//!
//! Network, losses and optimizer are those of <https://github.com/pytorch/examples/tree/main/reinforcement_learning>, with the losses of an
//! episode computed at once instead of step by step. Instead of Gymnasium's CartPole there is a simulation by the same equations. `multinomial`
//! and `gather` take the place of `torch.distributions.Categorical`, which Rushlight does not have.
//!
//! It prints a row for every 25 episodes, and draws the rewards into `plots/actor_critic.svg` and `plots/actor_critic.png`.
//! `tests/pytorch/actor_critic.py` is the same program in PyTorch; `--steps 5` prints rewards and losses of the first five episodes of
//! either, which are the same.

use clap::Parser;
use rushlight::Result;
use rushlight::nn::Linear;
use rushlight::nn::functional::{Reduction, SmoothL1LossOptions, smooth_l1_loss};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight_examples::{RunFlags, TextTable, draw, number, positive, thousands, title};
use rushlight_train::LearningCurves;
use std::process::ExitCode;

/// An actor learns to balance a pole on a cart from what a critic expects.
#[derive(Parser)]
struct Flags {
    /// What the reward of the next step counts in comparison with that of this one
    #[arg(long, default_value_t = 0.99)]
    gamma: f64,
    /// Learning rate
    #[arg(long, default_value_t = 0.03)]
    lr: f64,
    /// The largest number of episodes
    #[arg(long, default_value_t = 2000, value_parser = positive)]
    episodes: usize,
    /// Seed of the weights, the initial positions and the actions
    #[arg(long, default_value_t = 543)]
    seed: u64,
    #[command(flatten)]
    run: RunFlags,
}

/// The task is solved when the running mean of the rewards is above this number, as in Gymnasium.
const SOLVED: f64 = 475.0;

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

/// The cart and pole of Barto, Sutton and Anderson (1983): position and speed of the cart, angle and angular speed of the pole.
struct CartPole {
    state: [f64; 4],
    steps: usize,
}

impl CartPole {
    const GRAVITY: f64 = 9.8;
    const CART: f64 = 1.0;
    const POLE: f64 = 0.1;
    const HALF_LENGTH: f64 = 0.5;
    const FORCE: f64 = 10.0;
    const SECONDS: f64 = 0.02;
    const LONGEST: usize = 500;

    /// The beginning of an episode: each of the four numbers is uniform in ±0.05.
    fn reset() -> Result<CartPole> {
        let start = Tensor::rand([4], ())?.sub(0.5)?.mul(0.1)?.to_vec::<f32>()?;
        Ok(CartPole {
            state: std::array::from_fn(|i| f64::from(start[i])),
            steps: 0,
        })
    }

    /// Pushes the cart to the left (0) or to the right (1), and returns the reward and whether the episode is over.
    fn step(&mut self, action: i64) -> (f64, bool) {
        let [x, speed, angle, turning] = self.state;
        let force = if action == 1 {
            Self::FORCE
        } else {
            -Self::FORCE
        };
        let (mass, lever) = (Self::CART + Self::POLE, Self::POLE * Self::HALF_LENGTH);
        let (sin, cos) = angle.sin_cos();
        let push = (force + lever * turning * turning * sin) / mass;
        let turn = (Self::GRAVITY * sin - cos * push)
            / (Self::HALF_LENGTH * (4.0 / 3.0 - Self::POLE * cos * cos / mass));
        let moved = push - lever * turn * cos / mass;
        let t = Self::SECONDS;
        self.state = [
            x + t * speed,
            speed + t * moved,
            angle + t * turning,
            turning + t * turn,
        ];
        self.steps += 1;
        let fallen = self.state[0].abs() > 2.4 || self.state[2].abs() > 12f64.to_radians();
        (1.0, fallen || self.steps == Self::LONGEST)
    }
}

/// The actor, which gives log-probabilities of the two actions, and the critic, which estimates the rewards to come, with a layer in
/// common.
#[derive(Module)]
struct Policy {
    affine: Linear,
    action_head: Linear,
    value_head: Linear,
}

impl Policy {
    fn new() -> Result<Policy> {
        Ok(Policy {
            affine: Linear::new(4, 128)?,
            action_head: Linear::new(128, 2)?,
            value_head: Linear::new(128, 1)?,
        })
    }
}

impl Forward for Policy {
    type Output = (Tensor, Tensor);

    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = self.affine.call(x)?.relu()?;
        let log_probs = self.action_head.call(&x)?.log_softmax(-1)?;
        Ok((log_probs, self.value_head.call(&x)?))
    }
}

/// The discounted sum of the rewards from each step on, normalized to mean 0 and standard deviation 1.
fn returns(rewards: &[f64], gamma: f64, device: &Device) -> Result<Tensor> {
    let (mut returns, mut later) = (Vec::with_capacity(rewards.len()), 0.0);
    for reward in rewards.iter().rev() {
        later = reward + gamma * later;
        returns.push(later as f32);
    }
    returns.reverse();
    let returns = Tensor::from_slice(&returns, [returns.len()])?.to(device)?;
    let deviation = returns.std()?.add(f32::EPSILON)?;
    returns.sub(&returns.mean()?)?.div(&deviation)
}

fn example(flags: Flags) -> Result<()> {
    let episodes = flags.run.passes(flags.episodes, 50);
    let device = flags.run.device.device()?;
    manual_seed(flags.seed);
    let model = Policy::new()?.to(&device)?;
    let mut optimizer = Adam::new(model.parameters(), flags.lr)?;

    println!("{}", title("actor_critic: a pole on a cart"));
    println!(
        "{} parameters on {device}\n",
        thousands(model.num_parameters())
    );
    let table =
        TextTable::new(["episode", "reward", "running mean", "loss of the episode"].map(number));
    if flags.run.steps.is_none() {
        println!("{table}");
    }
    let mut curves = LearningCurves::new("actor_critic: reward by episode", "episode", "reward");
    let (mut running, mut solved) = (10.0, None);
    for episode in 1..=episodes {
        let (mut log_probs, mut values, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
        let (mut world, mut over) = (CartPole::reset()?, false);
        while !over {
            let state = Tensor::from_slice(&world.state, [4])?
                .float()?
                .to(&device)?;
            let (log_prob, value) = model.call(&state)?;
            let action = log_prob.exp()?.multinomial(1, true)?;
            log_probs.push(log_prob.gather(0, &action)?);
            values.push(value);
            let reward;
            (reward, over) = world.step(action.item()?);
            rewards.push(reward);
        }

        let returns = returns(&rewards, flags.gamma, &device)?;
        let log_probs = Tensor::cat(&log_probs, 0)?;
        let values = Tensor::cat(&values, 0)?;
        let advantages = returns.sub(&values.detach())?;
        let actor = log_probs.mul(&advantages)?.sum()?.neg()?;
        let sum = SmoothL1LossOptions::new().reduction(Reduction::Sum);
        let loss = actor.add(&smooth_l1_loss(&values, &returns, sum)?)?;
        optimizer.zero_grad();
        loss.backward()?;
        optimizer.step()?;

        let loss = loss.item::<f64>()?;
        let reward: f64 = rewards.iter().sum();
        running = 0.05 * reward + 0.95 * running;
        curves.push("reward", episode as f64, reward);
        curves.push("running mean", episode as f64, running);
        solved = (running > SOLVED).then_some(episode);
        if flags.run.steps.is_some() {
            println!("step {episode:>4}  reward {reward:>3}  loss {loss:.8}");
        } else if episode % 25 == 0 || solved.is_some() {
            let row = table.row(&[
                &episode,
                &reward,
                &format!("{running:.2}"),
                &format!("{loss:.4}"),
            ]);
            println!("{row}");
        }
        if flags.run.steps == Some(episode) {
            return Ok(());
        }
        if solved.is_some() {
            break;
        }
    }
    match solved {
        Some(episode) => {
            println!("\nSolved after {episode} episodes: the running mean is above {SOLVED}.")
        }
        None => {
            println!("\nNot solved after {episodes} episodes: the running mean is {running:.2}.")
        }
    }
    if flags.run.draws() {
        println!();
        for file in draw(&curves, "actor_critic", None)? {
            println!("wrote {}: the rewards by episode", file.display());
        }
    }
    Ok(())
}
