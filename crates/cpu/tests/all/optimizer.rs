//! Twelve steps of every optimizer against PyTorch 2.15's single-tensor loops.

use crate::support::*;
use OptimizerStep::*;
use rushlight_backend::{
    Backend, DType, Done, Layout, OptimizerStep, StepViews, View, plan, update,
};
use rushlight_cpu::Cpu;

const LEN: usize = 19;

/// `(optimizer, parameter after twelve steps)`: from `pᵢ = (5i mod 9 - 4) / 4` with gradients `((7i + 5t) mod 11 - 5) / 8`.
#[rustfmt::skip]
const CASES: &[(OptimizerStep, [f64; LEN])] = &[
    (Sgd(update::Sgd { lr: 0.1, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0, maximize: false }), [-1.0, 0.3, -0.7875, 0.5125, -0.4375, 0.725, -0.225, 0.9375, -0.0125, -0.9625, 0.2, -0.75, 0.55, -0.5375, 0.7625, -0.1875, 0.975, 0.025, -1.0625]),
    (Sgd(update::Sgd { lr: 0.05, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.1, maximize: true }), [-0.9432992, 0.2114014, -0.6871286, 0.4645698, -0.5020697, 0.7190472, -0.2468949, 0.9712049, 0.005906341, -0.9590352, 0.2600805, -0.7078934, 0.4468071, -0.4517229, 0.6999755, -0.266664, 0.9544531, -0.01148916, -0.9120408]),
    (Sgd(update::Sgd { lr: 0.1, momentum: 0.9, dampening: 0.3, nesterov: false, weight_decay: 0.01, maximize: false }), [-1.21801, 0.5039049, -0.7657357, 0.5455387, -0.3278716, 0.6814124, 0.002799843, 0.5523846, -0.1148428, -0.6586065, 0.07945999, -0.9781549, 0.7437604, -0.5258803, 0.7853941, -0.08801608, 0.921268, 0.2426554, -1.366459]),
    (Sgd(update::Sgd { lr: 0.1, momentum: 0.9, dampening: 0.0, nesterov: true, weight_decay: 0.0, maximize: false }), [-1.339157, 0.5093426, -0.7442027, 0.5616778, -0.4107079, 0.7461495, 0.02206139, 0.5760086, -0.1259577, -0.6718206, 0.126606, -1.089157, 0.7593427, -0.4942027, 0.8116778, -0.1607079, 0.9961495, 0.2720614, -1.423991]),
    (Adam(update::Adam { lr: 0.01, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, decoupled: false, amsgrad: false, maximize: false }), [-1.02956, 0.2770774, -0.7541431, 0.5047489, -0.4888709, 0.7492364, -0.2268313, 0.9651139, -0.009599881, -0.9689339, 0.2333455, -0.77956, 0.5270775, -0.5041431, 0.7547489, -0.2388709, 0.9992364, 0.02316865, -1.034886]),
    (Adam(update::Adam { lr: 0.02, betas: (0.3, 0.95), eps: 1e-3, weight_decay: 0.1, decoupled: false, amsgrad: true, maximize: true }), [-0.9354404, 0.2173874, -0.6935066, 0.4533789, -0.501164, 0.7325063, -0.2570216, 0.9683323, 0.01800636, -0.9694605, 0.2555917, -0.6961282, 0.4559056, -0.4560263, 0.690427, -0.2628405, 0.9711906, -0.02027616, -0.9377183]),
    (Adam(update::Adam { lr: 0.01, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.05, decoupled: true, amsgrad: false, maximize: false }), [-1.023455, 0.2754472, -0.7496248, 0.5017462, -0.4859437, 0.7447494, -0.2254247, 0.9592885, -0.009569671, -0.9630878, 0.2319412, -0.774951, 0.5239514, -0.5011207, 0.7502502, -0.2374396, 0.9932534, 0.02307931, -1.028744]),
    (Adam(update::Adam { lr: 0.01, betas: (0.8, 0.9), eps: 1e-8, weight_decay: 0.05, decoupled: true, amsgrad: true, maximize: false }), [-1.016445, 0.2694424, -0.7506675, 0.5041371, -0.4874887, 0.7416008, -0.228432, 0.966862, -0.01081066, -0.9693756, 0.2351899, -0.7679409, 0.5179464, -0.5021635, 0.7526412, -0.2389847, 0.9901049, 0.02007209, -1.02117]),
    (RmsProp(update::RmsProp { lr: 0.01, alpha: 0.99, eps: 1e-8, weight_decay: 0.0, momentum: 0.0, centered: false, maximize: false }), [-1.058081, 0.3469842, -0.8011653, 0.5650407, -0.4314529, 0.701174, -0.1624528, 0.8977429, -0.07688739, -0.8989343, 0.176406, -0.8080807, 0.596984, -0.5511653, 0.8150407, -0.181453, 0.9511738, 0.08754718, -1.102257]),
    (RmsProp(update::RmsProp { lr: 0.01, alpha: 0.9, eps: 1e-4, weight_decay: 0.1, momentum: 0.9, centered: false, maximize: false }), [-0.835844, 0.3803234, -0.6696938, 0.5505282, -0.362012, 0.5620419, -0.006021108, 0.6468076, -0.1738924, -0.6190511, 0.1107458, -0.6251393, 0.5884067, -0.4597613, 0.7616081, -0.1521627, 0.7707738, 0.2006959, -1.034603]),
    (RmsProp(update::RmsProp { lr: 0.01, alpha: 0.9, eps: 1e-4, weight_decay: 0.0, momentum: 0.0, centered: true, maximize: true }), [-0.9816149, 0.2156034, -0.7301202, 0.4774643, -0.5262364, 0.7685804, -0.2803204, 1.035668, 0.02608495, -1.035159, 0.276862, -0.7316149, 0.4656034, -0.4801202, 0.7274643, -0.2762364, 1.018581, -0.0303204, -0.9643317]),
    (RmsProp(update::RmsProp { lr: 0.01, alpha: 0.4, eps: 1e-4, weight_decay: 0.0, momentum: 0.5, centered: true, maximize: false }), [-1.027009, 0.2758767, -0.7804415, 0.5360221, -0.4830949, 0.7123318, -0.2125005, 0.9629273, -0.04755314, -0.9672771, 0.2223082, -0.7770091, 0.5258768, -0.5304415, 0.7860221, -0.2330948, 0.9623318, 0.03749951, -1.037073]),
    (Adagrad(update::Adagrad { lr: 0.1, lr_decay: 0.0, weight_decay: 0.0, eps: 1e-10, maximize: false }), [-1.059357, 0.3468604, -0.8002959, 0.5646125, -0.4325086, 0.7020202, -0.1623028, 0.8976102, -0.07671738, -0.8986359, 0.1768852, -0.8093567, 0.5968605, -0.5502959, 0.8146125, -0.1825086, 0.9520202, 0.08769718, -1.10239]),
    (Adagrad(update::Adagrad { lr: 0.1, lr_decay: 0.1, weight_decay: 0.2, eps: 1e-5, maximize: true }), [-0.7462572, 0.1329231, -0.6093898, 0.3816031, -0.4835308, 0.6982976, -0.2896598, 0.9544682, 0.06387293, -0.9518685, 0.2734283, -0.5174654, 0.352705, -0.3934711, 0.5977301, -0.2660017, 0.9256375, -0.07494893, -0.7977145]),
    (Adadelta(update::Adadelta { lr: 1.0, rho: 0.9, eps: 1e-6, weight_decay: 0.0, maximize: false }), [-0.999102, 0.2530192, -0.7533948, 0.5036203, -0.4962687, 0.7467016, -0.2471239, 0.9970805, -0.003021912, -0.9973817, 0.2468104, -0.749102, 0.5030192, -0.5033948, 0.7536203, -0.2462687, 0.9967016, 0.002876092, -1.002919]),
    (Adadelta(update::Adadelta { lr: 0.5, rho: 0.6, eps: 1e-3, weight_decay: 0.1, maximize: true }), [-0.9329166, 0.2094527, -0.6781716, 0.4383931, -0.5113786, 0.7337214, -0.2591665, 0.9630856, 0.01983876, -0.9593436, 0.2599196, -0.6994589, 0.4467322, -0.4429768, 0.6728924, -0.2746295, 0.9697295, -0.02541692, -0.9274703]),
    (Adamax(update::Adamax { lr: 0.02, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, maximize: false }), [-1.037559, 0.2944001, -0.7627918, 0.5115106, -0.478577, 0.7430474, -0.2128936, 0.9452349, -0.01931243, -0.9506556, 0.2186867, -0.7875591, 0.5444001, -0.5127918, 0.7615106, -0.228577, 0.9930474, 0.03710644, -1.054765]),
    (Adamax(update::Adamax { lr: 0.02, betas: (0.3, 0.7), eps: 1e-2, weight_decay: 0.1, maximize: true }), [-0.9430557, 0.2237705, -0.7029346, 0.4649492, -0.4999351, 0.7446425, -0.2583744, 0.9885006, 0.02112279, -0.9828366, 0.2626174, -0.7025743, 0.4645447, -0.4612824, 0.7063503, -0.2579713, 0.9865401, -0.01679293, -0.942975]),
    (RAdam(update::RAdam { lr: 0.02, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.1, decoupled: false, maximize: false }), [-1.006497, 0.2724783, -0.7474966, 0.4895723, -0.4791535, 0.747262, -0.2392117, 0.9574339, 0.004161137, -0.9687215, 0.2288289, -0.759377, 0.5196228, -0.5003395, 0.7366846, -0.2320035, 0.9944295, 0.007922983, -1.019777]),
    (RAdam(update::RAdam { lr: 0.02, betas: (0.3, 0.7), eps: 1e-2, weight_decay: 0.1, decoupled: true, maximize: true }), [-0.9854218, 0.2258998, -0.7147675, 0.4893135, -0.5145273, 0.7409992, -0.2440325, 0.9864737, -0.001507054, -0.984702, 0.2668263, -0.7413563, 0.4699653, -0.4707019, 0.733379, -0.2704617, 0.9850648, 3.30304e-05, -0.9660508]),
    (Rprop(update::Rprop { etas: (0.5, 1.2), step_sizes: (1e-6, 50.0), maximize: false }), [-1.000005, 0.249998, -0.750006, 0.500004, -0.500004, 0.749994, -0.249998, 0.999994, -6e-06, -1.0, 0.249994, -0.750005, 0.499998, -0.500006, 0.750004, -0.250004, 0.999994, 2e-06, -1.000006]),
    (Rprop(update::Rprop { etas: (0.4, 1.5), step_sizes: (0.01, 0.03), maximize: true }), [-0.95, 0.27, -0.69, 0.46, -0.46, 0.81, -0.27, 1.06, 0.06, -1.0, 0.31, -0.7, 0.52, -0.44, 0.71, -0.21, 1.06, -0.02, -0.94]),
];

