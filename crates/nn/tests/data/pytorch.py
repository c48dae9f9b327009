"""Writes pytorch.safetensors: what PyTorch answers for the cases of ../layers.rs, ../losses.rs and ../sequences.rs. The tests need the file, not this script.

Case number n starts with torch.manual_seed(n), so the initial weights are part of the answer. Keys: CASE.in.i, CASE.init.NAME (state at
construction), CASE.out, CASE.g (gradient given), CASE.din.i (gradients of floating-point inputs), CASE.d.NAME (of parameters),
CASE.after.NAME (state after the call); metadata CASE is the printed module. Several results are one vector, end to end.
"""
import torch, torch.nn as nn
from safetensors.torch import save_file

out, meta = {}, {}
torch.set_default_dtype(torch.float32)

def put(key, t):
    out[key] = t.detach().clone().contiguous()

def flat(y):
    return torch.cat([flat(t).flatten() for t in y if t is not None]) if isinstance(y, tuple) else y

def case(name, make, *inputs, train=True, call=lambda m, *x: m(*x)):
    torch.manual_seed(len(meta))
    m = make()
    meta[name] = str(m).replace("NonDynamicallyQuantizableLinear", "Linear") if isinstance(m, nn.Module) else ""
    if isinstance(m, nn.Module):
        m.train(train)
        for k, v in m.state_dict().items():
            put(f"{name}.init.{k}", v)
    state = torch.get_rng_state()
    g = torch.Generator().manual_seed(1000 + len(meta))
    given = [t(g) if callable(t) else t for t in inputs]
    for i, t in enumerate(given):
        put(f"{name}.in.{i}", t)
    for tracked in (len(given), 1):
        ins = [t.clone().requires_grad_(t.is_floating_point() and i < tracked) for i, t in enumerate(given)]
        torch.set_rng_state(state)
        try:
            y = flat(call(m, *ins))
            break
        except RuntimeError as e:
            assert "not differentiable" in str(e), e  # some targets are constants
    put(f"{name}.out", y)
    if y.requires_grad:
        gy = torch.randn(y.shape, generator=g)
        put(f"{name}.g", gy)
        y.backward(gy)
        for i, t in enumerate(ins):
            if t.is_floating_point() and t.grad is not None:
                put(f"{name}.din.{i}", t.grad)
    if isinstance(m, nn.Module):
        for k, p in m.named_parameters():
            if p.grad is not None:
                put(f"{name}.d.{k}", p.grad)
        for k, v in m.state_dict().items():
            put(f"{name}.after.{k}", v)

def randn(*s): return lambda g: torch.randn(s, generator=g)
def wide(*s): return lambda g: torch.randn(s, generator=g) * 4
def rand(*s): return lambda g: torch.rand(s, generator=g)
def ints(n, *s): return lambda g: torch.randint(0, n, s, generator=g)
def sign(*s): return lambda g: torch.randint(0, 2, s, generator=g) * 2. - 1
def logp(*s): return lambda g: torch.randn(s, generator=g).log_softmax(1)
def prob(*s): return lambda g: torch.randn(s, generator=g).softmax(1)
edges = torch.tensor([-30., -20, -6, -3, -1, -.5, -0., 0., .5, 1, 3, 6, 19.5, 20, 30])

