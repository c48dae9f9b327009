// Squares of numbers between these two, and sums of 2^32 of them, are normal numbers; the others are scaled by a power of two first.

const LENGTH_LARGE: f64 = 3.1217485503159922e144lf;
const LENGTH_SMALL: f64 = 3.2033329522929615e-145lf;
// 2^700 and 2^-700.
const LENGTH_UP: f64 = 5.260135901548374e210lf;
const LENGTH_DOWN: f64 = 1.90109156629516e-211lf;
