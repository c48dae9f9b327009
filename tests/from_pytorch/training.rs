//! 8.6 Losses and 8.7 optimization.

use super::section;
use rushlight::lr_scheduler::*;
use rushlight::nn::functional as f;
use rushlight::nn::*;
use rushlight::optim::*;
use rushlight::prelude::*;

section! { losses, "8.6 Loss functions";
    "criterion = nn.MSELoss()" => { let criterion = MSELoss::new() };
    "criterion(predictions, targets)" => { criterion.call(&tensor!([0.5, 1.8, 2.5]), &tensor!([1.0, 2.0, 2.0]))? };
    "nn.BCELoss()" => { BCELoss::new() };
    "nn.BCEWithLogitsLoss()" => { BCEWithLogitsLoss::new() };
    "nn.CrossEntropyLoss()(logits, torch.tensor([0, 1]))" => { CrossEntropyLoss::new().call(&tensor!([[1.5, 0.3, -0.5], [0.2, 2.3, 0.5]]), &tensor!([0, 1]))? };
    "nn.CrossEntropyLoss(label_smoothing=0.1)" => { CrossEntropyLoss::with(CrossEntropyLossOptions::new().label_smoothing(0.1)) };
    "nn.MSELoss(reduction='sum')" => { MSELoss::with(Reduction::Sum) };
    "F.mse_loss(x, y)" => { f::mse_loss(&tensor!([1.0]), &tensor!([2.0]), ())? };
}

section! { optimizers, "8.7.1 and 8.7.2 Optimizers";
    "" => { let model = Linear::new(3, 1)? };
    "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)" => { let mut optimizer = SGD::new(model.parameters(), 0.01)? };
    "torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)" => { SGD::new(model.parameters(), SGDOptions::new(0.01).momentum(0.9))? };
    "torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999))" => { Adam::new(model.parameters(), AdamOptions::new(0.001).betas((0.9, 0.999)))? };
    "torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.1)" => { AdamW::new(model.parameters(), AdamWOptions::new(3e-4).weight_decay(0.1))? };
    "torch.optim.LBFGS(model.parameters(), lr=1, line_search_fn='strong_wolfe')" => { LBFGS::new(model.parameters(), LBFGSOptions::new(1.0).line_search_fn(Some(LineSearch::StrongWolfe)))? };
    "optimizer.zero_grad()" => { optimizer.zero_grad() };
    "loss.backward()" => { model.call(&Tensor::ones([4, 3], ())?)?.square()?.mean()?.backward()? };
    "nn.utils.clip_grad_norm_(model.parameters(), 1.0)" => { clip_grad_norm_(model.parameters(), 1.0)? };
    "optimizer.step()" => { optimizer.step()? };
    "optimizer.step(closure)" => { optimizer.step_with(|| { let loss = model.call(&Tensor::ones([4, 3], ())?)?.square()?.mean()?; loss.backward()?; Ok(loss) })? };
    "optimizer.param_groups[0]['lr']" => { optimizer.lr() };
}

section! { schedules, "8.7.3 Learning rates";
    "" => { let mut optimizer = SGD::new(Linear::new(3, 1)?.parameters(), 0.1)? };
    "scheduler = StepLR(optimizer, step_size=30, gamma=0.1)" => { let mut scheduler = StepLR::with(&mut optimizer, 30, 0.1)? };
    "scheduler.step()" => { scheduler.step(&mut optimizer)? };
    "scheduler.get_last_lr()" => { scheduler.last_lr() };
    "CosineAnnealingLR(optimizer, T_max=50)" => { CosineAnnealingLR::new(&mut optimizer, 50)? };
    "ExponentialLR(optimizer, gamma=0.9)" => { ExponentialLR::new(&mut optimizer, 0.9)? };
}

section! { saving, "Saving and loading";
    "" => { let folder = tempfile::tempdir()? };
    "" => { let path = folder.path().join("model.safetensors") };
    "" => { let model = Linear::new(3, 1)? };
    "torch.save(model.state_dict(), path)" => { model.save(&path)? };
    "model.load_state_dict(torch.load(path))" => { model.load(&path)? };
    "state = model.state_dict()" => { let state = model.state_dict() };
    "model.load_state_dict(state, strict=False)" => { model.load_state_dict(&state, false)? };
}