# layers
case("linear", lambda: nn.Linear(7, 5), randn(4, 7))
case("linear_plain", lambda: nn.Linear(3, 20, bias=False), randn(2, 4, 3))
case("bilinear", lambda: nn.Bilinear(3, 4, 5), randn(6, 3), randn(6, 4))
case("flatten", lambda: nn.Flatten(), randn(2, 3, 4))
case("unflatten", lambda: nn.Unflatten(1, (2, 3)), randn(2, 6, 4))
case("dropout", lambda: nn.Dropout(0.3), randn(5, 8))
case("dropout1d", lambda: nn.Dropout1d(0.5), randn(4, 6, 3))
case("dropout2d", lambda: nn.Dropout2d(0.5), randn(4, 6, 3, 2))
case("alpha_dropout", lambda: nn.AlphaDropout(0.4), randn(5, 8))
case("dropout_eval", lambda: nn.Dropout(0.3), randn(5, 8), train=False)
case("batch_norm1d", lambda: nn.BatchNorm1d(4), wide(6, 4))
case("batch_norm1d_line", lambda: nn.BatchNorm1d(4, eps=1e-3, momentum=0.3), wide(3, 4, 5))
case("batch_norm2d", lambda: nn.BatchNorm2d(3), wide(2, 3, 4, 5))
case("batch_norm2d_eval", lambda: nn.BatchNorm2d(3), wide(2, 3, 4, 5), train=False)
case("batch_norm2d_cumulative", lambda: nn.BatchNorm2d(3, momentum=None, affine=False), wide(2, 3, 4, 5))
case("batch_norm2d_untracked", lambda: nn.BatchNorm2d(3, track_running_stats=False), wide(2, 3, 4, 5), train=False)
case("batch_norm3d", lambda: nn.BatchNorm3d(2), wide(2, 2, 3, 2, 3))
case("layer_norm", lambda: nn.LayerNorm([3, 4]), wide(5, 3, 4))
case("layer_norm_plain", lambda: nn.LayerNorm(6, eps=1e-2, elementwise_affine=False), wide(5, 6))
case("layer_norm_unbiased", lambda: nn.LayerNorm(6, bias=False), wide(5, 6))
case("rms_norm", lambda: nn.RMSNorm(6), wide(5, 6))
case("group_norm", lambda: nn.GroupNorm(2, 6), wide(3, 6, 4))
case("instance_norm1d", lambda: nn.InstanceNorm1d(3), wide(2, 3, 5))
case("instance_norm2d", lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), wide(2, 3, 4, 5))
case("instance_norm2d_eval", lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), wide(2, 3, 4, 5), train=False)
case("local_response_norm", lambda: nn.LocalResponseNorm(3, alpha=0.5), wide(2, 5, 4))
case("embedding", lambda: nn.Embedding(10, 3), ints(10, 4, 5))
case("embedding_padded", lambda: nn.Embedding(10, 3, padding_idx=2), ints(4, 4, 5))
case("embedding_norm", lambda: nn.Embedding(10, 3, max_norm=1.0), ints(10, 7))
case("conv1d", lambda: nn.Conv1d(3, 4, 3), randn(2, 3, 9))
case("conv2d", lambda: nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2), randn(2, 4, 8, 7))
case("conv2d_single", lambda: nn.Conv2d(3, 4, 3, bias=False), randn(3, 6, 6))
case("conv2d_same", lambda: nn.Conv2d(3, 4, (4, 3), padding='same', dilation=(1, 2)), randn(2, 3, 7, 8))
case("conv2d_reflect", lambda: nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode='reflect'), randn(2, 3, 5, 6))
case("conv1d_replicate", lambda: nn.Conv1d(3, 4, 3, padding=2, padding_mode='replicate'), randn(2, 3, 5))
case("conv1d_circular", lambda: nn.Conv1d(3, 4, 3, padding=2, padding_mode='circular'), randn(2, 3, 5))
case("conv3d", lambda: nn.Conv3d(2, 3, 2, padding=1), randn(1, 2, 3, 4, 3))
case("conv_transpose1d", lambda: nn.ConvTranspose1d(3, 4, 3, stride=2), randn(2, 3, 5))
case("conv_transpose2d", lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), randn(2, 4, 3, 4))
case("conv_transpose3d", lambda: nn.ConvTranspose3d(2, 3, 2, dilation=2, bias=False), randn(1, 2, 3, 2, 3))
case("max_pool1d", lambda: nn.MaxPool1d(3, stride=2, padding=1), randn(2, 3, 8))
case("max_pool2d", lambda: nn.MaxPool2d((2, 3), ceil_mode=True), randn(2, 3, 7, 8))
case("max_pool3d", lambda: nn.MaxPool3d(2, stride=1, dilation=2), randn(1, 2, 4, 4, 5))
case("avg_pool1d", lambda: nn.AvgPool1d(2), randn(2, 3, 7))
case("avg_pool2d", lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), randn(2, 3, 7, 8))
case("avg_pool3d", lambda: nn.AvgPool3d(2), randn(1, 2, 4, 4, 5))
case("adaptive_avg_pool2d", lambda: nn.AdaptiveAvgPool2d((3, None)), randn(2, 3, 7, 5))
case("adaptive_max_pool1d", lambda: nn.AdaptiveMaxPool1d(3), randn(2, 3, 8))
case("adaptive_max_pool3d", lambda: nn.AdaptiveMaxPool3d(2), randn(2, 3, 4, 3, 5))
case("constant_pad", lambda: nn.ConstantPad2d((1, 2, -1, 1), 2.5), randn(2, 3, 4, 3))
case("reflection_pad", lambda: nn.ReflectionPad1d((1, 2)), randn(2, 3, 4))
case("replication_pad", lambda: nn.ReplicationPad2d(2), randn(3, 4, 3))
case("circular_pad", lambda: nn.CircularPad1d((2, 3)), randn(2, 3, 4))
case("sequential", lambda: nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Sequential(nn.Linear(20, 15), nn.Tanh()), nn.Linear(15, 1)), randn(4, 10))
case("cosine_similarity", lambda: nn.CosineSimilarity(), randn(4, 5), randn(4, 5))
case("pairwise_distance", lambda: nn.PairwiseDistance(p=3.), randn(4, 5), randn(4, 5))

