// Squares of numbers between these two, and sums of 2^32 of them, are normal numbers; the others are scaled by a power of two first.

const LENGTH_LARGE: f32 = 1.4073749e14;
const LENGTH_SMALL: f32 = 8.881784e-16;
// 2^90 and 2^-90.
const LENGTH_UP: f32 = 1.2379401e27;
const LENGTH_DOWN: f32 = 8.077936e-28;
