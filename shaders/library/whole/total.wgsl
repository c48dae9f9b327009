// Conversions between elements and the totals of reductions: the identity, unless the kernel's `Total` is another type.

fn to_total(x: T) -> T {
    return x;
}

fn of_total(total: T) -> T {
    return total;
}