# activations, at their corners too
for name, make in dict(
    relu=nn.ReLU, relu6=nn.ReLU6, leaky_relu=nn.LeakyReLU, leaky_relu_2=lambda: nn.LeakyReLU(0.2), rrelu=nn.RReLU,
    sigmoid=nn.Sigmoid, tanh=nn.Tanh, silu=nn.SiLU, mish=nn.Mish, elu=nn.ELU, elu_2=lambda: nn.ELU(1.7), celu=nn.CELU,
    celu_2=lambda: nn.CELU(1.7), selu=nn.SELU, softplus=nn.Softplus, softplus_2=lambda: nn.Softplus(2., 5.), softsign=nn.Softsign,
    softshrink=nn.Softshrink, hardshrink=nn.Hardshrink, tanhshrink=nn.Tanhshrink, hardtanh=nn.Hardtanh,
    hardtanh_2=lambda: nn.Hardtanh(-3., 0.5), hardswish=nn.Hardswish, hardsigmoid=nn.Hardsigmoid, log_sigmoid=nn.LogSigmoid,
    gelu=nn.GELU, gelu_tanh=lambda: nn.GELU('tanh'), threshold=lambda: nn.Threshold(0.5, 20.), prelu=nn.PReLU).items():
    case(name, make, edges)
case("rrelu_eval", nn.RReLU, edges, train=False)
case("prelu_channels", lambda: nn.PReLU(3), randn(2, 3, 4))
case("softmax", lambda: nn.Softmax(dim=1), wide(3, 4, 2))
case("log_softmax", lambda: nn.LogSoftmax(dim=-1), wide(3, 4))
case("softmin", lambda: nn.Softmin(dim=0), wide(3, 4))
case("glu", nn.GLU, randn(3, 6))

# losses: each with every reduction
def losses(name, make, *inputs, reductions=("mean", "sum", "none")):
    for r in reductions:
        case(f"{name}.{r}", lambda: make(r), *inputs)

