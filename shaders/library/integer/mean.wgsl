// The mean of `count` integers, cut: no operation asks for it, but a kernel may mention it.

fn mean_of(sum: T, count: u32) -> T {
    return sum / T(count);
}
