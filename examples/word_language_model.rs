//! The program `word_language_model` of PyTorch's examples: an LSTM, a GRU or a Transformer learns which word follows, and writes some
//! words.
//!
//!     cargo run --release --example word_language_model
//!     cargo run --release --example word_language_model -- --model transformer --data FILE.txt
//!
//! As in <https://github.com/pytorch/examples/tree/main/word_language_model>, gradients are clipped, the learning rate is divided by 4 when
//! the validation does not improve, and the best model is tested. The text is another: not WikiText-2, which would have to be downloaded,
//! but the pages of this repository, which are a hundred times shorter; so the model is smaller, a word that occurs only once is `<unk>`,
//! and `<eos>` ends a paragraph instead of a line. Embedding and decoder always share their weights. The Transformer's feed-forward network
//! is as wide as its embedding.
//!
//! It prints a row per epoch, and draws the perplexities into `plots/word_language_model.svg` and `plots/word_language_model.png`.
//! `tests/pytorch/word_language_model.py` is the same program in PyTorch; `--steps 5` prints the first losses of either, which are the
//! same.

use clap::{Parser, ValueEnum};
use rushlight::nn::functional::cross_entropy;
use rushlight::nn::{
    Dropout, Embedding, EncoderMasks, GRU, GRUOptions, LSTM, LSTMOptions, Linear, Transformer,
    TransformerEncoder, TransformerEncoderLayer, TransformerLayerOptions, init,
};
use rushlight::optim::{SGD, clip_grad_norm_};
use rushlight::prelude::*;
use rushlight::{Error, Result, step};
use rushlight_examples::{Corpus, RunFlags, TextTable, draw, number, positive, thousands, title};
use rushlight_train::LearningCurves;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// A language model of words: LSTM, GRU or Transformer.
#[derive(Parser)]
struct Flags {
    /// A text file in which empty lines separate paragraphs; without it the pages of this repository are read
    #[arg(long)]
    data: Option<PathBuf>,
    /// The layers between embedding and decoder
    #[arg(long, value_enum, default_value_t = Kind::Lstm)]
    model: Kind,
    /// Width of the embedding and of each layer
    #[arg(long, default_value_t = 128)]
    width: usize,
    /// The number of layers
    #[arg(long, default_value_t = 2)]
    layers: usize,
    /// Heads of the Transformer's attention
    #[arg(long, default_value_t = 4)]
    heads: usize,
    /// The probability of a zero in dropout
    #[arg(long, default_value_t = 0.2)]
    dropout: f64,
    /// Initial learning rate [default: 20 for the LSTM, 10 for the GRU, 5 for the Transformer]
    #[arg(long)]
    lr: Option<f64>,
    /// The largest norm of the gradients
    #[arg(long, default_value_t = 0.25)]
    clip: f64,
    /// The number of passes over the training text
    #[arg(long, default_value_t = 12, value_parser = positive)]
    epochs: usize,
    /// Sequences in a batch
    #[arg(long, default_value_t = 20, value_parser = positive)]
    batch_size: usize,
    /// The length of a sequence
    #[arg(long, default_value_t = 35, value_parser = positive)]
    bptt: usize,
    /// How many words to write at the end
    #[arg(long, default_value_t = 60)]
    words: usize,
    /// What the logits of written words are divided by: below 1, likely words become likelier
    #[arg(long, default_value_t = 0.8)]
    temperature: f64,
    /// Seed of the weights, the dropout and the written words
    #[arg(long, default_value_t = 1111)]
    seed: u64,
    #[command(flatten)]
    run: RunFlags,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Lstm,
    Gru,
    Transformer,
}

fn main() -> ExitCode {
    rushlight_examples::run(|flags: Flags| match flags.model {
        Kind::Lstm => example::<LSTM>(&flags),
        Kind::Gru => example::<GRU>(&flags),
        Kind::Transformer => example::<Attention>(&flags),
    })
}