w3 = torch.tensor([0.5, 2.0, 1.5])
losses("mse", lambda r: nn.MSELoss(reduction=r), randn(4, 3), randn(4, 3))
losses("l1", lambda r: nn.L1Loss(reduction=r), randn(4, 3), randn(4, 3))
losses("smooth_l1", lambda r: nn.SmoothL1Loss(reduction=r, beta=0.7), wide(4, 3), randn(4, 3))
losses("huber", lambda r: nn.HuberLoss(reduction=r, delta=1.3), wide(4, 3), randn(4, 3))
losses("bce", lambda r: nn.BCELoss(reduction=r), rand(4, 3), rand(4, 3))
losses("bce_weight", lambda r: nn.BCELoss(weight=w3, reduction=r), rand(4, 3), rand(4, 3))
losses("bce_certain", lambda r: nn.BCELoss(reduction=r), torch.tensor([0., 0., 1., 1., .5]), torch.tensor([0., 1., 0., 1., .3]))
losses("bce_logits", lambda r: nn.BCEWithLogitsLoss(reduction=r), wide(4, 3), rand(4, 3))
losses("bce_logits_weights", lambda r: nn.BCEWithLogitsLoss(weight=w3, pos_weight=w3.flip(0), reduction=r), wide(4, 3), rand(4, 3))
losses("cross_entropy", lambda r: nn.CrossEntropyLoss(reduction=r), wide(5, 3), ints(3, 5))
losses("cross_entropy_options", lambda r: nn.CrossEntropyLoss(weight=w3, ignore_index=1, label_smoothing=0.2, reduction=r), wide(6, 3), ints(3, 6))
losses("cross_entropy_ignore", lambda r: nn.CrossEntropyLoss(ignore_index=2, label_smoothing=0.1, reduction=r), wide(6, 3), ints(3, 6))
losses("cross_entropy_image", lambda r: nn.CrossEntropyLoss(weight=w3, reduction=r), wide(2, 3, 2, 4), ints(3, 2, 2, 4))
losses("cross_entropy_single", lambda r: nn.CrossEntropyLoss(reduction=r), wide(3), torch.tensor(2))
losses("cross_entropy_probabilities", lambda r: nn.CrossEntropyLoss(weight=w3, label_smoothing=0.1, reduction=r), wide(5, 3, 2), prob(5, 3, 2))
losses("nll", lambda r: nn.NLLLoss(weight=w3, ignore_index=0, reduction=r), logp(5, 3), ints(3, 5))
losses("nll_image", lambda r: nn.NLLLoss(reduction=r), logp(2, 3, 2, 2), ints(3, 2, 2, 2))
losses("kl", lambda r: nn.KLDivLoss(reduction=r), logp(4, 3), prob(4, 3), reductions=("mean", "sum", "none", "batchmean"))
losses("kl_log", lambda r: nn.KLDivLoss(reduction=r, log_target=True), logp(4, 3), logp(4, 3))
losses("poisson", lambda r: nn.PoissonNLLLoss(reduction=r, full=True), randn(4, 3), lambda g: ints(5, 4, 3)(g) + 0.5)
losses("poisson_rate", lambda r: nn.PoissonNLLLoss(reduction=r, log_input=False), rand(4, 3), lambda g: ints(5, 4, 3)(g) * 1.)
losses("gaussian", lambda r: nn.GaussianNLLLoss(reduction=r, full=True), randn(4, 3), randn(4, 3), rand(4, 3))
losses("gaussian_outer", lambda r: nn.GaussianNLLLoss(reduction=r, eps=0.5), randn(4, 3), randn(4, 3), rand(4))
losses("hinge", lambda r: nn.HingeEmbeddingLoss(reduction=r), randn(4, 3), sign(4, 3))
losses("ranking", lambda r: nn.MarginRankingLoss(margin=0.3, reduction=r), randn(6), randn(6), sign(6))
losses("cosine", lambda r: nn.CosineEmbeddingLoss(margin=0.1, reduction=r), randn(6, 4), randn(6, 4), sign(6))
losses("triplet", lambda r: nn.TripletMarginLoss(reduction=r), randn(5, 4), randn(5, 4), randn(5, 4))
losses("triplet_swap", lambda r: nn.TripletMarginLoss(margin=2., p=1., swap=True, reduction=r), randn(5, 4), randn(5, 4), randn(5, 4))
losses("multi_margin", lambda r: nn.MultiMarginLoss(weight=w3, reduction=r), randn(5, 3), ints(3, 5))
losses("multi_margin_square", lambda r: nn.MultiMarginLoss(p=2, margin=0.6, reduction=r), randn(5, 3), ints(3, 5))
losses("multilabel", lambda r: nn.MultiLabelMarginLoss(reduction=r), randn(2, 4), torch.tensor([[3, 0, -1, 1], [-1, 2, 1, 0]]))
losses("multilabel_soft", lambda r: nn.MultiLabelSoftMarginLoss(weight=w3, reduction=r), wide(5, 3), lambda g: ints(2, 5, 3)(g) * 1.)
losses("soft_margin", lambda r: nn.SoftMarginLoss(reduction=r), wide(4, 3), sign(4, 3))

# initialization: CASE.out after torch.manual_seed(n)
def init(name, shape, f):
    torch.manual_seed(len(meta))
    meta[name] = ""
    t = torch.empty(shape)
    f(t)
    put(f"{name}.out", t)

