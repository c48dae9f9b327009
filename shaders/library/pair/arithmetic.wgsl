// Arithmetic of int64 where shaders have no i64: T is two words, the lower first. It wraps as i64 does.

fn op_neg(x: T) -> T {
    return op_add(~x, pair_of(1));
}

fn op_abs(x: T) -> T {
    return select(x, op_neg(x), is_negative(x));
}

fn op_sign(x: T) -> T {
    return select(pair_of(i32(x.y) >> 31u), pair_of(1), !is_negative(x) && any(x != T()));
}

fn op_ceil(x: T) -> T {
    return x;
}

fn op_floor(x: T) -> T {
    return x;
}

fn op_round(x: T) -> T {
    return x;
}

fn op_trunc(x: T) -> T {
    return x;
}

fn op_square(x: T) -> T {
    return op_mul(x, x);
}

fn op_add(x: T, y: T) -> T {
    let low = x.x + y.x;
    return T(low, x.y + y.y + u32(low < x.x));
}

fn op_sub(x: T, y: T) -> T {
    return T(x.x - y.x, x.y - y.y - u32(x.x < y.x));
}

fn op_mul(x: T, y: T) -> T {
    let low = product_of_words(x.x, y.x);
    return T(low.x, low.y + x.x * y.y + x.y * y.x);
}

// The full product of two words, from products of their halves.
fn product_of_words(x: u32, y: u32) -> T {
    let a = x & 0xffffu;
    let b = x >> 16u;
    let c = y & 0xffffu;
    let d = y >> 16u;
    let low = a * c;
    // Fits in a word: 0xffff * 0xffff + 0xffff + 0xffff.
    let middle = a * d + (low >> 16u);
    let other = b * c + (middle & 0xffffu);
    return T((other << 16u) | (low & 0xffffu), b * d + (middle >> 16u) + (other >> 16u));
}

// By squaring. A negative power is the reciprocal rounded toward zero: 0 except for bases 1 and -1.
fn op_pow(x: T, y: T) -> T {
    if (is_negative(y)) {
        if (op_eq(x, pair_of(1))) {
            return x;
        }
        return select(T(), select(pair_of(-1), pair_of(1), (y.x & 1u) == 0u), op_eq(x, pair_of(-1)));
    }
    var base = x;
    var left = y;
    var result = pair_of(1);
    while (any(left != T())) {
        if ((left.x & 1u) == 1u) {
            result = op_mul(result, base);
        }
        base = op_mul(base, base);
        left = shifted_right(left, 1u);
    }
    return result;
}