/// The text in columns, one for each sequence of a batch: row `i` holds the words at `i` of all columns.
fn batchify(words: &[i64], batch_size: usize, device: &Device) -> Result<Tensor> {
    let rows = words.len() / batch_size;
    if rows < 2 {
        return Err(Error::value(format!(
            "{} words are too few for {batch_size} sequences; of ten paragraphs, one is for validation and one for the test",
            words.len()
        )));
    }
    Tensor::from_slice(&words[..rows * batch_size], [batch_size, rows])?
        .t()?
        .contiguous()?
        .to(device)
}

/// The words of the rows from `i` on, and as targets the words that follow them.
fn get_batch(source: &Tensor, i: usize, bptt: usize) -> Result<(Tensor, Tensor)> {
    let length = bptt.min(source.size(0)? - 1 - i);
    Ok((
        source.i(i..i + length)?,
        source.i(i + 1..i + 1 + length)?.flatten(0, -1)?,
    ))
}

/// What stands between embedding and decoder: `[length, batch, width]` to the same.
trait Core: Module + Sized {
    /// What the next sequence goes on from.
    type State;
    /// The initial learning rate that suits it.
    const LR: f64;

    fn new(flags: &Flags) -> Result<Self>;

    /// The state is detached: gradients end where the sequence begins.
    fn run(&self, x: &Tensor, state: Option<Self::State>) -> Result<(Tensor, Self::State)>;
}

impl Core for LSTM {
    type State = (Tensor, Tensor);
    const LR: f64 = 20.0;

    fn new(flags: &Flags) -> Result<LSTM> {
        let options = LSTMOptions::new()
            .num_layers(flags.layers)
            .dropout(flags.dropout);
        LSTM::with(flags.width, flags.width, options)
    }

    fn run(&self, x: &Tensor, state: Option<Self::State>) -> Result<(Tensor, Self::State)> {
        match state {
            Some((h, c)) => self.call_with_state(x, &(h.detach(), c.detach())),
            None => self.call(x),
        }
    }
}

impl Core for GRU {
    type State = Tensor;
    const LR: f64 = 10.0;

    fn new(flags: &Flags) -> Result<GRU> {
        let options = GRUOptions::new()
            .num_layers(flags.layers)
            .dropout(flags.dropout);
        GRU::with(flags.width, flags.width, options)
    }

    fn run(&self, x: &Tensor, state: Option<Tensor>) -> Result<(Tensor, Tensor)> {
        match state {
            Some(h) => self.call_with_state(x, &h.detach()),
            None => self.call(x),
        }
    }
}

/// A Transformer's encoder in which no word sees those after it.
#[derive(Module)]
struct Attention {
    drop: Dropout,
    encoder: TransformerEncoder,
    /// Sines and cosines of the positions, `[bptt, 1, width]`.
    positions: Buffer,
}

impl Core for Attention {
    type State = ();
    const LR: f64 = 5.0;

    fn new(flags: &Flags) -> Result<Attention> {
        let options = TransformerLayerOptions::new()
            .dim_feedforward(flags.width)
            .dropout(flags.dropout);
        let layer = TransformerEncoderLayer::with(flags.width, flags.heads, options)?;
        let position = Tensor::arange(0, flags.bptt, 1, DType::F32)?.unsqueeze(1)?;
        let rate = Tensor::arange(0, flags.width, 2, DType::F32)?
            .mul(-f64::ln(10000.0) / flags.width as f64)?
            .exp()?;
        let angles = position.mul(&rate)?;
        let positions = Tensor::zeros([flags.bptt, 1, flags.width], ())?;
        positions.set((.., 0, step(0.., 2)), &angles.sin()?)?;
        positions.set((.., 0, step(1.., 2)), &angles.cos()?)?;
        Ok(Attention {
            drop: Dropout::new(flags.dropout)?,
            encoder: TransformerEncoder::new(&layer, flags.layers)?,
            positions: Buffer::transient(positions),
        })
    }