i = nn.init
init("init.uniform", (3, 5), lambda t: i.uniform_(t, -2., 3.))
init("init.normal", (5, 7), lambda t: i.normal_(t, 1., 0.5))
init("init.normal_few", (3, 3), lambda t: i.normal_(t, 1., 0.5))
init("init.eye", (3, 5), i.eye_)
init("init.dirac", (6, 2, 3, 3), lambda t: i.dirac_(t, 2))
init("init.xavier_uniform", (5, 7), lambda t: i.xavier_uniform_(t, i.calculate_gain("tanh")))
init("init.xavier_normal", (5, 7, 3), i.xavier_normal_)
init("init.kaiming_uniform", (5, 7), i.kaiming_uniform_)
init("init.kaiming_uniform_out", (5, 7, 2), lambda t: i.kaiming_uniform_(t, mode="fan_out", nonlinearity="relu"))
init("init.kaiming_normal", (5, 7), lambda t: i.kaiming_normal_(t, a=0.2))
init("init.trunc_normal", (6, 7), i.trunc_normal_)
init("init.trunc_normal_narrow", (6, 7), lambda t: i.trunc_normal_(t, 0.5, 2., -0.5, 0.5))
init("init.trunc_normal_tail", (6, 7), lambda t: i.trunc_normal_(t, 0., 1., 2., 3.))
init("init.orthogonal", (5, 8), lambda t: i.orthogonal_(t, 1.5))
init("init.orthogonal_tall", (9, 2, 2), i.orthogonal_)
init("init.sparse", (6, 4), lambda t: i.sparse_(t, 0.4))

# sequences
case("lstm", lambda: nn.LSTM(3, 4), randn(5, 2, 3))
case("lstm_deep", lambda: nn.LSTM(3, 4, 2, bias=False, batch_first=True, dropout=0.4, bidirectional=True), randn(2, 5, 3))
case("lstm_projected", lambda: nn.LSTM(3, 4, 2, proj_size=2), randn(5, 2, 3), randn(2, 2, 2), randn(2, 2, 4), call=lambda m, x, h, c: m(x, (h, c)))
case("lstm_single", lambda: nn.LSTM(3, 4, batch_first=True), randn(5, 3), randn(1, 4), randn(1, 4), call=lambda m, x, h, c: m(x, (h, c)))
case("gru", lambda: nn.GRU(3, 4, 2, bidirectional=True), randn(5, 2, 3), randn(4, 2, 4))
case("rnn", lambda: nn.RNN(3, 4, nonlinearity="relu", batch_first=True), randn(2, 5, 3), randn(1, 2, 4))
case("lstm_cell", lambda: nn.LSTMCell(3, 4), randn(2, 3), randn(2, 4), randn(2, 4), call=lambda m, x, h, c: m(x, (h, c)))
case("gru_cell", lambda: nn.GRUCell(3, 4, bias=False), randn(3), randn(4))
case("rnn_cell", lambda: nn.RNNCell(3, 4, nonlinearity="relu"), randn(2, 3))
case("attention", lambda: nn.MultiheadAttention(6, 2, dropout=0.3), randn(4, 2, 6), call=lambda m, x: m(x, x, x))
case("attention_across", lambda: nn.MultiheadAttention(6, 2, kdim=5, vdim=3, add_bias_kv=True, add_zero_attn=True, batch_first=True),
     randn(2, 4, 6), randn(2, 3, 5), randn(2, 3, 3), torch.tensor([[False, True, False], [False, False, False]]),
     call=lambda m, q, k, v, p: m(q, k, v, key_padding_mask=p, average_attn_weights=False))
case("attention_causal", lambda: nn.MultiheadAttention(6, 3, bias=False), randn(4, 6),
     call=lambda m, x: m(x, x, x, need_weights=False, attn_mask=nn.Transformer.generate_square_subsequent_mask(4), is_causal=True))
case("encoder_layer", lambda: nn.TransformerEncoderLayer(6, 2, 8, dropout=0.2, activation="gelu", norm_first=True), randn(4, 2, 6))
case("decoder_layer", lambda: nn.TransformerDecoderLayer(6, 2, 8, dropout=0.2, batch_first=True), randn(2, 4, 6), randn(2, 3, 6))
case("encoder", lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, 0.), 2, nn.LayerNorm(6)), randn(4, 2, 6))
case("decoder", lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(6, 2, 8, 0.), 2), randn(4, 2, 6), randn(3, 2, 6))
case("transformer", lambda: nn.Transformer(6, 2, 1, 2, 8), randn(3, 2, 6), randn(4, 2, 6),
     call=lambda m, s, t: m(s, t, tgt_mask=nn.Transformer.generate_square_subsequent_mask(4)))

for n, k in enumerate(meta):
    meta[k] = f"{n}\n{meta[k]}"
save_file(out, __file__.replace(".py", ".safetensors"), metadata=meta)
print(len(meta), "cases")