/// Twelve steps on the first `len` elements repeated; gradients lie `stride` apart.
fn train(f: &OptimizerStep, dtype: DType, len: usize, stride: usize) -> Vec<f64> {
    let start: Vec<f64> = (0..len)
        .map(|i| ((i % LEN * 5) % 9) as f64 / 4.0 - 1.0)
        .collect();
    let param = Tensor::new(&[len], dtype, &start);
    let states: Vec<Tensor> = (0..f.states(dims(&[len])).len())
        .map(|_| Tensor::new(&[len], dtype, &vec![0.0; len]))
        .collect();
    let views: Vec<View<'_>> = states.iter().map(Tensor::view).collect();
    for step in 1..=12 {
        let gradient = |i: usize| ((i / stride % LEN * 7 + step * 5) % 11) as f64 / 8.0 - 0.625;
        let grad: Vec<f64> = (0..len * stride).map(gradient).collect();
        let grad = Tensor::new(&[len * stride], dtype, &grad).with(Layout::strided(
            dims(&[len]),
            dims(&[stride]),
            0,
        ));
        let group = [StepViews {
            param: param.view(),
            grad: grad.view(),
            states: &views,
            step: step as u64,
            factors: [0.0; 2],
        }];
        assert_eq!(
            Cpu.optimizer_step(plan::optimizer_step(f, &group).unwrap())
                .unwrap(),
            Done::Yes
        );
    }
    param.f64s()
}

