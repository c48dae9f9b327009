// Sums of squares below 2^SQUARES_LEAST have lost bits to underflow, and infinite ones have overflowed. Scaled by 2^SQUARES_UP or 2^SQUARES_DOWN,
// the squares, and sums of up to 2^32 of them, are in the middle of the range.
const SQUARES_LEAST: i32 = -500;
const SQUARES_UP: i32 = 600;
const SQUARES_DOWN: i32 = -900;
