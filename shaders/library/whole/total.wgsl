// What a reduction keeps of an element, and the result of what it has kept: the number itself.

fn to_total(x: T) -> T {
    return x;
}

fn of_total(total: T) -> T {
    return total;
}