    fn run(&self, x: &Tensor, _: Option<()>) -> Result<(Tensor, ())> {
        let (length, width) = (x.size(0)?, x.size(2)?);
        let x = x.mul((width as f64).sqrt())?;
        let x = self.drop.call(&x.add(&self.positions.i(..length)?)?)?;
        let mask = Transformer::generate_square_subsequent_mask(length, x.device())?;
        let masks = EncoderMasks::new().mask(mask).is_causal(true);
        Ok((self.encoder.call_with(&x, masks)?, ()))
    }
}

/// Predicts the word after each word. Embedding and decoder share their weights.
#[derive(Module)]
struct LanguageModel<C: Core> {
    drop: Dropout,
    encoder: Embedding,
    core: C,
    decoder: Linear,
}

impl<C: Core> LanguageModel<C> {
    fn new(words: usize, flags: &Flags) -> Result<Self> {
        let mut model = LanguageModel {
            drop: Dropout::new(flags.dropout)?,
            encoder: Embedding::new(words, flags.width)?,
            core: C::new(flags)?,
            decoder: Linear::new(flags.width, words)?,
        };
        model.decoder.weight = model.encoder.weight.clone();
        init::uniform_(&model.encoder.weight, -0.1, 0.1)?;
        if let Some(bias) = &model.decoder.bias {
            init::zeros_(bias)?;
        }
        Ok(model)
    }

    /// `[length, batch]` words to `[length · batch, words]` logits.
    fn run(&self, words: &Tensor, state: Option<C::State>) -> Result<(Tensor, C::State)> {
        let embedded = self.drop.call(&self.encoder.call(words)?)?;
        let (y, state) = self.core.run(&embedded, state)?;
        let logits = self.decoder.call(&self.drop.call(&y)?)?;
        Ok((logits.flatten(0, 1)?, state))
    }
}

/// The mean loss of a word.
fn evaluate<C: Core>(model: &LanguageModel<C>, source: &Tensor, bptt: usize) -> Result<f64> {
    let _guard = no_grad_guard();
    model.eval();
    let (mut total, mut state) = (0.0, None);
    let last = source.size(0)? - 1;
    for i in (0..last).step_by(bptt) {
        let (words, targets) = get_batch(source, i, bptt)?;
        let (logits, next) = model.run(&words, state)?;
        total += words.size(0)? as f64 * cross_entropy(&logits, &targets, ())?.item::<f64>()?;
        state = Some(next);
    }
    Ok(total / last as f64)
}

/// The perplexity of a text for a model that knows how frequent words are, and nothing else.
fn by_frequency(corpus: &Corpus) -> Result<f64> {
    let words = |of: &[i64]| Tensor::from_slice(of, [of.len()]);
    let counts = words(&corpus.train)?.bincount(None, corpus.words.len())?;
    let log_probs = counts.div(corpus.train.len())?.log()?;
    let loss = log_probs.i(&words(&corpus.test)?)?.mean()?.neg()?;
    loss.exp()?.item()
}

/// Words that the model draws one after the other, the first at the beginning of a paragraph; `<unk>` is not drawn.
fn generate<C: Core>(model: &LanguageModel<C>, words: &[String], flags: &Flags) -> Result<String> {
    let _guard = no_grad_guard();
    model.eval();
    let end = words.iter().position(|word| word == "<eos>").unwrap_or(0);
    let mut text = Tensor::new([[end]], model.decoder.weight.device())?;
    for _ in 0..flags.words {
        let (logits, _) = model.run(&text.i(-(flags.bptt as isize)..)?, None)?;
        let weights = logits.i(-1)?.div(flags.temperature)?.softmax(-1)?;
        weights.set(0, 0.0)?;
        let next = weights.multinomial(1, false)?.unsqueeze(0)?;
        text = Tensor::cat(&[text, next], 0)?;
    }
    let numbers = text.i((1.., 0))?.to_vec::<i64>()?;
    let written: Vec<&str> = numbers
        .iter()
        .map(|&i| words[i as usize].as_str())
        .collect();
    Ok(written.join(" ").replace("<eos>", "\n"))
}

