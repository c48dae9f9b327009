//! 8.8 Data and 8.9 evaluation.

use super::section;
use rushlight::data::*;
use rushlight::nn::Linear;
use rushlight::prelude::*;

section! { sets, "8.8.1 and 8.8.3 Data sets";
    "features = torch.randn(100, 10)" => { let features = Tensor::randn([100, 10], ())? };
    "labels = torch.randint(0, 2, (100,))" => { let labels = Tensor::randint(0, 2, 100, ())? };
    "dataset = TensorDataset(features, labels)" => { let dataset = TensorDataset::new((features, labels))? };
    "len(dataset)" => { dataset.len() };
    "dataset[0]" => { dataset.get(0)? };
    "train, val = random_split(dataset, [80, 20])" => { let [train, val] = random_split(dataset, [80, 20], None)? };
}

section! { loaders, "8.8.2 Loaders";
    "" => { let dataset = TensorDataset::new((Tensor::randn([100, 10], ())?, Tensor::randint(0, 2, 100, ())?))? };
    "loader = DataLoader(dataset, batch_size=32, shuffle=True, num_workers=4)" => { let loader = DataLoader::builder(dataset).batch_size(32).shuffle(true).num_workers(4).build()? };
    "for x, y in loader: print(x.shape)" => { for batch in &loader { let (x, y) = batch?; println!("{:?}", x.shape()) } };
    "len(loader)" => { loader.len() };
}

section! { evaluation, "8.9.5 Evaluation";
    "" => { let (model, x) = (Linear::new(3, 1)?, Tensor::randn([4, 3], ())?) };
    "model.eval()" => { model.eval() };
    "with torch.no_grad(): logits = model(x).squeeze(1)" => { let logits = no_grad(|| model.call(&x)?.squeeze_dim(1))? };
    "preds = (torch.sigmoid(logits) >= 0.5).float()" => { let preds = logits.sigmoid()?.ge(0.5)?.float()? };
    "all_preds.extend(preds.tolist())" => { let all_preds: Vec<f32> = preds.to_vec()? };
}
