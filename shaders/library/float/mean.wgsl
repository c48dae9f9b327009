// The mean of `count` numbers from their sum, rounded once.

fn mean_of(sum: T, count: u32) -> T {
    return exact_quotient(sum, T(count));
}