#[test]
fn twelve_steps_are_pytorchs() {
    for (f, want) in CASES {
        for dtype in [DType::F32, DType::F64] {
            assert_near(&train(f, dtype, LEN, 1), want, 1e-5, 1e-6);
        }
    }
}

#[test]
fn long_and_strided_tensors_step_alike() {
    for (f, want) in CASES {
        let want: Vec<f64> = want.iter().cycle().take(70_003).copied().collect();
        assert_near(&train(f, DType::F32, 70_003, 2), &want, 1e-5, 1e-6);
    }
}

#[test]
fn what_is_not_dense_is_left_untouched() {
    let sgd = &CASES[0].0;
    let dense = Tensor::f32(&[2], &[1.0, 2.0]);
    let sparse =
        Tensor::f32(&[4], &[1.0, 2.0, 3.0, 4.0]).with(Layout::strided(dims(&[2]), dims(&[2]), 0));
    let half = Tensor::new(&[2], DType::F16, &[1.0, 2.0]);
    for odd in [&sparse, &half] {
        let group = [&dense, odd].map(|t| StepViews {
            param: t.view(),
            grad: t.view(),
            states: &[],
            step: 1,
            factors: [0.0; 2],
        });
        assert_eq!(
            Cpu.optimizer_step(plan::optimizer_step(sgd, &group).unwrap())
                .unwrap(),
            Done::Compose
        );
        assert_eq!(dense.f64s(), [1.0, 2.0]);
    }
}

#[test]
fn a_missing_state_is_an_error() {
    let p = Tensor::f32(&[2], &[1.0, 2.0]);
    let group = [StepViews {
        param: p.view(),
        grad: p.view(),
        states: &[],
        step: 1,
        factors: [0.0; 2],
    }];
    let e = plan::optimizer_step(&CASES[4].0, &group)
        .and_then(|call| Cpu.optimizer_step(call))
        .unwrap_err();
    assert_eq!(
        e.message(),
        "Adam: expected 2 states for each parameter, got 0"
    );
}