fn example<C: Core>(flags: &Flags) -> Result<()> {
    if flags.temperature.is_nan() || flags.temperature <= 0.0 {
        return Err(Error::value("--temperature must be above 0"));
    }
    let epochs = flags.run.passes(flags.epochs, 2);
    let device = flags.run.device.device()?;
    manual_seed(flags.seed);

    let corpus = Corpus::load(flags.data.as_deref())?;
    let train = batchify(&corpus.train, flags.batch_size, &device)?;
    let valid = batchify(&corpus.valid, 10, &device)?;
    let test = batchify(&corpus.test, 10, &device)?;

    let model = LanguageModel::<C>::new(corpus.words.len(), flags)?.to(&device)?;
    let mut optimizer = SGD::new(model.parameters(), flags.lr.unwrap_or(C::LR))?;
    println!("{}", title("word_language_model: which word follows?"));
    println!(
        "training text of {} words, {} different ones; {} parameters on {device}\n",
        thousands(corpus.train.len()),
        thousands(corpus.words.len()),
        thousands(model.num_parameters())
    );
    let table = TextTable::new(
        [
            "epoch",
            "learning rate",
            "train perplexity",
            "validation perplexity",
            "words/s",
        ]
        .map(number),
    );
    if flags.run.steps.is_none() {
        println!("{table}");
    }
    let mut curves = LearningCurves::new(
        "word_language_model: perplexity by epoch",
        "epoch",
        "perplexity",
    );
    let mut best: Option<(f64, LanguageModel<C>)> = None;
    let mut step = 0;
    for epoch in 1..=epochs {
        let start = Instant::now();
        model.train();
        // The sum of the losses stays on the device until the epoch is over: reading a loss would wait for its step.
        let (total, mut state) = (Tensor::zeros((), &device)?, None);
        let last = train.size(0)? - 1;
        for i in (0..last).step_by(flags.bptt) {
            let (words, targets) = get_batch(&train, i, flags.bptt)?;
            optimizer.zero_grad();
            let (logits, next) = model.run(&words, state)?;
            let loss = cross_entropy(&logits, &targets, ())?;
            loss.backward()?;
            clip_grad_norm_(model.parameters(), flags.clip)?;
            optimizer.step()?;
            total.add_(&loss.detach().mul(words.size(0)?)?)?;
            state = Some(next);
            step += 1;
            if flags.run.steps.is_some() {
                println!("step {step:>4}  loss {:.8}", loss.item::<f64>()?);
            }
            if flags.run.steps == Some(step) {
                return Ok(());
            }
        }
        let train_perplexity = (total.item::<f64>()? / last as f64).exp();
        let seconds = start.elapsed().as_secs_f64();
        let loss = evaluate(&model, &valid, flags.bptt)?;
        let lr = optimizer.lr();
        curves.push("train (with dropout)", epoch as f64, train_perplexity);
        curves.push("validation", epoch as f64, loss.exp());
        if flags.run.steps.is_none() {
            let row = table.row(&[
                &epoch,
                &format!("{lr:.4}"),
                &format!("{train_perplexity:.2}"),
                &format!("{:.2}", loss.exp()),
                &format!("{:.0}", train.numel() as f64 / seconds),
            ]);
            println!("{row}");
        }
        if best.as_ref().is_none_or(|(least, _)| loss < *least) {
            best = Some((loss, model.deep_copy()?));
        } else {
            optimizer.set_lr(lr / 4.0)?;
        }
    }

    if let Some((_, model)) = best {
        println!(
            "\nPerplexity of the test text: {:.2} with the best model, {:.2} with the frequencies of the words alone",
            evaluate(&model, &test, flags.bptt)?.exp(),
            by_frequency(&corpus)?
        );
        println!("\n{}", generate(&model, &corpus.words, flags)?);
    }
    if flags.run.draws() {
        println!();
        for file in draw(&curves, "word_language_model", None)? {
            println!("wrote {}: the perplexities by epoch", file.display());
        }
    }
    Ok(())
}
